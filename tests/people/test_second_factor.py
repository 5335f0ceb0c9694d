"""Codes of an authenticator app, recovery codes, and an agency that asks for a second factor."""

from __future__ import annotations

import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dashapp.access import tokens
from dashapp.db.people import RecoveryCode, TotpSecret
from dashapp.db.security import AuditEntry, LoginSession
from dashapp.people import second_factor
from tests.people.forms import code_at, fill_in, mails, recovery_codes_in, secret_in, send
from tests.support.world import EMAILS, HTML, PASSWORD, Browser, csrf_of, log_in


def enrol(who: Browser) -> tuple[str, list[str]]:
    """Set an app up for who is logged in: (its secret, the recovery codes)."""
    page = who.get("/account/second-factor", headers=HTML)
    secret = secret_in(page)
    done = send(who.client, "/account/second-factor", page, code=code_at(secret, time.time() - 30))
    assert done.status_code == 200, done.text
    return secret, recovery_codes_in(done)


def first_step(app: Flask, name: str) -> tuple[Any, Any]:
    """(a browser, the page that asks for the second factor) after the right password."""
    client = app.test_client()
    shown = log_in(client, EMAILS[name])
    assert shown.status_code == 200
    assert "/login/second-factor" in shown.text
    return client, shown


def test_rfc_6238_test_vectors() -> None:
    """Appendix B, SHA-1, secret "12345678901234567890"; the last six of its eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    for at, code in ((59, "287082"), (1111111109, "081804"), (1234567890, "005924"), (2000000000, "279037")):
        assert code_at(secret, at) == code


def test_alice_enrols_and_then_a_password_alone_opens_nothing(app: Flask, alice: Browser) -> None:
    old = alice.client.get_cookie("vitrine").value
    secret, codes = enrol(alice)
    assert len(set(codes)) == 10
    assert alice.client.get_cookie("vitrine").value != old  # a new session id
    assert alice.get("/", headers=HTML).status_code == 200
    client, shown = first_step(app, "alice")
    assert client.get("/", headers=HTML).status_code == 302
    assert send(client, "/login/second-factor", shown, code="000000").status_code == 401
    done = send(client, "/login/second-factor", shown, code=code_at(secret, time.time()))
    assert (done.status_code, done.location) == (303, "/")
    assert client.get("/", headers=HTML).status_code == 200
    assert any("second factor" in mail.subject for mail in mails(app, EMAILS["alice"]))


def test_a_code_is_taken_once(app: Flask, alice: Browser) -> None:
    secret, _ = enrol(alice)
    code = code_at(secret, time.time())
    client, shown = first_step(app, "alice")
    assert send(client, "/login/second-factor", shown, code=code).status_code == 303
    again, shown = first_step(app, "alice")
    assert send(again, "/login/second-factor", shown, code=code).status_code == 401
    # nor an earlier one, which enrolment used
    earlier = code_at(secret, time.time() - 30)
    assert send(again, "/login/second-factor", shown, code=earlier).status_code == 401


def test_a_recovery_code_works_once_and_new_ones_end_the_old(app: Flask, alice: Browser) -> None:
    _, codes = enrol(alice)
    client, shown = first_step(app, "alice")
    assert send(client, "/login/second-factor", shown, code=codes[0].upper()).status_code == 303
    again, shown = first_step(app, "alice")
    assert send(again, "/login/second-factor", shown, code=codes[0]).status_code == 401
    fresh = recovery_codes_in(
        alice.client.post(
            "/account/recovery-codes",
            data={"csrf_token": alice.csrf},
            headers={**HTML, "Referer": "http://localhost/"},
        )
    )
    assert len(fresh) == 10
    assert send(again, "/login/second-factor", shown, code=codes[1]).status_code == 401
    assert send(again, "/login/second-factor", shown, code=fresh[1]).status_code == 303


def test_the_sixth_wrong_code_is_429_also_with_new_tickets(app: Flask, alice: Browser) -> None:
    secret, _ = enrol(alice)
    statuses = []
    for _ in range(6):
        client, shown = first_step(app, "alice")
        statuses.append(send(client, "/login/second-factor", shown, code="000000").status_code)
    assert statuses == [401] * 5 + [429]
    client, shown = first_step(app, "alice")
    assert send(client, "/login/second-factor", shown, code=code_at(secret, time.time())).status_code == 429


def test_a_ticket_is_sealed_lasts_five_minutes_and_ends_with_the_password(
    app: Flask, alice: Browser, running: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret, _ = enrol(alice)
    client, shown = first_step(app, "alice")
    code = code_at(secret, time.time())
    for bad in ("", "x" * 80, tokens.seal(running.settings.secret_key, '{"second": 1}')):
        assert send(client, "/login/second-factor", shown, ticket=bad, code=code).status_code == 400
    with monkeypatch.context() as patch:
        later = time.time() + 301
        patch.setattr("dashapp.web.account.finish.time.time", lambda: later)
        assert send(client, "/login/second-factor", shown, code=code).status_code == 400
    with running.session() as session:
        from dashapp.agencies import accounts

        accounts.set_password(
            session, accounts.known_user(session, EMAILS["alice"]), "seven quiet lighthouses"
        )
    assert send(client, "/login/second-factor", shown, code=code).status_code == 400


def test_what_is_stored_is_sealed_or_hashed(alice: Browser, running: Any) -> None:
    secret, codes = enrol(alice)
    with running.reading() as session:
        row = session.scalars(select(TotpSecret)).one()
        hashes = session.scalars(select(RecoveryCode.code_hash)).all()
    assert secret not in row.secret_sealed
    assert not set(codes) & set(hashes)


def test_a_wrong_code_enrols_nobody_and_shows_the_same_secret(alice: Browser, running: Any) -> None:
    page = alice.get("/account/second-factor", headers=HTML)
    wrong = send(alice.client, "/account/second-factor", page, code="000000")
    assert wrong.status_code == 400
    assert secret_in(wrong) == secret_in(page)
    with running.reading() as session:
        assert session.scalars(select(TotpSecret)).all() == []


def test_bobs_page_enrols_nobody_else(browser: Any, alice: Browser) -> None:
    page = browser("bob").get("/account/second-factor", headers=HTML)
    stolen = send(alice.client, "/account/second-factor", page, csrf_token=alice.csrf, code="123456")
    assert stolen.status_code == 400


def test_removing_the_app_needs_a_fresh_proof(app: Flask, alice: Browser, running: Any) -> None:
    enrol(alice)
    with running.session() as session:
        for row in session.scalars(select(LoginSession)):
            row.payload = row.payload.replace('"confirmed_at":', '"confirmed_at":1,"x":')
    form = {"csrf_token": alice.csrf}
    refused = alice.post("/account/second-factor/remove", data=form, headers=HTML)
    assert refused.location == "/confirm?next=/settings/account"
    proof = fill_in(alice.client, "/confirm?next=/settings/account", "/confirm", proof="wrong")
    assert proof.status_code == 401
    proof = fill_in(alice.client, "/confirm?next=/settings/account", "/confirm", proof=PASSWORD)
    assert proof.location == "/settings/account"
    alice.post("/account/second-factor/remove", data={"csrf_token": alice.csrf}, headers=HTML)
    assert log_in(app.test_client(), EMAILS["alice"]).status_code == 303
    with running.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_an_agency_that_asks_for_it_lets_its_owner_do_nothing_else(
    app: Flask, alice: Browser, browser: Any, running: Any, world: Any
) -> None:
    bob, charlie = browser("bob"), browser("charlie")
    with running.session() as session:
        from dashapp.db.tenants import Agency

        second_factor.require(session, session.get_one(Agency, world.ids["north"]), True, actor="test")
    assert alice.get("/", headers=HTML).location == "/account/second-factor"
    assert alice.get("/w/harbour-coffee/analytics", headers=HTML).status_code == 302
    assert alice.post("/_dash-update-component", json={}).status_code == 403
    assert alice.get("/data/rows.csv?agency=north&table=events").status_code == 403
    assert bob.get("/", headers=HTML).status_code == 200  # a member is not asked
    assert charlie.get("/", headers=HTML).status_code == 200  # another agency's owner neither
    enrol(alice)
    assert alice.get("/", headers=HTML).status_code == 200


def test_only_who_has_one_can_ask_others_and_only_in_their_agency(
    alice: Browser, browser: Any, running: Any
) -> None:
    ask = {"agency": "north", "required": "yes"}

    def post(who: Browser, **form: str) -> int:
        return who.post("/account/policy", data={**form, "csrf_token": who.csrf}, headers=HTML).status_code

    assert post(alice, **ask) == 403  # she has none herself
    assert post(browser("charlie"), **ask) == post(browser("bob"), **ask) == 404
    enrol(alice)
    assert post(alice, **ask) == 303
    with running.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "agency.second_factor")).one()
    assert (entry.actor, entry.detail) == (EMAILS["alice"], "true")


def test_the_pages_have_a_token_and_no_script(alice: Browser) -> None:
    page = alice.get("/account/second-factor", headers=HTML)
    assert csrf_of(page)
    assert "<script" not in page.text
    assert "script-src" not in page.headers["Content-Security-Policy"]
