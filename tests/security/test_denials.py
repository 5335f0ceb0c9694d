"""Refusals leave a trace: who, what, whose, from where, when; and openings of links do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from dashapp.access import trail as trail_module
from dashapp.access.trail import trail
from dashapp.db.security import AuditEntry
from dashapp.portal.openings import openings
from dashapp.services import Services
from tests.security.bodies import body_of, server_callbacks
from tests.support.world import EMAILS, HTML, World, csrf_of

PAGE = "/w/harbour-coffee/analytics"


def written(app: Flask, verb: str = "denied") -> list[AuditEntry]:
    """The entries of a verb, after what waits is written."""
    with app.app_context():
        trail().flush()
        openings().flush()
        running: Services = app.extensions["vitrine"]
    with running.reading() as session:
        return list(
            session.scalars(select(AuditEntry).where(AuditEntry.verb == verb).order_by(AuditEntry.id))
        )


def test_everything_of_another_agency_is_404_and_counted(
    app: Flask, browser: Any, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Charlie calls every page, file and callback with Harbour's names."""
    monkeypatch.setattr(trail_module, "PER_ACTOR", 1_000)
    monkeypatch.setattr(trail_module, "PER_MINUTE", 1_000)
    charlie, refused = browser("charlie"), 0
    paths = [PAGE, "/w/harbour-coffee/sources", "/w/harbour-coffee/explore?tile=sent", f"{PAGE}.pdf"]
    paths += ["/data?agency=north", "/data/rows.csv?agency=north&table=messages"]
    for path in paths:
        assert charlie.get(path).status_code == 404, path
        refused += 1
    for key, spec in server_callbacks(app.extensions["vitrine_desk"]).items():
        for page in ("analytics", "sources"):
            answer = charlie.post(
                "/_dash-update-component", json=body_of(key, spec, url_pathname=f"/w/harbour-coffee/{page}")
            )
            assert answer.status_code in {200, 204, 400, 404}, (key, answer.text)
            refused += answer.status_code == 404
    cards = 2  # the route callback's answers for both pages: a card in place of the page, with status 200
    found = written(app)
    assert sum(entry.n for entry in found) == refused + cards
    assert refused > len(paths) + 10
    assert {entry.actor for entry in found} == {EMAILS["charlie"]}
    whose = {(entry.agency_id, entry.workspace_id) for entry in found if PAGE in entry.detail}
    assert whose == {(world.ids["north"], world.ids["harbour"])}
    assert all(entry.ip == "127.0.0.1" for entry in found)
    assert all(datetime.now(UTC) - entry.at < timedelta(minutes=5) for entry in found)


def test_what_is_not_allowed_is_counted_for_strangers_too(app: Flask, client: Any, alice: Any) -> None:
    assert client.get("/").status_code == 401
    assert client.post("/_dash-update-component", json={}).status_code == 401
    cross = {"Sec-Fetch-Site": "cross-site"}
    assert client.post("/login", headers=cross).status_code == 403
    assert alice.client.post("/logout", base_url="http://localhost").status_code == 400  # no CSRF token
    told = {(entry.actor, entry.detail) for entry in written(app)}
    assert ("anonymous", "401 /") in told
    assert ("anonymous", "403 login.submit") in told
    assert (EMAILS["alice"], "400 POST /logout") in told
    assert client.get("/wp-login.php").status_code == 404
    assert not any("wp-login" in entry.detail for entry in written(app))  # who guesses addresses is no news


def test_no_token_of_a_path_reaches_the_trail(app: Flask, alice: Any, world: World) -> None:
    for path in (f"/p/{world.harbour_token}/nothing", world.harbour_hook):
        alice.get(path)
        alice.post(path)
    kept = " ".join(entry.detail for entry in written(app))
    assert world.harbour_token not in kept
    assert world.harbour_hook.rpartition("/")[2] not in kept


def test_a_refused_log_in_and_one_past_the_limit_are_noted(app: Flask, client: Any) -> None:
    token = csrf_of(client.get("/login", headers=HTML))
    data = {"email": EMAILS["alice"], "password": "wrong wrong wrong", "csrf_token": token, "next": "/"}
    codes = [
        client.post("/login", data=data, headers={"Referer": "http://localhost/"}).status_code
        for _ in range(12)
    ]
    assert codes == [401] * 10 + [429] * 2
    assert sum(entry.n for entry in written(app, "login.refused")) == 10
    assert [(entry.actor, entry.n, entry.detail) for entry in written(app)] == [
        (EMAILS["alice"], 2, "429 log-in")
    ]


def test_openings_are_noted_by_address_and_hour(app: Flask, world: World) -> None:
    """Two addresses look at Harbour's link, one of them five times; Colossus' link is another's."""
    for address, times in (("203.0.113.1", 5), ("203.0.113.2", 1)):
        for _ in range(times):
            client = app.test_client()
            path = f"/p/{world.harbour_token}/"
            assert client.get(path, environ_overrides={"REMOTE_ADDR": address}).status_code == 200
            client.get(
                f"{path}live", environ_overrides={"REMOTE_ADDR": address}
            )  # an open page is no opening
    app.test_client().get(f"/p/{world.colossus_token}/")
    found = [(entry.actor, entry.ip, entry.n, entry.workspace_id) for entry in written(app, "share.open")]
    harbour, share = world.ids["harbour"], f"guest:{world.ids['harbour_share']}"
    assert sorted(found) == sorted(
        [
            (share, "203.0.113.1", 5, harbour),
            (share, "203.0.113.2", 1, harbour),
            (f"guest:{world.ids['colossus_share']}", "127.0.0.1", 1, world.ids["colossus"]),
        ]
    )


def test_a_busy_link_does_not_flood_the_trail(app: Flask, world: World) -> None:
    from dashapp.sharing.opening import open_link

    running: Services = app.extensions["vitrine"]
    with running.reader.connect() as connection:
        link = open_link(connection, world.harbour_token)
    assert link is not None
    with app.app_context():
        for n in range(2_000):
            openings().note(link, f"10.{n // 200}.0.{n % 200}")
    found = written(app, "share.open")
    assert sum(entry.n for entry in found) == 2_000
    assert len(found) == 51


def test_tries_at_a_links_password_are_noted(
    app: Flask, running: Services, world: World, client: Any
) -> None:
    from dashapp.db.reports import Share
    from dashapp.sharing import links

    with running.session() as session:
        links.set_share_password(
            session, session.get_one(Share, world.ids["harbour_share"]), "three blue doors"
        )
    for password in ("wrong one", "another wrong one", "three blue doors"):
        client.post(f"/p/{world.harbour_token}/unlock", data={"password": password})
    number = world.ids["harbour_share"]
    assert {(entry.detail, entry.n) for entry in written(app, "share.unlock")} == {
        (f"share {number}: wrong", 2),
        (f"share {number}: right", 1),
    }
