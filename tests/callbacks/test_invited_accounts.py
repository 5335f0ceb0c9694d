"""Accounts in the browser: invited, granted, unlinked; and every way an invitation must not work.

Alice owns North, Bob is her member, Carla manages Harbour Coffee, Dora is its client, Charlie owns South. Erin
owns Quay Books, which nobody manages; Fay is a member there.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from dashapp.agencies import accounts
from dashapp.agencies.attention import reasons
from dashapp.db.base import now
from dashapp.db.mail import Mail
from dashapp.db.reports import Share, StoredView
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Invitation, User, Workspace
from dashapp.sharing import links
from tests.callbacks.account_acts import (
    AGENCY,
    ERIN,
    FAY,
    QUAY,
    act,
    answer,
    invite,
    link_of,
    told,
)
from tests.support.share_form import address_of, share
from tests.support.world import EMAILS, HTML, PASSWORD, Browser, csrf_of, log_in


def test_invited_granted_managed_and_unlinked_by_the_account(
    alice: Browser, erin: Browser, call: Any, running: Any, quay: int
) -> None:
    assert alice.get(QUAY, headers=HTML).status_code == 404
    path = invite(call, alice)
    with running.reading() as session:
        mail = session.scalars(select(Mail).where(Mail.to == ERIN)).one()
    assert mail.subject == "Allow North to manage your account?"
    assert path in mail.text
    assert f"View invite: http://127.0.0.1:8050{path}" in mail.text
    assert mail.html is not None
    assert path in mail.html
    page = erin.get(path, headers=HTML)
    assert "Grant permissions" in page.text
    assert page.headers["Referrer-Policy"] == "same-origin"
    assert alice.get(QUAY, headers=HTML).status_code == 404, "an invitation is no access"
    assert answer(erin, path, "accept").location == QUAY

    assert alice.get(QUAY, headers=HTML).status_code == 200
    assert alice.get("/w/quay-books/analytics", headers=HTML).status_code == 200
    with running.session() as session:
        workspace = session.get_one(Workspace, quay)
        _, _, theirs = links.create_share(session, running.settings, workspace, actor="alice@north.example")
        _, _, own = links.create_share(session, running.settings, workspace, own=True, actor=ERIN)
    for token in (theirs, own):
        shown = alice.get(f"/p/{token}/")
        assert (shown.status_code, "North" in shown.text) == (200, True)

    done = call(erin, "account-act", {"op": "unlink", "id": 0, "at": 1.0}, QUAY)
    assert "No agency manages this account" in str(done.json)
    for page in ("/w/quay-books/analytics", QUAY, "/w/quay-books/people", "/w/quay-books/analytics.pdf"):
        assert alice.get(page, headers=HTML).status_code == 404, page
    assert "quay-books" not in alice.get("/_dash-layout").text
    assert alice.get(f"/p/{theirs}/").status_code == 404
    assert alice.get(f"/p/{theirs}/live").status_code == 404
    mine = alice.get(f"/p/{own}/")
    assert (mine.status_code, "North" in mine.text, "Quay Books" in mine.text) == (200, False, True)
    assert erin.get("/w/quay-books/analytics", headers=HTML).status_code == 200
    with running.reading() as session:
        mails = session.scalars(select(Mail).where(Mail.subject.contains("any more"))).all()
        trail = session.scalars(select(AuditEntry).where(AuditEntry.verb == "link.unlink")).all()
    assert {(mail.to, mail.agency_id is None) for mail in mails} == {
        ("alice@north.example", False),
        (ERIN, True),
    }
    assert [(entry.actor, entry.workspace_id) for entry in trail] == [(ERIN, quay)]

    # Again: a new link; what was made through the old one stays closed.
    again = re.search(r"/invitations/[\w-]{43}", told(act(call, alice, "resend", id=link_of(running).id)))
    assert again
    assert answer(erin, again[0], "accept").status_code == 303
    assert alice.get(QUAY, headers=HTML).status_code == 200
    assert alice.get(f"/p/{theirs}/").status_code == 404
    assert alice.get(f"/p/{own}/").status_code == 200


def test_the_agency_unlinks_and_an_editor_left_open_saves_nothing(
    alice: Browser, erin: Browser, call: Any, running: Any, quay: int
) -> None:
    assert answer(erin, invite(call, alice), "accept").status_code == 303
    begun = call(alice, "view-act", {"op": "new", "at": 1, "name": "Ours"}, "/w/quay-books/analytics", "")
    assert begun.status_code == 200, begun.text
    assert "Both sides" in told(act(call, alice, "unlink", id=link_of(running).id))
    late = call(alice, "view-act", {"op": "new", "at": 2, "name": "Late"}, "/w/quay-books/analytics", "")
    assert late.status_code == 404
    assert share(alice, call, "/w/quay-books/analytics").status_code == 404
    assert erin.get("/w/quay-books/analytics", headers=HTML).status_code == 200


@pytest.mark.parametrize(
    "wrong", ["another address", "twice", "cancelled", "resent", "old", "declined", "unknown"]
)
def test_an_invitation_that_does_not_open(
    alice: Browser, erin: Browser, browser: Any, call: Any, running: Any, wrong: str
) -> None:
    path = invite(call, alice)
    who, link = erin, link_of(running)
    if wrong == "another address":
        who = browser("charlie")
        page = who.get(path, headers=HTML)
        assert "another address" in page.text
        assert "Grant permissions" not in page.text
    if wrong == "twice":
        assert answer(erin, path, "accept").status_code == 303
    if wrong == "cancelled":
        told(act(call, alice, "cancel", id=link.id))
    if wrong == "resent":
        told(act(call, alice, "resend", id=link.id))
    if wrong == "old":
        with running.session() as session:
            session.execute(update(Invitation).values(expires_at=now() - timedelta(seconds=1)))
    if wrong == "declined":
        assert answer(erin, path, "decline").location == "/"
    if wrong == "unknown":
        path = "/invitations/" + "x" * 43
    before = link_of(running).state
    refused = answer(who, path, "accept")
    assert refused.status_code == 404
    assert link_of(running).state == before
    assert "quay-books" not in alice.get("/", headers=HTML).text or wrong == "twice"
    if wrong != "another address":
        assert who.get(path, headers=HTML).status_code == 404


def test_a_member_cannot_grant_and_is_told_who_can(
    alice: Browser, erin: Browser, app: Any, call: Any, running: Any
) -> None:
    path = invite(call, alice, FAY)
    fay = Browser(app, "fay")
    page = fay.get(path, headers=HTML)
    assert f"Only an owner or admin can grant this: {ERIN}" in page.text
    assert answer(fay, path, "accept").status_code == 404
    assert link_of(running).state == "invited"


def test_what_another_agency_manages_is_told_neutrally_and_not_taken(
    alice: Browser, erin: Browser, browser: Any, call: Any, running: Any, quay: int
) -> None:
    assert answer(erin, invite(call, alice), "accept").status_code == 303
    charlie = browser("charlie")
    found = call(
        charlie, "accounts-act", {"op": "invite", "at": 1.0, "email": ERIN, "name": "Mine"}, "?agency=south"
    )
    path = re.search(r"/invitations/[\w-]{43}", told(found))
    assert path
    assert "managed already" in erin.get(path[0], headers=HTML).text
    refused = answer(erin, path[0], "accept")
    assert refused.status_code == 400
    assert "managed already" in refused.text
    assert "North" not in refused.text
    with running.reading() as session:
        assert session.get_one(Workspace, quay).managing_agency_id is not None
    assert charlie.get(QUAY, headers=HTML).status_code == 404
    # The invitation is still open: Erin can grant another account.
    assert answer(erin, path[0], "accept", workspace="").status_code == 303


def test_who_has_no_account_makes_one_and_then_answers(
    alice: Browser, app: Any, call: Any, running: Any
) -> None:
    path = invite(call, alice, "new@lumen.example", "Lumen Optics")
    client = app.test_client()
    page = client.get(path, headers=HTML)
    assert "Create account" in page.text
    token = csrf_of(page)
    send = {"headers": {"Referer": f"http://localhost{path}", **HTML}}
    short = client.post(
        f"{path}/account", data={"csrf_token": token, "name": "Nia", "password": "short"}, **send
    )
    assert (short.status_code, "12 to 128 characters" in short.text) == (400, True)
    made = client.post(
        f"{path}/account", data={"csrf_token": token, "name": "Nia", "password": PASSWORD}, **send
    )
    assert (made.status_code, made.location) == (303, path)
    shown = client.get(path, headers=HTML)
    assert "Grant permissions" in shown.text
    assert "Lumen Optics" in shown.text
    assert "A new account" not in shown.text, "there is one of this name already"
    data = {"csrf_token": csrf_of(shown), "answer": "accept", "workspace": "lumen-optics"}
    assert client.post(f"{path}/answer", data=data, **send).location == "/w/lumen-optics/account"
    with running.reading() as session:
        workspace = session.scalars(select(Workspace).where(Workspace.slug == "lumen-optics")).one()
        assert workspace.plan == "trial"
        assert workspace.trial_ends is not None
        assert timedelta(days=13) < workspace.trial_ends - now() <= timedelta(days=14)
    assert alice.get("/w/lumen-optics/account", headers=HTML).status_code == 200
    # The token made one account; nobody makes a second with it, nor with that of somebody who has one.
    for known in (path, invite(call, alice, EMAILS["charlie"], "Not his")):
        other = app.test_client()
        token = csrf_of(other.get("/login", headers=HTML))
        again = {"csrf_token": token, "name": "Eve", "password": PASSWORD + " eve"}
        assert other.post(f"{known}/account", data=again, **send).status_code in {400, 404}


def test_a_disabled_workspace_is_closed_but_for_its_switch(
    alice: Browser, browser: Any, call: Any, running: Any, world: Any
) -> None:
    people = "/w/harbour-coffee/people"
    carla, portal = browser("carla"), f"/p/{world.harbour_token}/"
    off = call(carla, "people-switch", {"op": "switch", "enabled": False, "at": 1.0}, people)
    assert off.status_code == 200
    for who in (alice, carla, browser("dora")):
        assert who.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 404
    assert alice.get(portal).status_code == 404
    assert browser("dora").get(people, headers=HTML).status_code == 404
    assert carla.get(people, headers=HTML).status_code == 200
    assert (
        call(carla, "people-switch", {"op": "switch", "enabled": True, "at": 2.0}, people).status_code == 200
    )
    assert alice.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 200
    assert alice.get(portal).status_code == 200


def test_somebody_begins_an_agency_with_the_account_they_have(browser: Any, call: Any, running: Any) -> None:
    dora = browser("dora")
    made = call(dora, "agency-act", {"op": "create", "name": "Dora & Co", "at": 1.0})
    assert made.json["response"]["agency-go"]["data"] == "/agency?agency=dora-co"
    assert dora.get("/agency?agency=dora-co", headers=HTML).status_code == 200
    assert dora.get("/agency?agency=north", headers=HTML).status_code == 404
    with running.reading() as session:
        assert session.scalars(select(User).where(User.email == EMAILS["dora"])).one().active


def test_a_share_made_in_the_browser_is_its_maker_s(
    alice: Browser, browser: Any, call: Any, running: Any
) -> None:
    for who in (alice, browser("carla")):
        assert share(who, call, "/w/harbour-coffee/analytics").status_code == 200
    with running.reading() as session:
        made = {row.created_by: row.link_id for row in session.scalars(select(Share))}
    assert made["alice@north.example"] == link_of(running, "Harbour Coffee").id
    assert made["carla@harbour.example"] is None


def test_the_workspace_looked_at_last_is_kept_and_led_to(
    erin: Browser, browser: Any, call: Any, running: Any, quay: int
) -> None:
    def links_at(who: Browser, path: str) -> str:
        shown = call(who, "url", path, "").json["response"]
        if "profile-links" not in shown:  # who has one workspace alone goes straight there
            shown = call(who, "url", shown["title"]["data"]["go"], "").json["response"]
        return str(shown["profile-links"])

    assert "/w/quay-books/people" in links_at(erin, QUAY)
    with running.reading() as session:
        assert accounts.user_by_email(session, ERIN).last_workspace_id == quay  # type: ignore[union-attr]
    assert "/w/quay-books/people" in links_at(erin, "/")
    dora, alice = browser("dora"), browser("alice")
    assert "/w/quay-books" not in links_at(dora, "/")
    assert "Managed by North" in links_at(dora, "/"), "the one workspace she has"
    assert "Managed by North" not in links_at(alice, "/w/harbour-coffee/analytics"), "Alice is North"


def test_who_is_in_no_agency_has_views_figures_and_links_all_the_same(
    erin: Browser, call: Any, running: Any, quay: int
) -> None:
    page = "/w/quay-books/analytics"
    begun = call(erin, "view-act", {"op": "begin", "at": 1}, page, "")
    assert begun.status_code == 200, begun.text
    assert "edit=1" in str(begun.json)
    with running.reading() as session:
        view = session.scalars(select(StoredView).where(StoredView.workspace_id == quay)).one()
        assert (view.agency_id, view.is_default) == (None, True)
    for path in ("/", page, QUAY, "/w/quay-books/sources", "/w/quay-books/people"):
        shown = call(erin, "url", path, "")
        assert shown.status_code == 200, path
        assert "Quay Books" in str(shown.json), path
    made = address_of(share(erin, call, page))
    portal = erin.get(made.removeprefix(running.settings.public_url))
    assert portal.status_code == 200
    assert "Prepared by" not in portal.text


def test_logging_in_leads_back_to_the_invitation(alice: Browser, app: Any, call: Any, quay: int) -> None:
    path = invite(call, alice)
    client = app.test_client()
    assert f"/login?next={path}" in client.get(path, headers=HTML).text
    assert log_in(client, ERIN, data={"next": path}).location == path
    assert log_in(app.test_client(), ERIN, data={"next": path + "/../../x"}).location == "/"


def test_a_reason_is_put_off_by_who_works_in_the_account_and_nobody_else(
    browser: Any, call: Any, running: Any, world: Any
) -> None:
    harbour = world.ids["harbour"]
    with running.session() as session:
        reasons.keep(session, ("silent",), [reasons.Found(harbour, "silent", now(), {"pause_days": 3})])

    def snooze(name: str, search: str = AGENCY, **more: Any) -> Any:
        wanted = {"op": "snooze", "at": 1.0, "id": harbour, "kind": "silent", "subject": "", "how": "week"}
        return call(browser(name), "accounts-snooze", wanted | more, search)

    for name, search in (("charlie", "?agency=south"), ("charlie", AGENCY), ("carla", AGENCY)):
        assert snooze(name, search).status_code == 404, name
    assert snooze("alice", id=999_999).status_code == 404
    assert snooze("alice", kind="fall", subject="x" * 500).status_code == 404
    for wrong in ({"how": "ever"}, {"subject": "x" * 501}, {"id": True}, {"kind": "' OR 1=1"}):
        assert snooze("alice", **wrong).status_code == 400, wrong
    answer = snooze("bob")
    assert answer.status_code == 200, answer.text
    assert "Who needs you today" in answer.text
    assert "1 snoozed" in answer.text
    with running.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "reason.snooze")).one()
        assert (entry.actor, entry.workspace_id) == ("bob@north.example", harbour)
