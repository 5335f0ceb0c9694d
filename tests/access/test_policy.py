"""The table of roles and verbs, cell by cell.

North manages Harbour Coffee and Pine Dental, South manages Colossus; nobody manages Lone Pine.
"""

from __future__ import annotations

import pytest

from dashapp.access import policy
from dashapp.access.viewer import Anonymous, Guest, Member, Service

NORTH, HARBOUR, PINE, SOUTH, COLOSSUS, LONE = 1, 10, 11, 2, 20, 30

#: Roles: in the agency by name ("some": a member who was given Harbour Coffee alone), in a workspace with "w:".
ROLES = ("owner", "admin", "manager", "member", "some")
OWN_ROLES = ("w:owner", "w:admin", "w:manager", "w:member", "w:client")
_AGENCY = {"owner", "admin", "manager"}
_EVERYBODY = {*_AGENCY, "member", "some", *OWN_ROLES}
#: verb -> the roles that have it
EXPECTED = {
    "workspace.read": _EVERYBODY,
    "events.read": _EVERYBODY - {"w:client"},
    "team.read": _EVERYBODY - {"w:client"},
    "task.work": _EVERYBODY - {"w:client"},
    "view.edit": _EVERYBODY - {"w:member", "w:client"},
    "share.manage": _EVERYBODY - {"w:member", "w:client"},
    "source.manage": {*_AGENCY, "w:owner", "w:admin", "w:manager"},
    "workspace.edit": {*_AGENCY, "w:owner", "w:admin", "w:manager"},
    "workspace.enable": {*_AGENCY, "w:owner", "w:admin", "w:manager"},
    "workspace.people": {"owner", "admin", "w:owner", "w:admin"},
    "workspace.link": {"w:owner", "w:admin"},
    "template.edit": _AGENCY,
    "agency.read": {*_AGENCY, "member", "some"},
    "agency.edit": {"owner", "admin"},
    "agency.members": {"owner", "admin"},
    "agency.accounts": {"owner", "admin"},
    "workspace.create": {"owner", "admin"},
    "data.read": {"owner", "admin"},
    "data.manage": {"owner", "admin"},
    "key.manage": {"owner", "admin", "w:owner", "w:admin", "w:manager"},
    "audit.read": {"owner", "admin", "w:owner", "w:admin", "w:manager"},
    "billing.read": {"owner", "admin", "w:owner", "w:admin", "w:manager"},
    "contact.read": _EVERYBODY - {"w:client"},
    "contact.edit": _EVERYBODY - {"member", "some", "w:client"},
    "contact.erase": {"owner", "admin", "w:owner", "w:admin"},
    "agency.delete": {"owner"},
    "portal.read": set(),
    "account.own": _EVERYBODY,
}


def someone(role: str, workspace_id: int = HARBOUR) -> Member:
    """A person with one role, in North or in a workspace."""
    if role.startswith("w:"):
        return Member(1, "x@y.example", "", {}, {workspace_id: role[2:]}, {workspace_id: NORTH})
    if role == "some":
        return Member(1, "x@y.example", "", {NORTH: "member"}, given=frozenset({(NORTH, HARBOUR)}))
    return Member(
        1, "x@y.example", "", {NORTH: role}, all_accounts=frozenset({NORTH} if role == "member" else ())
    )


def test_the_table_names_every_verb() -> None:
    assert set(EXPECTED) == policy.VERBS


@pytest.mark.parametrize("role", [*ROLES, *OWN_ROLES])
@pytest.mark.parametrize("verb", sorted(EXPECTED))
def test_each_role_may_do_exactly_this_in_its_own_workspace_and_nothing_elsewhere(
    verb: str, role: str
) -> None:
    person = someone(role)
    has = role in EXPECTED[verb]
    if verb == "account.own":
        assert policy.allowed(person, verb, SOUTH, COLOSSUS), "what is one's own is no place's"
        return
    assert policy.allowed(person, verb, NORTH, HARBOUR) == has
    only_harbour = role.startswith("w:") or (role == "some" and verb != "agency.read")
    assert policy.allowed(person, verb, NORTH, PINE) == (has and not only_harbour)
    assert not policy.allowed(person, verb, SOUTH, COLOSSUS)
    assert not policy.allowed(person, verb, SOUTH)
    assert not policy.allowed(person, verb, None, LONE)
    assert policy.anywhere(person, verb) == has


@pytest.mark.parametrize("role", [*ROLES, *OWN_ROLES])
@pytest.mark.parametrize("verb", sorted(EXPECTED))
def test_without_the_managing_link_the_agency_s_people_may_nothing_and_the_own_people_what_they_might(
    verb: str, role: str
) -> None:
    """Harbour Coffee after it was unlinked, and once South manages it."""
    if verb == "account.own":
        return
    for now_managing in (None, SOUTH):
        may = policy.allowed(someone(role), verb, now_managing, HARBOUR)
        assert may == (role.startswith("w:") and role in EXPECTED[verb])


def test_a_member_without_accounts_enters_the_agency_and_no_account() -> None:
    nobody_s = Member(1, "x@y.example", "", {NORTH: "member"})
    may = {verb for verb in policy.VERBS if policy.allowed(nobody_s, verb, NORTH, HARBOUR)}
    assert may == {"agency.read", "account.own"}


def test_accounts_given_by_one_agency_count_for_no_other() -> None:
    """Bob is a member of both; North gave him Harbour Coffee, which South manages by now."""
    bob = Member(
        1, "x@y.example", "", {NORTH: "member", SOUTH: "member"}, given=frozenset({(NORTH, HARBOUR)})
    )
    assert policy.allowed(bob, "workspace.read", NORTH, HARBOUR)
    assert not policy.allowed(bob, "workspace.read", SOUTH, HARBOUR)


def test_guests_read_their_portal_and_nothing_else() -> None:
    guest = Guest(5, HARBOUR, NORTH)
    assert policy.allowed(guest, "portal.read", NORTH, HARBOUR)
    assert not policy.allowed(guest, "portal.read", NORTH, PINE)
    assert not policy.allowed(guest, "portal.read", SOUTH, HARBOUR)
    assert not any(policy.allowed(guest, verb, NORTH, HARBOUR) for verb in policy.VERBS - {"portal.read"})


def test_nobody_may_do_nothing() -> None:
    assert not any(policy.allowed(Anonymous(), verb, NORTH, HARBOUR) for verb in policy.VERBS)
    assert not any(policy.allowed(Anonymous(), verb, None, LONE) for verb in policy.VERBS)
    assert not any(policy.anywhere(Anonymous(), verb) for verb in policy.VERBS)


def test_a_service_stays_in_its_place() -> None:
    assert policy.allowed(Service("key", workspace_id=HARBOUR), "workspace.read", NORTH, HARBOUR)
    assert not policy.allowed(Service("key", workspace_id=HARBOUR), "workspace.read", NORTH, PINE)
    assert not policy.allowed(Service("key", agency_id=NORTH), "workspace.read", SOUTH, COLOSSUS)
    assert not policy.allowed(Service("key", agency_id=NORTH), "workspace.read", None, LONE)
    assert not policy.allowed(Service("key"), "workspace.read", None, LONE)


def test_a_misspelt_verb_is_an_error_not_a_refusal() -> None:
    with pytest.raises(ValueError, match="raed"):
        policy.allowed(someone("owner"), "workspace.raed", NORTH)
