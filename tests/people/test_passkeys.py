"""Passkeys against an authenticator in software: every part that is checked is bent once."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dashapp.db.people import Passkey
from tests.people.forms import mails
from tests.support.authenticator import USER_PRESENT, Authenticator, b64, raw
from tests.support.world import EMAILS, HTML, Browser, csrf_of, log_in


@pytest.fixture
def app(make_app: Any) -> Flask:
    """Passkeys need a name, not an IP address."""
    return make_app(public_url="http://localhost")


def add(who: Browser, key: Authenticator, name: str = "Laptop") -> Any:
    options = who.post("/account/passkey/options", json={}).json
    return who.post("/account/passkey", json={"credential": key.create(options), "name": name})


class Visitor:
    """A browser that shows the passkey page and sends what its script would."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.token = csrf_of(self.client.get("/login/passkey", headers=HTML))

    def post(self, to: str, body: Any) -> Any:
        headers = {"X-CSRFToken": self.token, "Referer": "http://localhost/"}
        return self.client.post(to, json=body, headers=headers)

    def options(self) -> dict[str, Any]:
        return self.post("/login/passkey/options", {}).json

    def log_in(self, credential: dict[str, Any], **more: Any) -> Any:
        return self.post("/login/passkey", {"credential": credential, **more})


@pytest.fixture
def key(alice: Browser) -> Authenticator:
    """Alice's passkey."""
    made = Authenticator()
    assert add(alice, made).json == {"go": "/settings/account"}
    return made


def test_alice_logs_in_with_her_passkey_alone(app: Flask, key: Authenticator, running: Any) -> None:
    visitor = Visitor(app)
    done = visitor.log_in(key.get(visitor.options()), next="/w/harbour-coffee/analytics")
    assert (done.status_code, done.json) == (200, {"go": "/w/harbour-coffee/analytics"})
    assert visitor.client.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 200
    with running.reading() as session:
        row = session.scalars(select(Passkey)).one()
    assert (row.sign_count, row.last_used_at is not None) == (1, True)


def test_a_passkey_is_a_second_factor_for_the_password_too(app: Flask, key: Authenticator) -> None:
    client = app.test_client()
    shown = log_in(client, EMAILS["alice"])
    assert shown.status_code == 200
    assert "/login/passkey" in shown.text
    assert client.get("/", headers=HTML).status_code == 302
    assert any("second factor" in mail.subject for mail in mails(app, EMAILS["alice"]))


def test_next_stays_on_this_site(app: Flask, key: Authenticator) -> None:
    for bad in ("https://evil.example/", "//evil.example", 5, ["/"], None):
        visitor = Visitor(app)
        assert visitor.log_in(key.get(visitor.options()), next=bad).json == {"go": "/"}


def test_a_recorded_answer_opens_nothing(app: Flask, key: Authenticator) -> None:
    visitor = Visitor(app)
    answer = key.get(visitor.options())
    assert visitor.log_in(answer).status_code == 200
    assert Visitor(app).log_in(answer).status_code == 401


def bent(key: Authenticator, how: str, options: dict[str, Any]) -> dict[str, Any]:
    """An answer in which one thing is not right."""
    if how == "origin":
        key.origin = "https://evil.example"
    elif how == "host":
        key.host = "evil.example"
    elif how == "not verified":
        key.flags = USER_PRESENT
    elif how == "other key":
        key.key = Authenticator().key
    elif how == "unknown id":
        key.id = b"x" * 32
    elif how == "own challenge":
        options = {"challenge": b64(b"c" * 32)}
    answer = key.get(options)
    if how == "registration":
        client = json.loads(raw(answer["response"]["clientDataJSON"]))
        answer["response"]["clientDataJSON"] = b64(json.dumps({**client, "type": "webauthn.create"}).encode())
    return answer


@pytest.mark.parametrize(
    "how", ["origin", "host", "not verified", "other key", "unknown id", "own challenge", "registration"]
)
def test_an_answer_with_one_thing_wrong_is_401(app: Flask, key: Authenticator, how: str) -> None:
    visitor = Visitor(app)
    assert visitor.log_in(bent(key, how, visitor.options())).status_code == 401
    assert visitor.client.get("/", headers=HTML).status_code == 302


def test_a_counter_that_goes_back_is_a_copy(app: Flask, key: Authenticator) -> None:
    key.counter = 10
    visitor = Visitor(app)
    assert visitor.log_in(key.get(visitor.options())).status_code == 200
    key.counter = 3
    visitor = Visitor(app)
    assert visitor.log_in(key.get(visitor.options())).status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {},
        {"credential": []},
        {"credential": {}},
        {"credential": {"response": {"clientDataJSON": 5}}},
        {"credential": {"id": {"$ne": 1}, "response": {"clientDataJSON": "e30"}}},
    ],
)
def test_bodies_of_another_form_are_refused(app: Flask, key: Authenticator, body: Any) -> None:
    assert Visitor(app).post("/login/passkey", body).status_code in {400, 401}


def test_a_challenge_for_one_person_registers_nothing_for_another(alice: Browser, browser: Any) -> None:
    charlie = browser("charlie")
    options = alice.post("/account/passkey/options", json={}).json
    credential = Authenticator().create(options)
    assert charlie.post("/account/passkey", json={"credential": credential, "name": "x"}).status_code == 400
    assert add(charlie, Authenticator()).status_code == 200


def test_a_challenge_for_logging_in_registers_nothing(app: Flask, alice: Browser) -> None:
    credential = Authenticator().create(Visitor(app).options())
    assert alice.post("/account/passkey", json={"credential": credential, "name": "x"}).status_code == 400


def test_one_passkey_is_one_persons(app: Flask, key: Authenticator, browser: Any) -> None:
    assert add(browser("charlie"), key).status_code == 400


def test_charlie_removes_no_passkey_of_alices(
    alice: Browser, key: Authenticator, browser: Any, running: Any
) -> None:
    charlie = browser("charlie")

    def remove(who: Browser) -> int:
        form = {"id": "1", "csrf_token": who.csrf}
        return who.post("/account/passkey/remove", data=form, headers=HTML).status_code

    assert remove(charlie) == 404
    assert remove(alice) == 303
    with running.reading() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_only_the_pages_of_passkeys_have_a_script_and_it_is_ours(app: Flask, alice: Browser) -> None:
    for page in (
        app.test_client().get("/login/passkey", headers=HTML),
        alice.get("/account/passkey", headers=HTML),
    ):
        assert "script-src 'self';" in page.headers["Content-Security-Policy"]
        assert "unsafe" not in page.headers["Content-Security-Policy"]
        assert page.text.count("<script") == 1
