"""Logging in and out, the limits, and where one lands."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import request
from sqlalchemy import select, update

from dashapp.access import tokens
from dashapp.agencies import accounts
from dashapp.db.base import now
from dashapp.db.security import AuditEntry, LoginSession
from dashapp.db.tenants import AgencyMember, User
from dashapp.web import login
from tests.support.world import EMAILS, HTML, PASSWORD, csrf_of, log_in


def test_alice_logs_in_and_sees_the_desk(client, app) -> None:
    answer = log_in(client, EMAILS["alice"])
    assert (answer.status_code, answer.location) == (303, "/")
    assert client.get("/", headers=HTML).status_code == 200


def test_the_form_works_without_scripts_and_speaks_french(client) -> None:
    english = client.get("/login", headers=HTML)
    french = client.get("/login", headers={**HTML, "Accept-Language": "fr-FR,fr;q=0.9,en;q=0.5"})
    assert "<script" not in english.text
    assert "Password" in english.text
    assert 'lang="fr"' in french.text
    assert "Mot de passe" in french.text


def test_wrong_password_and_unknown_address_look_the_same(client) -> None:
    wrong = log_in(client, EMAILS["alice"], "not her password at all")
    unknown = log_in(client, "nobody@north.example", "not her password at all")
    assert wrong.status_code == unknown.status_code == 401
    assert {name for name, _ in wrong.headers} == {name for name, _ in unknown.headers}
    blank = [
        answer.text.replace(EMAILS["alice"], "").replace("nobody@north.example", "")
        for answer in (wrong, unknown)
    ]
    varying = ("nonce", "csrf_token")
    lines = [[line for line in text.splitlines() if not any(v in line for v in varying)] for text in blank]
    assert lines[0] == lines[1]


def test_the_eleventh_wrong_log_in_is_429_for_that_account_only(client, app) -> None:
    codes = [log_in(client, EMAILS["alice"], "wrong wrong wrong").status_code for _ in range(11)]
    assert codes == [401] * 10 + [429]
    right = log_in(client, EMAILS["alice"])
    assert right.status_code == 429
    assert int(right.headers["Retry-After"]) > 0
    assert log_in(client, EMAILS["bob"]).status_code == 303
    elsewhere = log_in(app.test_client(), EMAILS["alice"], environ_overrides={"REMOTE_ADDR": "10.9.8.7"})
    assert elsewhere.status_code == 303


def test_a_right_password_forgets_the_wrong_ones(client) -> None:
    for _ in range(3):
        assert [log_in(client, EMAILS["alice"], "wrong wrong wrong").status_code for _ in range(9)] == [
            401
        ] * 9
        assert log_in(client, EMAILS["alice"]).status_code == 303
        client.post(
            "/logout", data={"csrf_token": client.get_cookie("_csrf_token", domain="localhost").value}
        )
        client.delete_cookie("vitrine", domain="localhost")


def test_ones_own_log_ins_give_no_further_tries_against_others(app, monkeypatch) -> None:
    """Charlie, who has an account, logs in between his tries at Alice's, Bob's and others' of the other agency."""
    monkeypatch.setattr(login, "ADDRESS_TRIES", 6)

    def tried(email: str, password: str = "wrong wrong wrong") -> int:
        return log_in(app.test_client(), email, password).status_code

    for n in range(3):
        assert tried(f"victim{n}@north.example") == 401
        assert tried(EMAILS["charlie"], PASSWORD) == 303
        assert tried(f"another{n}@north.example") == 401
    assert tried(EMAILS["alice"]) == 429
    assert tried(EMAILS["charlie"], PASSWORD) == 429


def test_right_log_ins_of_one_address_are_no_wrong_ones(app, monkeypatch) -> None:
    """An office behind one address logs in as often as it likes."""
    monkeypatch.setattr(login, "ADDRESS_TRIES", 3)
    for name in ("alice", "bob", "carla", "dora", "alice", "bob"):
        assert log_in(app.test_client(), EMAILS[name]).status_code == 303


@pytest.mark.parametrize(
    "fields",
    [
        {"email": [EMAILS["alice"], EMAILS["bob"]], "password": "x"},
        {"email[]": EMAILS["alice"], "password": "x"},
        {"email[$ne]": "1", "password": "x"},
        {"email": "alice\0@north.example", "password": "x"},
        {"email": EMAILS["alice"], "password": "x\0"},
        {"password": "x"},
        {"email": EMAILS["alice"]},
    ],
)
def test_an_address_that_is_no_text_is_refused(client, fields) -> None:
    token = csrf_of(client.get("/login", headers=HTML))
    assert client.post("/login", data={**fields, "csrf_token": token}).status_code == 400


