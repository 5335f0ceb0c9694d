"""People of a client see their agency's name and colour and not ours: log-in, second steps, desk, errors.

Dora is a client of Harbour Coffee, which North manages; Carla manages it. Alice owns North, Charlie South.
"""

from __future__ import annotations

import json
import re
from email import message_from_bytes
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dashapp.access.scopes import managing_link
from dashapp.access.viewer import Anonymous, Member
from dashapp.agencies import branding, look, managing
from dashapp.db.mail import Mail
from dashapp.db.reports import Share
from dashapp.db.tenants import Agency, User
from dashapp.mail.posting import Post, SmtpSender
from dashapp.mail_server import mail_server
from dashapp.sharing import viewers
from dashapp.ui import people_mails, share_mails
from tests.support.world import EMAILS, HTML, PASSWORD, Browser, World, csrf_of

COLOUR = "#b4236a"
ROOT = Path(__file__).parents[2]


@pytest.fixture
def dressed(running: Any, world: World) -> None:
    """North has a colour and a footer of its own."""
    with running.session() as session:
        branding.dress(session, session.get_one(Agency, world.ids["north"]), brand=COLOUR)


def words(html: str) -> str:
    """What people read of a page: no tags, scripts or styles; the title, too."""
    bare = re.sub(r"<(script|style)\b.*?</\1>", " ", html, flags=re.S)
    return re.sub(r"<[^>]+>", " ", bare)


def test_an_agency_s_log_in_wears_its_name_and_stays_in_the_browser(
    app: Flask, world: World, dressed: None
) -> None:
    client = app.test_client()
    page = client.get("/a/north/login", headers=HTML)
    assert page.status_code == 200
    assert "North" in words(page.text)
    assert "Vitrine" not in words(page.text)
    assert COLOUR in page.text
    sent = {"email": EMAILS["dora"], "password": "wrong one", "next": "/", "csrf_token": csrf_of(page)}
    again = client.post("/login", data=sent, headers=HTML)
    assert again.status_code == 401
    assert "Vitrine" not in words(again.text)
    # Reset, errors and the plain log-in come under the same name in this browser.
    for path, status in (("/reset", 200), ("/login", 200), ("/no-such-page", 404), ("/login/passkey", 200)):
        other = client.get(path, headers=HTML)
        assert other.status_code in {status, 302}, path
        assert "Vitrine" not in words(other.text), path
        assert "/assets/icon.svg" not in other.text, path
    sent |= {"password": PASSWORD, "csrf_token": csrf_of(again)}
    inside = client.post("/login", data=sent, headers=HTML)
    assert inside.status_code == 303
    assert client.get("/", headers=HTML).status_code == 200


def test_unknown_agencies_have_no_log_in(client: Any) -> None:
    for slug in ("nobody", "North", "x" * 200, "%00", "north'--"):
        assert client.get(f"/a/{slug}/login", headers=HTML).status_code == 404, slug
    client.set_cookie("vitrine_at", "' OR 1=1 --", domain="localhost")
    assert "Vitrine" in words(client.get("/login", headers=HTML).text)


def test_logging_out_leads_back_to_the_agency_and_staff_take_the_look_off(
    app: Flask, world: World, dressed: None
) -> None:
    dora = Browser(app, "dora")
    gone = dora.post("/logout", data={})
    assert (gone.status_code, gone.headers["Location"]) == (303, "/a/north/login")
    client = app.test_client()
    page = client.get("/a/north/login", headers=HTML)
    sent = {"email": EMAILS["charlie"], "password": PASSWORD, "next": "/", "csrf_token": csrf_of(page)}
    client.post("/login", data=sent, headers=HTML)
    assert client.get_cookie("vitrine_at", domain="localhost") is None
    assert "Vitrine" in words(client.get("/no-such-page", headers=HTML).text)


