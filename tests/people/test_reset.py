"""A forgotten password: one use, one hour, the same answer for everybody, every session ends."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from dashapp.db.base import now
from dashapp.db.people import OneTimeToken
from dashapp.db.security import LoginSession
from dashapp.db.tenants import User
from dashapp.people import one_time
from tests.people.forms import fill_in, link_in, mails, send
from tests.support.world import EMAILS, HTML, csrf_of, log_in

NEW = "seven quiet lighthouses"


def test_alice_resets_her_password_and_every_other_session_ends(app: Flask, alice: Any, client: Any) -> None:
    fill_in(client, "/reset", email=EMAILS["alice"])
    (mail,) = mails(app, EMAILS["alice"])
    way = link_in(mail)
    shown = client.get(way, headers=HTML)
    done = send(client, way, shown, password=NEW)
    assert (done.status_code, done.location) == (303, "/")
    assert client.get("/", headers=HTML).status_code == 200  # this browser is logged in
    assert alice.get("/", headers=HTML).status_code == 302  # the other one is not any more
    assert log_in(app.test_client(), EMAILS["alice"]).status_code == 401
    assert log_in(app.test_client(), EMAILS["alice"], NEW).status_code == 303
    assert app.test_client().get(way, headers=HTML).status_code == 404  # one use
    assert "password was changed" in mails(app, EMAILS["alice"])[-1].subject


def test_a_weak_password_does_not_use_the_link_up(app: Flask, client: Any) -> None:
    fill_in(client, "/reset", email=EMAILS["alice"])
    way = link_in(mails(app)[0])
    assert send(client, way, client.get(way, headers=HTML), password="alice north").status_code == 400
    assert send(client, way, client.get(way, headers=HTML), password=NEW).status_code == 303


def test_the_link_lasts_one_hour(app: Flask, client: Any, running: Any) -> None:
    fill_in(client, "/reset", email=EMAILS["alice"])
    with running.reading() as session:
        row = session.scalars(select(OneTimeToken)).one()
        assert row.expires_at - row.created_at == timedelta(hours=1)
    with running.session() as session:
        session.execute(update(OneTimeToken).values(expires_at=now() - timedelta(seconds=1)))
    assert client.get(link_in(mails(app)[0]), headers=HTML).status_code == 404


def test_known_and_unknown_addresses_get_the_same_answer_after_the_same_work(
    app: Flask, running: Any
) -> None:
    """Statements are counted, not time: what an unknown address costs less is the mail's one row."""
    work: dict[str, int] = {}
    answers = {}
    for email in (EMAILS["alice"], "nobody@north.example"):
        client = app.test_client()
        shown = client.get("/reset", headers=HTML)
        statements: list[str] = []
        listen = lambda *given, kept=statements: kept.append(given[2])  # noqa: E731
        event.listen(running.engine, "before_cursor_execute", listen)
        answers[email] = send(client, "/reset", shown, email=email)
        event.remove(running.engine, "before_cursor_execute", listen)
        work[email] = len(statements)
    known, unknown = answers.values()
    assert known.status_code == unknown.status_code == 200
    assert [name for name, _ in known.headers] == [name for name, _ in unknown.headers]
    parts = [a.text.split("<main>")[1].replace(email, "") for email, a in answers.items()]
    assert parts[0] == parts[1]
    assert abs(work[EMAILS["alice"]] - work["nobody@north.example"]) <= 2
    assert [mail.to for mail in mails(app)] == [EMAILS["alice"]]


def test_a_token_without_an_account_opens_nothing(app: Flask, client: Any, running: Any) -> None:
    with running.session() as session:
        token = one_time.issue(session, "reset", email="nobody@north.example")
    way = f"/reset/{token}"
    assert send(client, way, client.get(way, headers=HTML), password=NEW).status_code == 404


