"""Where one may go: the switcher's names are one's own, and their cost does not follow how many there are.

Alice owns North (70 workspaces here), Dora sees Harbour Coffee of it and nothing else, Charlie owns South.
"""

from __future__ import annotations

import pytest
from sqlalchemy import Engine, event
from sqlalchemy.orm import Session

from dashapp.access import viewer
from dashapp.access.viewer import Anonymous, Viewer
from dashapp.agencies import accounts
from dashapp.db.tenants import Workspace
from pages.frame.navigation import AgencyWorkspaces, agency_workspaces, switcher
from tests.support.managing import managed


@pytest.fixture
def many(engine: Engine, north, south) -> None:
    """68 more for North, named so that Pine Dental comes after all of them."""
    with Session(engine) as session, session.begin():
        session.add_all(
            managed(north.agency, slug=f"client-{n}", name=f"Client {n:02}", timezone="UTC")
            for n in range(68)
        )


def names(found: list[AgencyWorkspaces]) -> list[tuple[str, list[str], int]]:
    return [(group.agency.slug, [one.slug for one in group.workspaces], group.count) for group in found]


def person(session: Session, user_id: int) -> Viewer:
    found = viewer.load_member(session, user_id)
    assert found is not None
    return found


def test_an_owner_gets_the_first_fifty_and_where_they_are(engine: Engine, north, many) -> None:
    with Session(engine) as session:
        alice = person(session, north.alice)
        clients = [f"client-{n}" for n in range(50)]
        assert names(agency_workspaces(session, alice, None)) == [("north", clients, 70)]
        assert names(agency_workspaces(session, alice, "client-3")) == [("north", clients, 70)]
        found = agency_workspaces(session, alice, "pine-dental")
        assert names(found) == [("north", [*clients, "pine-dental"], 70)]
        shown = switcher(found, "pine-dental", "analytics").html
        assert '/w/pine-dental/analytics" aria-current="page"' in shown
        assert "Search 19 more" in shown


@pytest.mark.parametrize("slug", ["colossus", "nowhere", "x" * 500])
def test_a_stranger_s_workspace_is_in_nobody_s_list(engine: Engine, north, many, slug: str) -> None:
    with Session(engine) as session:
        ((_, listed, count),) = names(agency_workspaces(session, person(session, north.alice), slug))
        assert slug not in listed
        assert (len(listed), count) == (50, 70)


def test_who_sees_one_workspace_is_told_of_one(engine: Engine, north, south, many) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        dora = accounts.create_user(
            session, "dora@harbour.example", workspace=harbour, workspace_role="client"
        )
        assert names(agency_workspaces(session, person(session, dora.id), "pine-dental")) == [
            ("north", ["harbour-coffee"], 1)
        ]
        assert names(agency_workspaces(session, person(session, south.charlie), "harbour-coffee")) == [
            ("south", ["colossus"], 1)
        ]
        assert agency_workspaces(session, Anonymous(), "harbour-coffee") == []


def test_the_rows_read_do_not_follow_the_workspaces(engine: Engine, north, many) -> None:
    asked: list[str] = []
    with Session(engine) as session:
        alice = person(session, north.alice)
        event.listen(engine, "before_cursor_execute", lambda _c, _k, statement, *_: asked.append(statement))
        agency_workspaces(session, alice, "pine-dental")
    assert len(asked) == 3  # the workspace with its agency, fifty names, how many
    assert "LIMIT" in asked[1]