def test_who_has_whose_look(running: Any, world: World) -> None:
    ids = world.ids
    north, harbour, pine = ids["north"], ids["harbour"], ids["pine"]
    dora = Member(1, "d@x.example", "", {}, {harbour: "client"}, {harbour: north})
    both = Member(1, "d@x.example", "", {}, {harbour: "client", pine: "owner"}, {harbour: north, pine: north})
    own = Member(1, "d@x.example", "", {}, {harbour: "client", pine: "owner"}, {harbour: north})
    two = Member(1, "d@x.example", "", {}, {1: "client", 2: "client"}, {1: north, 2: ids["south"]})
    staff = Member(1, "d@x.example", "", {north: "member"}, {harbour: "client"}, {harbour: north})
    assert [look.agency_of(one) for one in (dora, both)] == [north, north]
    assert [look.only_workspace(one) for one in (dora, both)] == [harbour, None]
    assert [look.agency_of(one) for one in (own, two, staff, Anonymous(), Member(1, "x"))] == [None] * 5


def test_the_desk_of_a_client_names_the_agency_and_lists_no_single_workspace(
    app: Flask, browser: Any, call: Any, running: Any, world: World, dressed: None
) -> None:
    dora, alice = browser("dora"), browser("alice")

    def route(who: Browser, path: str) -> str:
        answer = call(who, "url", path, "")
        assert answer.status_code == 200, path
        return str(answer.json)

    assert "/w/harbour-coffee" in route(dora, "/")
    shown = route(dora, "/w/harbour-coffee")
    assert "Harbour Coffee · Dashboard · North" in shown or "· North" in shown
    assert "Vitrine" not in shown
    assert "All workspaces" not in shown
    assert "Create an agency account" not in shown
    document = dora.get("/w/harbour-coffee", headers=HTML).text
    assert "<title>North</title>" in document
    assert "/assets/icon.svg" not in document
    icon = re.search(r'<link rel="icon" href="(/assets/icon[^"]+)"', alice.get("/", headers=HTML).text)
    assert icon is not None
    assert alice.get(icon[1]).content_type == "image/svg+xml"
    assert "· Vitrine" in route(alice, "/w/harbour-coffee")
    with running.session() as session:  # unlinked, the client is its own master under our name
        link = managing_link(session, world.ids["harbour"])
        assert link is not None
        managing.unlink(session, link, "workspace", actor="x")
    assert "· Vitrine" in route(dora, "/w/harbour-coffee")


def test_mails_to_a_client_are_from_their_agency(running: Any, world: World) -> None:
    """Its name stands before the address; the address itself names nobody."""
    with running.session() as session:
        share = session.get_one(Share, world.ids["harbour_share"])
        reader = viewers.add_viewers(session, running.settings, share, ["reader@harbour.example"])
        share_mails.invite(session, running.settings, share, reader, sender="Alice")
        user = session.get_one(User, world.ids["dora"])
        people_mails.send_known(session, running.settings, user)
    sender = SmtpSender(mail_server("smtp://127.0.0.1:1"), "https://reports.north.example")
    with running.reading() as session:
        for mail in session.scalars(select(Mail)):
            post = Post(
                1, "", mail.to, mail.subject, mail.text, mail.created_at, mail.html, from_name=mail.from_name
            )
            sent = message_from_bytes(sender.message(post))
            assert sent["From"] == "North <reports@reports.north.example>", mail.key
            assert "itrine" not in f"{mail.subject}{mail.text}{words(mail.html or '')}", mail.key


def test_only_who_runs_the_server_reads_what_the_product_is_called() -> None:
    """Of all sentences. What says a machine's storage fails is in the area of reasons."""
    named = {
        sentence
        for path in (ROOT / "dashapp/ui/language/german").glob("*.json")
        if path.stem != "reasons"
        for sentence in json.loads(path.read_text())
        if "Vitrine" in sentence
    }
    assert named == {"No account? Ask whoever runs Vitrine in your agency.", "Set up Vitrine"}
