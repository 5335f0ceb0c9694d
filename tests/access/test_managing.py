"""Agency links on both databases: one managing at most, whoever asks at once; and what is left when one ends.

North manages Harbour Coffee and Pine Dental, South Colossus. Erin owns Quay Books.
"""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.access import scopes, viewer
from dashapp.agencies import accounts, managing, roles
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.mail import Trouble
from dashapp.db.reports import StoredView, ViewOverride
from dashapp.db.tenants import Agency, AgencyLink, Invitation, User, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views import store
from dashapp.views.editing import collection
from dashapp.views.editing.share_links import links_showing
from dashapp.views.overrides import Override, dump_override
from dashapp.views.schema import View, dump_view

ERIN = "erin@quay.example"


@pytest.fixture
def settings(tmp_path) -> Settings:
    return Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="https://reports.north.example",
    )


@pytest.fixture
def quay(engine: Engine) -> int:
    with Session(engine) as session, session.begin():
        return managing.open_account(session, accounts.create_user(session, ERIN), "Quay Books").id


def asked(engine: Engine, settings: Settings, agency_id: int) -> int:
    with Session(engine) as session, session.begin():
        agency = session.get_one(Agency, agency_id)
        return managing.invite_account(session, settings, agency, ERIN, "Quay Books", actor="a@b.example").id


def grant(engine: Engine, invitation_id: int, quay: int) -> None:
    with Session(engine) as session, session.begin():
        erin = accounts.user_by_email(session, ERIN)
        assert erin is not None
        invitation = session.get_one(Invitation, invitation_id)
        managing.grant(session, invitation, erin, session.get_one(Workspace, quay))


def test_of_two_agencies_granted_at_once_one_manages(
    engine: Engine, settings: Settings, north: Any, south: Any, quay: int
) -> None:
    ids = [asked(engine, settings, agency) for agency in (north.agency, south.agency)]
    together, errors = threading.Barrier(2), []

    def press(invitation_id: int) -> None:
        together.wait()
        try:
            grant(engine, invitation_id, quay)
        except Refused as error:
            errors.append(str(error))

    threads = [threading.Thread(target=press, args=(one,)) for one in ids]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert errors == [managing.TAKEN]
    with Session(engine) as session:
        links = session.scalars(select(AgencyLink.state).where(AgencyLink.workspace_id == quay)).all()
        assert links == ["managing"]
        states = sorted(session.scalars(select(Invitation.state).where(Invitation.id.in_(ids))))
        assert states == ["open", "used"], "the one that lost can still be answered for another account"


def test_a_grant_pressed_twice_at_once_counts_once(
    engine: Engine, settings: Settings, north: Any, quay: int
) -> None:
    invitation = asked(engine, settings, north.agency)
    together, errors = threading.Barrier(2), []

    def press() -> None:
        together.wait()
        try:
            grant(engine, invitation, quay)
        except (NotFound, Refused) as error:
            errors.append(type(error))

    threads = [threading.Thread(target=press) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(errors) == 1
    with Session(engine) as session:
        assert session.get_one(Workspace, quay).managing_agency_id == north.agency


def unlink(session: Session, workspace: Workspace) -> None:
    link = scopes.managing_link(session, workspace.id)
    assert link is not None
    managing.unlink(session, link, "agency", actor="alice@north.example")


def test_views_fall_back_to_its_own_and_the_shipped_and_come_back_with_the_link(
    engine: Engine, settings: Settings, north: Any
) -> None:
    with Session(engine) as session, session.begin():
        agency = session.get_one(Agency, north.agency)
        harbour = session.get_one(Workspace, north.harbour)
        template = StoredView(
            agency_id=agency.id, slug="t", name="Of North", body=dump_view(View(name="Of North", tiles=[])),
            is_default=True,
        )  # fmt: skip
        session.add(template)
        session.flush()
        session.add(
            ViewOverride(
                workspace_id=harbour.id,
                view_id=template.id,
                body=dump_override(Override()),
                version=1,
                is_default=True,
            )
        )
        own = collection.create_view(session, harbour, "Our own", "carla@harbour.example")
        assert [view.name for view in store.list_views(session, harbour)] == ["Of North", "Our own"]
        unlink(session, harbour)
        assert [view.name for view in store.list_views(session, harbour)] == ["Our own"]
        assert store.resolve(session, harbour)[0].id is None
        assert store.resolve(session, harbour)[1].name == store.shipped_view().name
        assert store.resolve(session, harbour, own.id)[1].name == "Our own"
        with pytest.raises(NotFound):
            store.resolve(session, harbour, template.id)
        assert [link.workspace_id for link in links_showing(session, template)] == []
        accounts.create_user(session, ERIN, workspace=harbour, workspace_role="owner")
        erin = accounts.user_by_email(session, ERIN)
        assert erin is not None
        made = managing.invite_account(
            session, settings, agency, ERIN, "Harbour", actor="alice@north.example"
        )
        managing.grant(session, made, erin, harbour)
        assert [view.name for view in store.list_views(session, harbour)] == ["Of North", "Our own"]


def test_who_works_in_both_keeps_what_is_theirs_and_the_agency_s_troubles_are_not_told_on(
    engine: Engine, north: Any
) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        bob = session.get_one(User, north.bob)
        roles.set_workspace_role(session, bob, harbour, "client")
        session.add(
            Trouble(
                agency_id=north.agency, workspace_id=harbour.id, topic="late", ref="1", what="", since=now()
            )
        )
        session.flush()
        unlink(session, harbour)
        member, alice = viewer.load_member(session, north.bob), viewer.load_member(session, north.alice)
        assert member is not None
        assert alice is not None
        assert scopes.may_in(member, "workspace.read", harbour)
        assert not scopes.may_in(member, "share.manage", harbour)
        assert not scopes.may_in(alice, "workspace.read", harbour)
        assert session.scalars(select(Trouble.agency_id)).all() == [None]


def test_a_link_ends_once(engine: Engine, north: Any) -> None:
    with Session(engine) as session, session.begin():
        harbour = session.get_one(Workspace, north.harbour)
        link = scopes.managing_link(session, harbour.id)
        assert link is not None
        managing.unlink(session, link, "workspace", actor=ERIN)
        for again in (
            lambda: managing.unlink(session, link, "agency", actor="alice@north.example"),
            lambda: managing.cancel(session, link, actor="alice@north.example"),
        ):
            with pytest.raises(Refused, match="changed meanwhile"):
                again()
        assert (link.ended_side, link.ended_how, link.ended_by) == ("workspace", "unlinked", ERIN)
        managing.remove(session, link, actor="alice@north.example")
        with pytest.raises(NotFound):
            managing.link_of_agency(session, session.get_one(Agency, north.agency), link.id)
