"""The table of roles and verbs, cell by cell."""

from __future__ import annotations

import pytest

from dashapp.access import policy
from dashapp.access.viewer import Anonymous, Guest, Member, Service

NORTH, HARBOUR, PINE, SOUTH, COLOSSUS = 1, 10, 11, 2, 20

#: verb -> the roles that have it, agency roles by name, workspace roles with "w:"
EXPECTED = {
    "workspace.read": {"owner", "admin", "manager", "analyst", "w:manager", "w:member", "w:client"},
    "events.read": {"owner", "admin", "manager", "analyst", "w:manager", "w:member"},
    "view.edit": {"owner", "admin", "manager", "analyst", "w:manager"},
    "template.edit": {"owner", "admin", "manager"},
    "share.manage": {"owner", "admin", "manager", "analyst", "w:manager"},
    "source.manage": {"owner", "admin", "manager", "w:manager"},
    "workspace.edit": {"owner", "admin", "manager", "w:manager"},
    "agency.read": {"owner", "admin", "manager", "analyst"},
    "agency.edit": {"owner", "admin"},
    "agency.members": {"owner", "admin"},
    "workspace.create": {"owner", "admin"},
    "data.read": {"owner", "admin"},
    "data.manage": {"owner", "admin"},
    "contact.read": {"owner", "admin", "manager", "analyst", "w:manager", "w:member"},
    "contact.edit": {"owner", "admin", "manager", "w:manager", "w:member"},
    "agency.delete": {"owner"},
    "portal.read": set(),
}
ROLES = ("owner", "admin", "manager", "analyst", "w:manager", "w:member", "w:client")


def someone(role: str) -> Member:
    """A member with one role, in North or in Harbour Coffee."""
    if role.startswith("w:"):
        return Member(1, "x@y.example", "", {}, {HARBOUR: role[2:]}, {HARBOUR: NORTH})
    return Member(1, "x@y.example", "", {NORTH: role})


def test_the_table_names_every_verb() -> None:
    assert set(EXPECTED) == policy.VERBS


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("verb", sorted(EXPECTED))
def test_each_role_may_do_exactly_this_in_its_own_workspace_and_nothing_elsewhere(
    verb: str, role: str
) -> None:
    person = someone(role)
    assert policy.allowed(person, verb, NORTH, HARBOUR) == (role in EXPECTED[verb])
    assert policy.allowed(person, verb, NORTH, PINE) == (role in EXPECTED[verb] and not role.startswith("w:"))
    assert not policy.allowed(person, verb, SOUTH, COLOSSUS)
    assert not policy.allowed(person, verb, SOUTH)
    assert policy.anywhere(person, verb) == (role in EXPECTED[verb])


def test_guests_read_their_portal_and_nothing_else() -> None:
    guest = Guest(5, HARBOUR, NORTH)
    assert policy.allowed(guest, "portal.read", NORTH, HARBOUR)
    assert not policy.allowed(guest, "portal.read", NORTH, PINE)
    assert not policy.allowed(guest, "portal.read", SOUTH, HARBOUR)
    assert not any(policy.allowed(guest, verb, NORTH, HARBOUR) for verb in policy.VERBS - {"portal.read"})


def test_nobody_may_do_nothing() -> None:
    assert not any(policy.allowed(Anonymous(), verb, NORTH, HARBOUR) for verb in policy.VERBS)
    assert not any(policy.anywhere(Anonymous(), verb) for verb in policy.VERBS)


def test_a_service_stays_in_its_place() -> None:
    assert policy.allowed(Service("key", workspace_id=HARBOUR), "workspace.read", NORTH, HARBOUR)
    assert not policy.allowed(Service("key", workspace_id=HARBOUR), "workspace.read", NORTH, PINE)
    assert not policy.allowed(Service("key", agency_id=NORTH), "workspace.read", SOUTH, COLOSSUS)


def test_a_misspelt_verb_is_an_error_not_a_refusal() -> None:
    with pytest.raises(ValueError, match="raed"):
        policy.allowed(someone("owner"), "workspace.raed", NORTH)
