"""Scopes come from the database; what is not one's own is not there. On both databases."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy.orm import Session

from dashapp.access import scopes, viewer
from dashapp.access.viewer import Anonymous
from dashapp.agencies import accounts
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.tenants import User, Workspace
from dashapp.errors import NotFound
from dashapp.sharing import links


@pytest.fixture
def settings(tmp_path) -> Settings:
    """Settings with a key."""
    return Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="https://reports.example.com",
    )


def test_everyone_gets_their_own_and_nothing_else(engine, north, south) -> None:
    with Session(engine) as session:
        alice = viewer.load_member(session, north.alice)
        charlie = viewer.load_member(session, south.charlie)
        assert alice is not None
        assert charlie is not None
        workspace, scope = scopes.scope_for_workspace(session, alice, "harbour-coffee")
        assert (workspace.id, scope.workspace_ids) == (north.harbour, frozenset({north.harbour}))
        assert scopes.scope_for_workspace(session, alice, north.pine)[1].workspace_ids == {north.pine}
        for slug in ("colossus", south.colossus, "nowhere", 999_999, "harbour\0", "\ud800"):
            with pytest.raises(NotFound, match=r"^There is no such workspace\.$"):
                scopes.scope_for_workspace(session, alice, slug)
        agency, found, scope = scopes.agency_scope(session, alice)
        assert agency.slug == "north"
        assert [w.slug for w in found] == ["harbour-coffee", "pine-dental"]
        assert scope.workspace_ids == {north.harbour, north.pine}
        with pytest.raises(NotFound):
            scopes.agency_scope(session, alice, "south")
        assert scopes.agency_scope(session, charlie)[2].workspace_ids == {south.colossus}
        with pytest.raises(NotFound):
            scopes.scope_for_workspace(session, Anonymous(), "harbour-coffee")


def test_templates_are_edited_by_those_who_may_in_the_whole_agency(engine, north, south) -> None:
    """Also before there is a workspace; Bob is an analyst, Carla manages one workspace only."""
    with Session(engine) as session:
        alice, bob = viewer.load_member(session, north.alice), viewer.load_member(session, north.bob)
        harbour = session.get_one(Workspace, north.harbour)
        accounts.create_user(
            session, "carla@north.example", None, workspace=harbour, workspace_role="manager"
        )
        carla_id = session.query(User.id).filter_by(email="carla@north.example").scalar()
        empty, _ = accounts.create_agency(session, "Empty", "alice@north.example")
        alice = viewer.load_member(session, north.alice)
        carla = viewer.load_member(session, carla_id)
        assert alice is not None
        assert bob is not None
        assert carla is not None
        assert scopes.agency_for(session, alice, "north", "template.edit").id == north.agency
        assert scopes.agency_for(session, alice, None, "template.edit").slug == "empty"
        assert scopes.agency_for(session, alice, empty.slug, "template.edit") is empty
        for person, slug in (
            (alice, "south"),
            (bob, "north"),
            (carla, "north"),
            (carla, None),
            (bob, "empty"),
        ):
            with pytest.raises(NotFound, match=r"^There is no such agency\.$"):
                scopes.agency_for(session, person, slug, "template.edit")


@pytest.mark.parametrize("wrong", [True, None, 1.0, [1], {"id": 1}, "", "x" * 61, -1, 0, 2**40, "1"])
def test_what_is_no_id_is_not_there(engine, north, wrong) -> None:
    with Session(engine) as session:
        alice = viewer.load_member(session, north.alice)
        assert alice is not None
        with pytest.raises(NotFound):
            scopes.scope_for_workspace(session, alice, wrong)


def test_someone_of_one_workspace_sees_an_agency_of_one(engine, north) -> None:
    with Session(engine) as session, session.begin():
        dora = accounts.create_user(
            session,
            "dora@harbour.example",
            workspace=session.get_one(Workspace, north.harbour),
            workspace_role="client",
        )
        person = viewer.load_member(session, dora.id)
        assert person is not None
        agency, found, scope = scopes.agency_scope(session, person)
        assert (agency.slug, [w.slug for w in found]) == ("north", ["harbour-coffee"])
        assert scope.workspace_ids == {north.harbour}
        with pytest.raises(NotFound):
            scopes.scope_for_workspace(session, person, "harbour-coffee", "share.manage")


def test_a_disabled_person_is_nobody(engine, north) -> None:
    with Session(engine) as session, session.begin():
        session.get_one(User, north.alice).active = False
        session.flush()
        assert viewer.load_member(session, north.alice) is None
        assert viewer.load_member(session, 999_999) is None


def test_a_share_opens_its_workspace_until_it_ends(engine, north, settings) -> None:
    with Session(engine, expire_on_commit=False) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        share, url, token = links.create_share(
            session, settings, harbour, expires_at=now() + timedelta(days=1)
        )
        assert url == f"https://reports.example.com/p/{token}/"
        found = links.open_share(session, token)
        assert found is not None
        guest, workspace, scope = scopes.scope_for_share(session, found)
        assert (guest.share_id, workspace.id, scope.workspace_ids) == (
            share.id,
            north.harbour,
            {north.harbour},
        )
        for change in (
            lambda: links.pause(session, share),
            lambda: (
                links.resume(session, share),
                setattr(share, "expires_at", now() - timedelta(seconds=1)),
            ),
            lambda: (setattr(share, "expires_at", None), links.revoke(session, share)),
        ):
            change()
            session.flush()
            assert links.open_share(session, token) is None
            with pytest.raises(NotFound):
                scopes.scope_for_share(session, found)
        with pytest.raises(NotFound):
            links.resume(session, share)  # a revoked link never works again
