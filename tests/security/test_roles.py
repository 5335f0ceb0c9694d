"""Seven roles and every callback: who lacks its right anywhere gets 404 before anything is looked at."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from dashapp.access import policy
from dashapp.access.viewer import Member
from dashapp.agencies import accounts, roles
from dashapp.db.tenants import AGENCY_ROLES, WORKSPACE_ROLES, Agency, Workspace
from tests.security.bodies import body_of, server_callbacks
from tests.security.test_callbacks import unwrapped
from tests.support.world import EMAILS, World

ROLES = [*AGENCY_ROLES, *(f"workspace {role}" for role in WORKSPACE_ROLES)]


@pytest.fixture
def person_with(running: Any, browser: Any, world: World) -> Any:
    """Bob with exactly one role: in North, or in Harbour Coffee alone."""

    def make(role: str) -> Any:
        with running.session() as session:
            bob = accounts.known_user(session, EMAILS["bob"])
            north = session.get_one(Agency, world.ids["north"])
            harbour = session.get_one(Workspace, world.ids["harbour"])
            place, name = role.split() if " " in role else ("agency", role)
            roles.set_agency_role(session, bob, north, name if place == "agency" else None)
            roles.set_workspace_role(session, bob, harbour, name if place == "workspace" else None)
        return browser("bob")

    return make


def member(role: str, world: World) -> Member:
    """The same person as the table of rights sees them."""
    north, harbour = world.ids["north"], world.ids["harbour"]
    if " " in role:
        return Member(1, EMAILS["bob"], "", {}, {harbour: role.split()[1]}, {harbour: north})
    return Member(1, EMAILS["bob"], "", {north: role})


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_the_callbacks_of_its_rights_and_no_other(
    app: Flask, person_with: Any, world: World, role: str
) -> None:
    who, tried = person_with(role), 0
    for key, spec in server_callbacks(app.extensions["vitrine_desk"]).items():
        verb = unwrapped(spec["callback"]).__policy__
        may = policy.anywhere(member(role, world), verb)
        for body in (body_of(key, spec), {**body_of(key, spec), "state": []}):
            answer = who.post("/_dash-update-component", json=body)
            assert answer.status_code in ({200, 204, 400, 404} if may else {400, 404}), (key, verb)
            if not may and body["state"]:
                assert answer.status_code == 404, (key, verb)
            if not may:
                assert "Harbour Coffee" not in answer.text, (key, verb)
            tried += 1
    assert tried >= 20