@pytest.mark.parametrize("bad", ["", ":token", "*", "null", "0", "a" * 43, "a" * 10_000, "%00"])
def test_what_is_no_token_is_404(client: Any, bad: str) -> None:
    assert client.get(f"/reset/{bad}x", headers=HTML).status_code == 404


def test_a_link_for_one_thing_is_none_for_another(app: Flask, client: Any) -> None:
    fill_in(client, "/reset", email=EMAILS["alice"])
    token = link_in(mails(app)[0]).rpartition("/")[2]
    assert client.get(f"/email/{token}", headers=HTML).status_code == 404
    assert client.get(f"/signup/{token}", headers=HTML).status_code == 404


def test_a_disabled_account_gets_no_mail(app: Flask, client: Any, running: Any) -> None:
    with running.session() as session:
        session.execute(update(User).where(User.email == EMAILS["alice"]).values(active=False))
    assert fill_in(client, "/reset", email=EMAILS["alice"]).status_code == 200
    assert mails(app) == []


def test_one_address_gets_five_mails_an_hour_and_one_network_asks_twenty_times(
    app: Flask, client: Any
) -> None:
    codes = [fill_in(client, "/reset", email=EMAILS["alice"]).status_code for _ in range(21)]
    assert codes == [200] * 20 + [429]
    assert len(mails(app)) == 5


def test_lists_and_objects_are_400_and_send_no_mail(app: Flask, client: Any) -> None:
    for fields in ({"email": [EMAILS["alice"], "x@y.example"]}, {"email[$ne]": "1"}):
        assert fill_in(client, "/reset", **fields).status_code == 400
    assert mails(app) == []


def test_the_token_is_not_in_the_database(app: Flask, client: Any, running: Any) -> None:
    fill_in(client, "/reset", email=EMAILS["alice"])
    token = link_in(mails(app)[0]).rpartition("/")[2]
    with running.reading() as session:
        row = session.scalars(select(OneTimeToken)).one()
    assert token not in (row.token_hash, row.data, row.email)


def test_changing_the_address_after_the_reset_was_asked_for_ends_its_link(
    app: Flask, alice: Any, client: Any, running: Any
) -> None:
    fill_in(client, "/reset", email=EMAILS["alice"])
    way = link_in(mails(app)[0])
    with running.session() as session:
        assert session.scalars(select(LoginSession)).all() != []
    alice.post("/account/email", data={"email": "alice@new.example", "csrf_token": alice.csrf}, headers=HTML)
    change = link_in(mails(app, "alice@new.example")[0])
    assert send(client, change, client.get(change, headers=HTML)).status_code == 200
    assert client.get(way, headers=HTML).status_code == 404


def test_the_forms_of_links_work_over_tls(make_app: Any) -> None:
    """Over TLS the CSRF check wants a Referer: the pages' policy must let the browser send one to this site."""
    app = make_app(public_url="https://localhost")
    client = app.test_client()
    base = "https://localhost"
    shown = client.get("/reset", headers=HTML, base_url=base)
    sent = {**HTML, "Origin": base, "Sec-Fetch-Site": "same-origin", "Referer": f"{base}/reset"}
    form = {"csrf_token": csrf_of(shown), "email": EMAILS["alice"]}
    assert client.post("/reset", data=form, headers=sent, base_url=base).status_code == 200
    way = link_in(mails(app)[0])
    page = client.get(way, headers=HTML, base_url=base)
    assert page.headers["Referrer-Policy"] == "same-origin"
    form = {"csrf_token": csrf_of(page), "password": NEW}
    foreign = {**HTML, "Origin": "https://evil.example", "Referer": "https://evil.example/"}
    assert client.post(way, data=form, headers=foreign, base_url=base).status_code == 403
    done = client.post(way, data=form, headers=sent, base_url=base)
    assert done.status_code == 303
    cookies = [line for line in done.headers.getlist("Set-Cookie") if line.startswith("__Host-vitrine=")]
    assert len(cookies) == 1
    assert all(flag in cookies[0] for flag in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