@pytest.mark.postgres
def test_what_postgresql_cannot_hold_is_400_and_no_fault_of_ours(make_app, postgres_url, monkeypatch) -> None:
    """At the form, and where a door forgot to look; what was sent stands in no answer."""
    client = make_app(database_url=postgres_url).test_client()
    assert log_in(client, "nobody@north.example").status_code == 401
    assert log_in(client, "secret\0@north.example").status_code == 400
    monkeypatch.setattr(login, "_one", lambda name: request.form[name])
    answer = log_in(client, "secret\0@north.example")
    assert answer.status_code == 400
    assert "went wrong on our side" not in answer.text
    assert "secret" not in answer.text


def test_no_csrf_token_is_400_and_another_site_403(client) -> None:
    client.get("/login")
    data = {"email": EMAILS["alice"], "password": PASSWORD}
    assert client.post("/login", data=data).status_code == 400
    token = csrf_of(client.get("/login", headers=HTML))
    for headers in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ):
        assert client.post("/login", data={**data, "csrf_token": token}, headers=headers).status_code == 403


NEXT = [
    "https://evil.example",
    "//evil.example",
    "///evil.example",
    "/\\evil.example",
    "\\\\evil.example",
    "/\t/evil.example",
    "/%09/evil.example",
    "javascript:alert(1)",
    "data:text/html,x",
    "http:evil.example",
    "https:///evil.example",
    "/login?next=//evil.example",
    "/logout",
    " /",
    "/ //evil.example",
    "/\r\nSet-Cookie:x=1",
    "/p/abc/",
    "/w/../../evil",
    "@evil.example",
    "/#//evil.example",
]


@pytest.mark.parametrize("target", NEXT)
def test_next_never_leaves_the_desk(client, target) -> None:
    answer = log_in(client, EMAILS["alice"], data={"next": target})
    assert (answer.status_code, answer.location) == (303, "/")


def test_next_goes_to_a_page_of_the_desk(client) -> None:
    wanted = client.get("/w/harbour-coffee/analytics?period=7", headers=HTML)
    assert wanted.status_code == 302
    assert wanted.location == "/login?next=/w/harbour-coffee/analytics%3Fperiod%3D7"
    form = client.get(wanted.location, headers=HTML)
    assert 'value="/w/harbour-coffee/analytics?period=7"' in form.text
    answer = log_in(client, EMAILS["alice"], data={"next": "/w/harbour-coffee/analytics?period=7"})
    assert answer.location == "/w/harbour-coffee/analytics?period=7"


def test_a_cookie_kept_from_before_the_log_out_is_worthless(alice, app) -> None:
    kept = alice.client.get_cookie("vitrine", domain="localhost").value
    assert alice.get("/").status_code == 200
    assert alice.post("/logout").status_code == 303
    thief = app.test_client()
    thief.set_cookie("vitrine", kept, domain="localhost")
    assert thief.get("/", base_url="http://localhost").status_code == 401


def test_the_token_changes_at_log_in_and_only_its_hash_is_kept(client, running) -> None:
    client.get("/login")
    before = client.get_cookie("vitrine").value
    with running.reading() as session:
        assert session.scalars(select(LoginSession)).all() == []  # a visitor writes nothing
    log_in(client, EMAILS["alice"])
    first = client.get_cookie("vitrine", domain="localhost").value
    assert first != before
    with running.reading() as session:
        row = session.scalars(select(LoginSession)).one()
    assert row.token_hash == tokens.fingerprint(first)
    assert first not in (running.settings.home / "vitrine.db").read_bytes().decode("latin-1")


def test_a_visitors_cookie_cannot_be_made_into_a_log_in(client, running, world) -> None:
    packed = f'[1,"x",{{"_user_id":"{world.ids["alice"]}"}}]'.encode().hex()
    forged = f"v.{packed}.{tokens.sign('another key of sufficient length', 'visitor', packed)}"
    client.set_cookie("vitrine", forged)
    assert client.get("/").status_code == 401


@pytest.mark.parametrize(
    ("row", "alive"),
    [
        ({"seen_at": timedelta(hours=11, minutes=59)}, True),
        ({"seen_at": timedelta(hours=12, minutes=1)}, False),
        ({"created_at": timedelta(days=6, hours=23)}, True),
        ({"created_at": timedelta(days=7, minutes=1)}, False),
    ],
)
def test_sessions_end_idle_and_old(alice, running, row, alive) -> None:
    with running.session() as session:
        session.execute(update(LoginSession).values({name: now() - age for name, age in row.items()}))
    assert alice.get("/").status_code == (200 if alive else 401)


