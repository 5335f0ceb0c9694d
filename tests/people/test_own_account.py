"""One's own account: name, address, password, sessions; what is sensitive asks again who one is."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask, g
from sqlalchemy import select

from dashapp.db.security import AuditEntry, LoginSession
from dashapp.db.tenants import User
from dashapp.people import sessions
from dashapp.ui.language import spoken
from dashapp.ui.language.say import speaking
from tests.people.forms import fill_in, link_in, mails, send
from tests.support.world import EMAILS, HTML, Browser, log_in

NEW = "seven quiet lighthouses"


def post(who: Browser, to: str, **form: Any) -> Any:
    return who.post(to, data={**form, "csrf_token": who.csrf}, headers=HTML)


def grow_old(running: Any) -> None:
    """As if everybody had logged in more than ten minutes ago."""
    with running.session() as session:
        for row in session.scalars(select(LoginSession)):
            row.payload = row.payload.replace('"confirmed_at":', '"confirmed_at":1,"x":')


def test_the_settings_begin_with_ones_own_account(app: Flask, alice: Browser) -> None:
    assert alice.get("/settings", headers=HTML).location == "/settings/account"
    assert "/login" in app.test_client().get("/settings", headers=HTML).location


def test_alice_changes_her_password_here_and_is_out_elsewhere(
    app: Flask, alice: Browser, browser: Any
) -> None:
    elsewhere = browser("alice")
    before = alice.client.get_cookie("vitrine").value
    assert post(alice, "/account/password", password=NEW).location == "/settings/account"
    assert alice.client.get_cookie("vitrine").value != before
    assert alice.get("/", headers=HTML).status_code == 200
    assert elsewhere.get("/", headers=HTML).status_code == 302
    assert log_in(app.test_client(), EMAILS["alice"], NEW).status_code == 303
    assert "password was changed" in mails(app, EMAILS["alice"])[-1].subject


@pytest.mark.parametrize(
    ("to", "form"),
    [
        ("/account/password", {"password": NEW}),
        ("/account/email", {"email": "alice@new.example"}),
        ("/account/second-factor/remove", {}),
        ("/account/recovery-codes", {}),
        ("/account/passkey/remove", {"id": "1"}),
        ("/account/keys", {"place": "agency:north", "name": "k", "access": "read", "days": "30"}),
        ("/account/policy", {"agency": "north", "required": "no"}),
    ],
)
def test_what_is_sensitive_asks_again_after_ten_minutes(
    app: Flask, alice: Browser, running: Any, to: str, form: dict[str, str]
) -> None:
    grow_old(running)
    assert post(alice, to, **form).location.startswith("/confirm?next=/settings/")
    assert log_in(app.test_client(), EMAILS["alice"]).status_code == 303  # nothing was changed
    assert mails(app) == []


def test_pages_that_set_a_factor_up_ask_again_too(alice: Browser, running: Any) -> None:
    grow_old(running)
    for page in ("/account/second-factor", "/account/passkey"):
        assert alice.get(page, headers=HTML).location.startswith("/confirm")
    for act in ("/account/passkey/options", "/account/passkey"):
        assert alice.post(act, json={"credential": {}, "name": "x"}).status_code == 403


def test_confirming_is_limited_like_a_log_in(alice: Browser) -> None:
    codes = [fill_in(alice.client, "/confirm", proof="wrong").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]


def test_a_new_address_counts_when_it_is_confirmed_and_the_old_one_is_told(
    app: Flask, alice: Browser, client: Any
) -> None:
    post(alice, "/account/email", email="alice@new.example")
    assert log_in(app.test_client(), "alice@new.example").status_code == 401
    way = link_in(mails(app, "alice@new.example")[0])
    shown = client.get(way, headers=HTML)
    assert send(client, way, shown).status_code == 200
    assert log_in(app.test_client(), "alice@new.example").status_code == 303
    assert log_in(app.test_client(), EMAILS["alice"]).status_code == 401
    assert "new e-mail address" in mails(app, EMAILS["alice"])[-1].subject
    assert client.get(way, headers=HTML).status_code == 404


def test_an_address_that_is_taken_looks_the_same_and_changes_nothing(app: Flask, alice: Browser) -> None:
    taken = post(alice, "/account/email", email=EMAILS["charlie"])
    free = post(alice, "/account/email", email="alice@new.example")
    assert (taken.status_code, taken.location) == (free.status_code, free.location)
    assert mails(app, EMAILS["charlie"]) == []


def test_an_address_taken_meanwhile_is_not_taken_over(
    app: Flask, alice: Browser, client: Any, running: Any
) -> None:
    post(alice, "/account/email", email="new@north.example")
    with running.session() as session:
        session.add(User(email="new@north.example"))
    way = link_in(mails(app, "new@north.example")[0])
    assert send(client, way, client.get(way, headers=HTML)).status_code == 404


@pytest.mark.parametrize(
    "form",
    [
        {"email": ["a@x.example", "b@x.example"]},
        {"email": "a@x.example\r\nBcc: c@x.example"},
        {"email": "a@x.example", "user_id": "5"},
        {"email": "a@x.example", "role": "owner"},
    ],
)
def test_bent_forms_change_nothing(app: Flask, alice: Browser, form: dict[str, Any]) -> None:
    assert post(alice, "/account/email", **form).status_code in {303, 400}
    assert mails(app) == []


def test_name_with_a_role_beside_it_is_400(alice: Browser, running: Any) -> None:
    assert post(alice, "/account/name", name="Al", role="owner", agency_id="2").status_code == 400
    assert post(alice, "/account/name", name="Al").status_code == 303
    with running.reading() as session:
        assert session.scalars(select(User.name).where(User.email == EMAILS["alice"])).one() == "Al"


def test_alice_reads_her_clock_and_nobody_else_does(alice: Browser, browser: Any, running: Any) -> None:
    assert post(alice, "/account/clock", clock="13").status_code == 400
    assert post(alice, "/account/clock", clock="12", email=EMAILS["charlie"]).status_code == 400
    assert post(alice, "/account/clock", clock="12").status_code == 303
    with running.reading() as session:
        clocks = dict(session.execute(select(User.email, User.clock)).all())  # type: ignore[arg-type]
    assert {email: clock for email, clock in clocks.items() if clock} == {EMAILS["alice"]: "12"}
    for who, clock in ((alice, "12"), (browser("charlie"), "24")):
        assert f'data-clock="{clock}"' in who.get("/", headers=HTML).text
    post(alice, "/account/clock", clock="")
    assert 'data-clock="24"' in alice.get("/", headers=HTML).text


def test_what_is_made_for_somebody_else_is_on_their_clock(alice: Browser, app: Flask) -> None:
    at = datetime(2026, 10, 28, 14, 5, tzinfo=UTC)
    post(alice, "/account/clock", clock="12")
    with app.test_request_context("/"):
        g.twelve_hours = True
        assert spoken.moment(at, "UTC") == "28\u00a0Oct, 2:05\u00a0pm"
        with speaking("fr"):
            assert spoken.moment(at, "UTC") == "28\u00a0oct., 14:05"
        with speaking("de", clock="12"):
            assert spoken.clock(14, 5) == "2:05\u00a0pm"
    assert spoken.clock(14, 5) == "14:05"


def test_alice_ends_one_session_and_never_charlies(
    alice: Browser, browser: Any, running: Any, world: Any
) -> None:
    second, charlie = browser("alice"), browser("charlie")
    with running.reading() as session:
        rows = {
            row.id: row.user_id
            for row in session.scalars(select(LoginSession).order_by(LoginSession.id.desc()))
        }
    theirs = next(key for key, user in rows.items() if user == world.ids["charlie"])
    mine = next(key for key, user in rows.items() if user == world.ids["alice"])  # the newest: `second`
    assert post(alice, "/account/sessions/end", id=str(theirs)).status_code == 404
    assert charlie.get("/", headers=HTML).status_code == 200
    assert post(alice, "/account/sessions/end", id="99999999").status_code == 404
    for bad in ("0", "-1", "1e3", "1 OR 1=1", ""):
        assert post(alice, "/account/sessions/end", id=bad).status_code == 400
    assert post(alice, "/account/sessions/end", id=str(mine)).status_code == 303
    assert second.get("/", headers=HTML).status_code == 302
    assert alice.get("/", headers=HTML).status_code == 200


def test_log_out_everywhere_is_here_too(alice: Browser, browser: Any) -> None:
    second = browser("alice")
    assert post(alice, "/account/sessions/end-all").location == "/login"
    assert alice.get("/", headers=HTML).status_code == second.get("/", headers=HTML).status_code == 302


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("203.0.113.77", "203.0.113.x"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.77", "203.0.113.x"),
        ("", ""),
        ("nonsense", ""),
    ],
)
def test_a_place_is_an_address_without_its_end(address: str, shown: str) -> None:
    assert sessions.network(address) == shown


def test_every_change_is_in_the_audit_trail(alice: Browser, running: Any) -> None:
    post(alice, "/account/password", password=NEW)
    post(alice, "/account/email", email="alice@new.example")
    with running.reading() as session:
        verbs = set(session.scalars(select(AuditEntry.verb).where(AuditEntry.actor == EMAILS["alice"])))
    assert {"password.set", "email.ask", "login"} <= verbs


def test_nobody_who_is_not_logged_in_gets_anywhere(client: Any) -> None:
    for page in ("/confirm", "/account/second-factor", "/account/passkey", "/settings/account"):
        assert client.get(page, headers=HTML).status_code == 302
    for act in ("/account/password", "/account/keys", "/account/policy", "/account/sessions/end-all"):
        assert client.post(act, headers=HTML).status_code == 401


def test_a_form_without_its_token_or_from_another_site_changes_nothing(alice: Browser) -> None:
    bare = alice.client.post("/account/password", data={"password": NEW}, headers=HTML)
    assert bare.status_code == 400
    foreign = alice.post(
        "/account/password",
        data={"password": NEW, "csrf_token": alice.csrf},
        headers={**HTML, "Sec-Fetch-Site": "cross-site"},
    )
    assert foreign.status_code == 403
