"""Filling forms in as a browser does, reading the mails that wait, and what an authenticator app would show."""

from __future__ import annotations

import re
from typing import Any

import pyotp
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from werkzeug.test import TestResponse

from dashapp.db.mail import Mail
from tests.support.world import HTML, csrf_of

BASE = "http://localhost"
HEADERS = {**HTML, "Referer": f"{BASE}/"}


def fill_in(client: FlaskClient, page: str, to: str | None = None, **fields: Any) -> TestResponse:
    """GET the page, send its form with these fields and its hidden ones."""
    shown = client.get(page, headers=HTML, base_url=BASE)
    assert shown.status_code == 200, (shown.status_code, shown.location, shown.text[:300])
    return send(client, to or page, shown, **fields)


def send(client: FlaskClient, to: str, shown: TestResponse, **fields: Any) -> TestResponse:
    """Send the form of a page that is shown already."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', shown.text))
    hidden["csrf_token"] = csrf_of(shown)
    hidden.pop("options", None)
    return client.post(to, data={**hidden, **fields}, headers=HEADERS, base_url=BASE)


def mails(app: Flask, to: str | None = None) -> list[Mail]:
    """The mails in the outbox, newest last."""
    with app.extensions["vitrine"].reading() as session:
        found = select(Mail).order_by(Mail.id)
        return list(session.scalars(found if to is None else found.where(Mail.to == to)))


def link_in(mail: Mail) -> str:
    """The path of the first link with a token in a mail."""
    found = re.search(r"https?://[^/\s]+(/(?:signup|reset|email)/[A-Za-z0-9_-]{43})", mail.text)
    assert found, mail.text
    return found[1]


def secret_in(shown: TestResponse) -> str:
    """The secret an authenticator app would scan."""
    found = re.search(r'<p class="secret">([A-Z2-7 ]+)</p>', shown.text)
    assert found, shown.text
    return found[1].replace(" ", "")


def recovery_codes_in(shown: TestResponse) -> list[str]:
    """The recovery codes that are shown this once."""
    return re.findall(r"<li>([a-z0-9]{5}-[a-z0-9]{5})</li>", shown.text)


def code_at(secret: str, seconds: float) -> str:
    """What the app shows at a moment: pyotp is the reference here, RFC 6238's own figures are tested beside it."""
    return pyotp.TOTP(secret).at(int(seconds))