def test_disabling_and_a_new_password_end_sessions_at_once(browser, running, world) -> None:
    alice, bob = browser("alice"), browser("bob")
    with running.session() as session:
        accounts.set_active(session, session.get_one(User, world.ids["bob"]), False)
        accounts.set_password(
            session, session.get_one(User, world.ids["alice"]), "another long sentence, hers"
        )
    assert alice.get("/").status_code == 401
    assert bob.get("/").status_code == 401
    assert log_in(bob.client, EMAILS["bob"]).status_code == 401  # and a disabled account stays out
    assert log_in(alice.client, EMAILS["alice"], "another long sentence, hers").status_code == 303


def test_a_role_taken_away_counts_at_the_next_request(browser, running, world) -> None:
    bob = browser("bob")
    page = "/w/harbour-coffee/analytics"
    assert bob.get(page).status_code == 200
    with running.session() as session:
        session.delete(session.get_one(AgencyMember, (world.ids["bob"], world.ids["north"])))
    assert bob.get(page).status_code == 404


def test_log_ins_refusals_and_log_outs_are_in_the_audit_trail(client, running) -> None:
    log_in(client, EMAILS["alice"], "wrong wrong wrong", headers={"User-Agent": "x\tforged line"})
    log_in(client, EMAILS["alice"])
    client.post("/logout", data={"csrf_token": client.get_cookie("_csrf_token", domain="localhost").value})
    with running.reading() as session:
        rows = session.scalars(
            select(AuditEntry).where(AuditEntry.verb.like("log%")).order_by(AuditEntry.id)
        ).all()
    assert [(row.actor, row.verb) for row in rows] == [
        (EMAILS["alice"], "login.refused"),
        (EMAILS["alice"], "login"),
        (EMAILS["alice"], "logout"),
    ]
    assert all(row.ip == "127.0.0.1" and row.detail.isprintable() for row in rows)


def test_cookies_carry_every_flag_on_https(make_app) -> None:
    app = make_app(public_url="https://reports.example.com")
    client = app.test_client()
    base = "https://reports.example.com"
    answer = log_in(client, EMAILS["alice"], base_url=base)
    assert answer.status_code == 303, answer.text
    cookies = dict(cookie.split("=", 1) for cookie in answer.headers.getlist("Set-Cookie"))
    assert set(cookies) == {"__Host-vitrine", "_csrf_token", "vitrine-device"}
    assert {"Secure", "HttpOnly", "Path=/login"} <= {p.strip() for p in cookies["vitrine-device"].split(";")}
    flags = {part.strip() for part in cookies["__Host-vitrine"].split(";")[1:]}
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
    assert not any(flag.startswith("Domain") for flag in flags)
    assert {"Secure", "SameSite=Lax"} <= {part.strip() for part in cookies["_csrf_token"].split(";")[1:]}


def test_an_account_guessed_from_many_networks_still_opens_from_another(app) -> None:
    """Sixty networks try three times each: 50 tries in all are judged, and then one of each network."""

    def tried(ip: str, password: str) -> int:
        address = {"REMOTE_ADDR": ip}
        return log_in(app.test_client(), EMAILS["alice"], password, environ_overrides=address).status_code

    codes = [tried(f"10.0.0.{n}", "wrong wrong wrong") for n in range(24) for _ in range(3)]
    # Sixteen networks use 48 of 50, the next one two, and the other seven one each.
    assert codes.count(401) == 48 + 2 + 7
    assert codes.count(429) == 24 * 3 - 57
    assert tried("192.0.2.1", PASSWORD) == 303
    assert tried("10.0.0.23", PASSWORD) == 429  # this network has used its try up


def test_who_logged_in_here_before_is_not_locked_out_by_who_guesses_beside(app) -> None:
    mine, theirs = app.test_client(), app.test_client()
    assert log_in(mine, EMAILS["alice"]).status_code == 303
    mine.delete_cookie("vitrine", domain="localhost")
    codes = [log_in(theirs, EMAILS["alice"], "wrong wrong wrong").status_code for _ in range(12)]
    assert codes == [401] * 10 + [429] * 2
    assert log_in(theirs, EMAILS["alice"]).status_code == 429
    assert log_in(mine, EMAILS["alice"]).status_code == 303
    mine.delete_cookie("vitrine", domain="localhost")
    wrong = [log_in(mine, EMAILS["alice"], "wrong wrong wrong").status_code for _ in range(12)]
    assert wrong == [401] * 10 + [429] * 2
    assert log_in(mine, EMAILS["bob"], "wrong wrong wrong").status_code == 401  # known for Alice alone
