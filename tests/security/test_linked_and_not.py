"""What an agency's people reach, by role and by how the account stands to the agency: every page, every verb.

North manages Harbour Coffee and Pine Dental, was unlinked from Quay Books an hour ago, and has nothing to do with
Lone Pine; South manages Colossus. Every role opens every page of every account.
"""

from __future__ import annotations

import itertools
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from dashapp.access import policy, scopes
from dashapp.access.viewer import Member, load_member
from dashapp.agencies import accounts, invitations, managing, roles
from dashapp.db.base import now
from dashapp.db.tenants import Agency, AgencyLink, User, Workspace
from dashapp.errors import NotFound
from dashapp.services import Services
from dashapp.sharing import links
from tests.support.world import EMAILS, HTML, PASSWORD, Browser

#: Person -> (agency role, role in a workspace, that workspace).
PEOPLE = {
    "owner": ("owner", None, None),
    "admin": ("admin", None, None),
    "manager": ("manager", None, None),
    "all accounts": ("member", None, None),
    "one account": ("member", None, None),
    "no account": ("member", None, None),
    **{
        f"w:{role}": (None, role, "harbour-coffee")
        for role in ("owner", "admin", "manager", "member", "client")
    },
    **{f"quay:{role}": (None, role, "quay-books") for role in ("owner", "member")},
    **{f"lone:{role}": (None, role, "lone-pine") for role in ("owner", "client")},
    "nobody": (None, None, None),
}
PLACES = ("harbour-coffee", "pine-dental", "quay-books", "lone-pine", "colossus")
_NORTHS = {"owner", "admin", "manager", "all accounts"}
#: Account -> who reads it.
READERS = {
    "harbour-coffee": {
        *_NORTHS,
        "one account",
        *(f"w:{r}" for r in ("owner", "admin", "manager", "member", "client")),
    },
    "pine-dental": _NORTHS,
    "quay-books": {"quay:owner", "quay:member"},
    "lone-pine": {"lone:owner", "lone:client"},
    "colossus": set(),
}
#: Page -> who of an account's readers may open it.
PAGES = {
    "/w/{slug}/analytics": lambda who: True,
    "/w/{slug}/explore": lambda who: True,
    "/w/{slug}/account": lambda who: True,
    "/w/{slug}/analytics.pdf": lambda who: True,
    "/w/{slug}/sources": lambda who: not who.endswith((":member", ":client")),
    "/w/{slug}/people": lambda who: (
        who in {"owner", "admin", "manager"} or who.endswith((":owner", ":admin", ":manager"))
    ),
}
AGENCY_PAGES = {
    "/agency": {*_NORTHS, "one account", "no account"},
    "/agency/people": {"owner", "admin"},
    "/agency/general": {"owner", "admin"},
    "/analytics": {"owner", "admin", "manager"},
    "/data": {"owner", "admin"},
}


def mail_of(name: str) -> str:
    return name.replace(":", ".").replace(" ", "-") + "@people.example"


