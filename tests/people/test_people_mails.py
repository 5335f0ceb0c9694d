"""The mails about one's own account: over a real mail server, as text and as a page, under the right name."""

from __future__ import annotations

import re
import socket
from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from flask import Flask

from dashapp.agencies import accounts, roles
from dashapp.app import create_app
from dashapp.config import load
from dashapp.mail.outbox import send_due
from dashapp.mail.posting import SmtpSender
from dashapp.mail_server import mail_server
from dashapp.web.styleguide.mails import MAILS
from tests.people.forms import fill_in, mails, send
from tests.support.world import EMAILS, HTML, log_in


class Office:
    """A mail server's desk: keeps (recipients, message)."""

    def __init__(self) -> None:
        self.taken: list[tuple[list[str], EmailMessage]] = []

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.taken.append((envelope.rcpt_tos, message))
        return "250 taken"


@pytest.fixture
def office() -> Iterator[tuple[Office, int]]:
    """The server on this machine."""
    desk = Office()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    controller = Controller(desk, hostname="127.0.0.1", port=port)
    controller.start()
    yield desk, port
    controller.stop()


def deliver(running: Any, port: int) -> None:
    sender = SmtpSender(mail_server(f"smtp://127.0.0.1:{port}"), running.settings.public_url)
    send_due(running.engine, sender)


def test_a_reset_walks_from_the_form_to_the_mailbox_and_back(
    app: Flask, client: Any, running: Any, office: tuple[Office, int]
) -> None:
    desk, port = office
    fill_in(client, "/reset", email=EMAILS["alice"])
    deliver(running, port)
    ((recipients, message),) = desk.taken
    assert recipients == [EMAILS["alice"]]
    assert [part.get_content_type() for part in message.walk()] == [
        "multipart/alternative",
        "text/plain",
        "text/html",
    ]
    text, page = (message.get_body((kind,)).get_content() for kind in ("plain", "html"))
    links = {re.search(r"http://[^\s\"<]+/reset/[A-Za-z0-9_-]{43}", body)[0] for body in (text, page)}
    assert len(links) == 1
    link = links.pop()
    assert link.startswith(running.settings.public_url)
    way = link.removeprefix(running.settings.public_url)
    done = send(client, way, client.get(way, headers=HTML), password="seven quiet lighthouses")
    assert done.status_code == 303
    deliver(running, port)
    assert len(desk.taken) == 2
    assert log_in(app.test_client(), EMAILS["alice"], "seven quiet lighthouses").status_code == 303


def test_the_host_of_a_request_is_in_no_mail(app: Flask, client: Any) -> None:
    for host in ("evil.example", "localhost.evil.example"):
        headers = {**HTML, "X-Forwarded-Host": host}
        page = client.get("/reset", headers=headers)
        token = re.search(r'name="csrf_token" value="([^"]+)"', page.text)[1]
        form = {"email": EMAILS["alice"], "csrf_token": token}
        client.post("/reset", data=form, headers={**headers, "Referer": "http://localhost/"})
        assert client.get("/reset", headers={**HTML, "Host": host}).status_code == 400
    assert all("evil" not in mail.text + (mail.html or "") for mail in mails(app))
    assert len(mails(app)) == 2


def test_a_mail_is_under_the_name_and_colour_of_ones_only_agency(
    app: Flask, client: Any, running: Any, world: Any
) -> None:
    from dashapp.db.tenants import Agency, User

    with running.session() as session:
        session.get_one(Agency, world.ids["north"]).brand = "#7b2d8e"
    for name in ("alice", "dora"):  # of an agency herself, and through a workspace
        fill_in(client, "/reset", email=EMAILS[name])
        page = mails(app, EMAILS[name])[-1].html or ""
        assert "North" in page
        assert "#7b2d8e" in page
        assert "Vitrine" not in page
    with running.session() as session:
        bob = session.get_one(User, world.ids["bob"])
        roles.set_agency_role(session, bob, session.get_one(Agency, world.ids["south"]), "member")
    fill_in(client, "/reset", email=EMAILS["bob"])
    page = mails(app, EMAILS["bob"])[-1].html or ""
    assert "Vitrine" in page  # of two agencies: under neither's name
    assert "South" not in page


def test_a_mail_is_in_the_readers_language(app: Flask, client: Any, running: Any, world: Any) -> None:
    with running.session() as session:
        accounts.speak(session, world.ids["alice"], "fr")
    fill_in(client, "/reset", email=EMAILS["alice"])
    mail = mails(app, EMAILS["alice"])[-1]
    assert mail.subject == "Choisir un nouveau mot de passe"
    assert 'lang="fr"' in (mail.html or "")


def test_no_mail_of_an_account_is_in_an_agencys_list(
    app: Flask, client: Any, running: Any, world: Any
) -> None:
    from dashapp.mail import outbox

    fill_in(client, "/reset", email=EMAILS["alice"])
    with running.reading() as session:
        assert outbox.of_agency(session, world.ids["north"], 10) == []


def test_every_mail_has_a_preview_in_development_and_none_otherwise(app: Flask, tmp_path: Any) -> None:
    developing = create_app(load({"VITRINE_HOME": str(tmp_path / "dev")}), development=True)
    known = developing.extensions["vitrine"]
    with known.session() as session:
        accounts.create_agency(session, "North", EMAILS["alice"], "correct horse battery staple")
    client = developing.test_client()
    assert log_in(client, EMAILS["alice"]).status_code == 303
    assert client.get("/styleguide/mails", headers=HTML).status_code == 200
    for name in MAILS:
        for lang in ("en", "fr"):
            page = client.get(
                f"/styleguide/mails/{name}?lang={lang}&brand=d92d20&sender=<b>N</b>", headers=HTML
            )
            assert page.status_code == 200
            assert f'lang="{lang}"' in page.text
            assert "<b>N</b>" not in page.text
            assert "<script" not in page.text
    assert client.get("/styleguide/mails/nothing", headers=HTML).status_code == 404
    known.engine.dispose()
    usual = app.test_client()
    log_in(usual, EMAILS["alice"])
    assert usual.get("/styleguide/mails", headers=HTML).status_code == 404