@pytest.fixture
def everybody(running: Services, monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """All of them, with the accounts as the docstring says; gives ids by name."""
    ids = {}
    with running.session() as session:
        north = accounts.agency_by_slug(session, "north")
        erin = accounts.create_user(session, "erin@quay.example", PASSWORD)
        quay, lone = (managing.open_account(session, erin, name) for name in ("Quay Books", "Lone Pine"))
        asked = managing.invite_account(
            session, running.settings, north, erin.email, "Quay Books", actor="alice@north.example"
        )
        managing.grant(session, asked, erin, quay)
        places = {"quay-books": quay, "lone-pine": lone}
        places["harbour-coffee"] = scopes.cli_scope(session, "harbour-coffee")[0]
        for name, (agency_role, role, slug) in PEOPLE.items():
            user = accounts.create_user(session, mail_of(name), PASSWORD)
            if agency_role is not None:
                every = name == "all accounts"
                roles.set_agency_role(session, user, north, agency_role, all_accounts=every)
            if name == "one account":
                given = [places["harbour-coffee"].id, quay.id]
                roles.give_accounts(session, user, north, given)
            if role is not None and slug is not None:
                roles.set_workspace_role(session, user, places[slug], role)
            ids[name] = user.id
            monkeypatch.setitem(EMAILS, name, mail_of(name))
        link = session.get_one(AgencyLink, asked.link_id)
        _, _, ids["token"] = links.create_share(session, running.settings, quay, actor="alice@north.example")
        managing.unlink(session, link, "workspace", actor=erin.email)
        session.execute(
            update(AgencyLink).where(AgencyLink.id == link.id).values(ended_at=now() - timedelta(hours=1))
        )
    return ids


def test_every_page_of_every_account_for_every_role(app: Flask, everybody: dict[str, Any]) -> None:
    wrong = []
    for name in PEOPLE:
        who = Browser(app, name)
        assert who.response.status_code == 303, name
        for (page, of_reader), slug in itertools.product(PAGES.items(), PLACES):
            if page.endswith(".pdf") and name in READERS[slug]:
                continue  # it would be printed; who may not is refused before
            path = page.format(slug=slug)
            may = name in READERS[slug] and of_reader(name)
            status = who.get(path, headers=HTML).status_code
            if (
                page == "/w/{slug}/sources"
            ):  # the gate lets its readers into the frame; its layout says the rest
                may = name in READERS[slug]
            if status != (200 if may else 404):
                wrong.append((name, path, status, may))
        for page, readers in AGENCY_PAGES.items():
            status = who.get(f"{page}?agency=north", headers=HTML).status_code
            if page != "/analytics" and status != (200 if name in readers else 404):
                wrong.append((name, page, status))
            assert who.get(f"{page}?agency=south", headers=HTML).status_code == 404 or page == "/analytics"
    assert wrong == []


def test_every_verb_in_every_account_for_every_role(running: Services, everybody: dict[str, Any]) -> None:
    """The scopes give what the table says and nothing without a link; 1,800 cells."""
    cells = 0
    with running.reading() as session:
        north = session.get_one(
            Workspace, scopes.cli_scope(session, "harbour-coffee")[0].id
        ).managing_agency_id
        for name, (agency_role, role, own) in PEOPLE.items():
            member = load_member(session, everybody[name])
            assert isinstance(member, Member)
            for slug, verb in itertools.product(PLACES, sorted(policy.VERBS - {"account.own"})):
                workspace, _ = scopes.cli_scope(session, slug)
                managed = workspace.managing_agency_id == north
                given = name in {"all accounts"} or (name == "one account" and slug == "harbour-coffee")
                through = agency_role is not None and managed and verb in policy.AGENCY_VERBS[agency_role]
                through = through and (agency_role != "member" or given or verb == "agency.read")
                mine = role is not None and own == slug and verb in policy.WORKSPACE_VERBS[role]
                try:
                    _, scope = scopes.scope_for_workspace(session, member, slug, verb)
                except NotFound:
                    reached = False
                else:
                    reached = True
                    narrow = role == "member" and own == slug
                    assert scope.user == (member.email if narrow else None), (name, slug, verb)
                    assert scope.workspace_ids == {workspace.id}
                assert reached == (through or mine), (name, slug, verb)
                cells += 1
    assert cells == len(PEOPLE) * len(PLACES) * (len(policy.VERBS) - 1)


def test_the_lists_name_what_one_reads_and_nothing_else(running: Services, everybody: dict[str, Any]) -> None:
    with running.reading() as session:
        for name in PEOPLE:
            member = load_member(session, everybody[name])
            assert member is not None
            listed = {row.slug for one in scopes.entered(session, member) for row in one.workspaces}
            assert listed == {slug for slug in PLACES if name in READERS[slug]}, name


def test_what_was_made_through_the_link_is_dead(app: Flask, everybody: dict[str, Any]) -> None:
    client = app.test_client()
    for end in ("", "live", "logo", "report.pdf", "tiles/sent.csv"):
        assert client.get(f"/p/{everybody['token']}/{end}").status_code == 404, end


def test_accounts_given_before_count_no_more_when_it_is_linked_again(
    running: Services, everybody: dict[str, Any]
) -> None:
    with running.session() as session:
        quay = scopes.cli_scope(session, "quay-books")[0]
        north = session.get_one(Agency, accounts.agency_by_slug(session, "north").id)
        erin = accounts.user_by_email(session, "erin@quay.example")
        assert isinstance(erin, User)
        asked = managing.invite_account(
            session, running.settings, north, erin.email, "Quay Books", actor="alice@north.example"
        )
        managing.grant(session, asked, erin, quay)
        one, every = (load_member(session, everybody[name]) for name in ("one account", "all accounts"))
        assert one is not None
        assert every is not None
        assert not scopes.may_in(one, "workspace.read", quay)
        assert scopes.may_in(every, "workspace.read", quay)


def test_of_two_who_answer_at_once_one_does(running: Services, everybody: dict[str, Any]) -> None:
    """Erin presses Grant twice, and the agency cancels in between: one answer counts, the others are not there."""
    with running.session() as session:
        north = accounts.agency_by_slug(session, "north")
        erin = accounts.user_by_email(session, "erin@quay.example")
        assert erin is not None
        asked = managing.invite_account(
            session, running.settings, north, erin.email, "Lone Pine", actor="alice@north.example"
        )
        lone = scopes.cli_scope(session, "lone-pine")[0]
        stale = session.get_one(AgencyLink, asked.link_id)
        managing.cancel(session, stale, actor="alice@north.example")
        with pytest.raises(NotFound):
            managing.grant(session, asked, erin, lone)
        assert lone.managing_agency_id is None
        assert not invitations.is_open(asked)
