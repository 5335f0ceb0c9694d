"""The API with keys: each sees its own place, reads unless it was made to write, and ends at once."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from sqlalchemy import select, update

from dashapp.access.scopes import managing_link
from dashapp.db.base import now
from dashapp.db.people import ApiKey
from dashapp.db.reports import Share
from dashapp.db.security import AuditEntry
from dashapp.people import api_keys
from dashapp.web.api.openapi import document
from data.question import NAMES
from tests.support.examples import examples
from tests.support.world import HTML, Browser

EVENT = {
    "event": "sent",
    "event_id": "e-1",
    "message_id": "m-1",
    "lead": "lead@client.example",
    "campaign": "autumn",
    "occurred_at": "2026-10-01T09:00:00Z",
}


def key_for(running: Any, kind: str, place_id: int, *, writes: bool = False, days: int | None = None) -> str:
    from dashapp.db.tenants import Agency, Workspace

    with running.session() as session:
        place = session.get_one(Agency if kind == "agency" else Workspace, place_id)
        _, secret = api_keys.create(
            session, place, "test", writes=writes, days=days, actor="test", user_id=None
        )
    return secret


class Program:
    """Calls the API with a key."""

    def __init__(self, app: Flask, key: str | None) -> None:
        self.client = app.test_client()
        self.headers = {} if key is None else {"Authorization": f"Bearer {key}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1{path}", headers=self.headers)

    def post(self, path: str, body: Any, **more: Any) -> Any:
        return self.client.post(f"/api/v1{path}", json=body, headers={**self.headers, **more})

    def delete(self, path: str) -> Any:
        return self.client.delete(f"/api/v1{path}", headers=self.headers)


@pytest.fixture
def north(app: Flask, running: Any, world: Any) -> Program:
    """A key of North that reads."""
    return Program(app, key_for(running, "agency", world.ids["north"]))


@pytest.fixture
def writer(app: Flask, running: Any, world: Any) -> Program:
    """A key of North that writes."""
    return Program(app, key_for(running, "agency", world.ids["north"], writes=True))


def test_a_key_of_an_agency_sees_its_workspaces_and_one_of_a_workspace_that_one(
    app: Flask, north: Program, running: Any, world: Any
) -> None:
    slugs = [row["workspace"] for row in north.get("/workspaces").json["workspaces"]]
    assert slugs == ["harbour-coffee", "pine-dental"]
    harbour = Program(app, key_for(running, "workspace", world.ids["harbour"]))
    assert [row["workspace"] for row in harbour.get("/workspaces").json["workspaces"]] == ["harbour-coffee"]
    assert harbour.get("/workspaces/pine-dental/metrics/sent_emails").status_code == 404


def test_the_api_answers_a_metric_as_the_command_line_does(north: Program) -> None:
    answer = north.get("/workspaces/harbour-coffee/metrics/sent_emails?from=2026-10-01&to=2026-10-02")
    assert answer.status_code == 200
    assert (answer.json["name"], answer.json["workspace"], answer.json["total"]) == (
        "sent_emails",
        answer.json["workspace"],
        0,
    )
    assert [day["day"] for day in answer.json["days"]] == ["2026-10-01", "2026-10-02"]


@pytest.mark.parametrize("path", ["/workspaces/{}/metrics/sent_emails", "/shares?workspace={}"])
def test_what_is_another_agencys_is_404_as_what_is_not_there(north: Program, path: str) -> None:
    foreign, unknown = (north.get(path.format(slug)) for slug in ("colossus", "nowhere"))
    assert foreign.status_code == unknown.status_code == 404
    assert foreign.json == unknown.json
    assert foreign.mimetype == "application/problem+json"


def test_a_reading_key_writes_nothing_and_sees_no_address_that_opens_something(
    north: Program, running: Any, world: Any
) -> None:
    assert north.post("/workspaces/harbour-coffee/events", [EVENT]).status_code == 404
    assert north.post("/shares", {"workspace": "harbour-coffee"}).status_code == 404
    assert north.delete(f"/shares/{world.ids['harbour_share']}").status_code == 404
    shares = north.get("/shares")
    assert [row["id"] for row in shares.json["shares"]] == [world.ids["harbour_share"]]
    assert world.harbour_token not in shares.text
    assert world.colossus_token not in shares.text


def test_a_writing_key_takes_events_in_once(writer: Program) -> None:
    first = writer.post("/workspaces/harbour-coffee/events", [EVENT, {"type": "nonsense"}, 5])
    assert first.status_code == 200
    assert (first.json["new"], first.json["duplicate"], first.json["parked"]) == (1, 0, 2)
    again = writer.post("/workspaces/harbour-coffee/events", EVENT)
    assert (again.json["new"], again.json["duplicate"]) == (0, 1)
    assert writer.post("/workspaces/colossus/events", [EVENT]).status_code == 404


def test_a_writing_key_makes_and_revokes_a_link(
    app: Flask, writer: Program, running: Any, world: Any
) -> None:
    made = writer.post("/shares", {"workspace": "harbour-coffee", "expires": "2099-01-31"})
    assert made.status_code == 201
    path = made.json["url"].removeprefix(running.settings.public_url)
    assert app.test_client().get(path, headers=HTML).status_code == 200
    assert writer.delete(f"/shares/{made.json['id']}").status_code == 204
    assert app.test_client().get(path, headers=HTML).status_code == 404
    assert writer.delete(f"/shares/{world.ids['colossus_share']}").status_code == 404
    with running.reading() as session:
        assert session.get_one(Share, world.ids["colossus_share"]).state == "active"


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"workspace": ["harbour-coffee"]},
        {"workspace": "harbour-coffee", "expires": "2026-02-31"},
        {"workspace": "harbour-coffee", "expires": "2001-01-01"},
        {"workspace": "harbour-coffee", "password": "short"},
        {"workspace": "harbour-coffee", "agency_id": 2},
    ],
)
def test_a_bent_body_is_400(writer: Program, body: Any) -> None:
    answer = writer.post("/shares", body)
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


@pytest.mark.parametrize(
    "key", [None, "", "vtr_", "vtr_" + "a" * 43, "a" * 43, "vtr_" + "a" * 10_000, "vtr_*", "null"]
)
def test_no_key_or_a_wrong_one_is_401(app: Flask, key: str | None) -> None:
    answer = Program(app, key).get("/workspaces")
    assert (answer.status_code, answer.mimetype) == (401, "application/problem+json")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    assert "Set-Cookie" not in answer.headers


def test_a_logged_in_browser_is_no_key(alice: Browser) -> None:
    assert alice.get("/api/v1/workspaces").status_code == 401
    assert alice.post("/api/v1/shares", json={"workspace": "harbour-coffee"}).status_code == 401


def test_ended_rotated_and_expired_keys_are_401_at_the_next_call(
    app: Flask, running: Any, world: Any
) -> None:
    from dashapp.db.tenants import Agency

    secrets = [key_for(running, "agency", world.ids["north"], days=30) for _ in range(3)]
    assert [Program(app, key).get("/workspaces").status_code for key in secrets] == [200] * 3
    with running.session() as session:
        agency = session.get_one(Agency, world.ids["north"])
        ids = [row.id for row in session.scalars(select(ApiKey).order_by(ApiKey.id))]
        api_keys.end(session, agency, ids[0], actor="test")
        _, fresh = api_keys.rotate(session, agency, ids[1], actor="test")
        expired = now() - timedelta(seconds=1)
        session.execute(update(ApiKey).where(ApiKey.id == ids[2]).values(expires_at=expired))
    assert [Program(app, key).get("/workspaces").status_code for key in secrets] == [401] * 3
    assert Program(app, fresh).get("/workspaces").status_code == 200


def test_calls_past_the_limit_of_a_minute_are_429_for_that_key_alone(
    app: Flask, running: Any, world: Any, monkeypatch: Any
) -> None:
    monkeypatch.setattr("dashapp.web.api.caller.CALLS", 3)
    monkeypatch.setattr("dashapp.access.attempts.time.time", lambda: 1_800_000_000.0)
    program = Program(app, key_for(running, "agency", world.ids["north"]))
    assert [program.get("/workspaces").status_code for _ in range(4)] == [200] * 3 + [429]
    other = Program(app, key_for(running, "agency", world.ids["south"]))
    assert other.get("/workspaces").status_code == 200


def test_too_large_and_packed_bodies_are_refused(writer: Program) -> None:
    path = "/api/v1/workspaces/harbour-coffee/events"
    json_ = {**writer.headers, "Content-Type": "application/json"}
    assert writer.client.post(path, data=b"[" + b" " * 1_000_001, headers=json_).status_code == 413
    packed = {**json_, "Content-Encoding": "gzip"}
    assert writer.client.post(path, data=b"\x1f\x8b", headers=packed).status_code == 415
    plain = {**writer.headers, "Content-Type": "text/plain"}
    assert writer.client.post(path, data=b"[]", headers=plain).status_code == 415
    deep = writer.client.post(path, data=b"[" * 20_000, headers=json_)
    assert deep.status_code == 400


def test_what_a_key_did_is_in_the_audit_trail_of_its_agency(
    writer: Program, running: Any, world: Any
) -> None:
    writer.post("/shares", {"workspace": "harbour-coffee"})
    with running.reading() as session:
        entry = session.scalars(
            select(AuditEntry).where(AuditEntry.verb == "share.create").order_by(AuditEntry.id.desc())
        ).first()
    assert entry is not None
    assert (entry.actor, entry.agency_id) == ("key:test", world.ids["north"])


def test_the_document_names_every_operation_and_no_other(app: Flask) -> None:
    described = {
        (re.sub(r"\{(\w+)\}", r"<\1>", path), method.upper())
        for path, methods in document("https://x.example")["paths"].items()
        for method in methods
    }
    served = {
        (re.sub(r"<(?:\w+:)?(\w+)>", r"<\1>", rule.rule.removeprefix("/api/v1")), method)
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert described == served
    answer = app.test_client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer.json["openapi"]) == (200, "3.1.0")
    assert json.dumps(answer.json).count("$ref") > 20


def make_key(who: Browser, **form: str) -> Any:
    sent = {"place": "agency:north", "name": "k", "access": "read", "days": "90", **form}
    return who.post("/account/keys", data={**sent, "csrf_token": who.csrf}, headers=HTML)


def test_alice_makes_a_key_that_is_shown_once(app: Flask, alice: Browser, running: Any) -> None:
    shown = make_key(alice, access="write")
    key = re.search(r"vtr_[A-Za-z0-9_-]{43}", shown.text)
    assert key is not None
    assert Program(app, key[0]).get("/workspaces").status_code == 200
    with running.reading() as session:
        row = session.scalars(select(ApiKey)).one()
    assert key[0] not in (row.token_hash, row.name)
    assert (row.hint, row.writes) == (key[0][-4:], True)


@pytest.mark.parametrize(
    ("who", "place", "status"),
    [
        ("alice", "agency:north", 200),
        ("alice", "workspace:harbour-coffee", 200),
        ("alice", "agency:south", 404),
        ("alice", "workspace:colossus", 404),
        ("alice", "agency:", 404),
        ("alice", "user:1", 404),
        ("bob", "agency:north", 404),
        ("bob", "workspace:harbour-coffee", 404),
        ("carla", "workspace:harbour-coffee", 200),
        ("carla", "workspace:pine-dental", 404),
        ("carla", "agency:north", 404),
        ("dora", "workspace:harbour-coffee", 404),
        ("charlie", "agency:north", 404),
    ],
)
def test_who_may_make_keys_where(browser: Any, who: str, place: str, status: int) -> None:
    assert make_key(browser(who), place=place).status_code == status


def test_charlie_ends_and_rotates_no_key_of_north(alice: Browser, browser: Any, running: Any) -> None:
    make_key(alice)
    charlie = browser("charlie")
    for act in ("end", "rotate"):
        for place in ("agency:south", "agency:north"):
            form = {"place": place, "id": "1", "csrf_token": charlie.csrf}
            assert charlie.post(f"/account/keys/{act}", data=form, headers=HTML).status_code == 404
    with running.reading() as session:
        assert session.scalars(select(ApiKey.ended_at)).all() == [None]


def test_what_was_made_through_a_link_ends_with_it_and_what_is_the_workspaces_own_does_not(
    app: Flask, north: Program, running: Any, world: Any
) -> None:
    """North is unlinked from Pine: its key, and the key its people made for Pine, see nothing at the next call."""
    from dashapp.agencies import managing
    from dashapp.db.tenants import Workspace

    through = Program(app, key_for(running, "workspace", world.ids["pine"]))
    with running.session() as session:
        pine = session.get_one(Workspace, world.ids["pine"])
        _, secret = api_keys.create(
            session, pine, "own", writes=True, days=None, own=True, actor="test", user_id=None
        )
    own = Program(app, secret)
    path = "/workspaces/pine-dental/metrics/sent_emails"
    assert [who.get(path).status_code for who in (north, through, own)] == [200, 200, 200]
    share = own.post("/shares", {"workspace": "pine-dental"}).json
    with running.session() as session:
        link = managing_link(session, world.ids["pine"])
        managing.unlink(session, link, actor="alice@north.example", side="agency")
    assert [who.get(path).status_code for who in (north, through, own)] == [404, 401, 200]
    assert [row["workspace"] for row in north.get("/workspaces").json["workspaces"]] == ["harbour-coffee"]
    opened = app.test_client().get(share["url"].removeprefix(running.settings.public_url), headers=HTML)
    assert opened.status_code == 200  # the workspace's own link lives on


ODD = st.one_of(
    st.text(max_size=20),
    st.sampled_from(
        ["", "0", "-1", "1e309", "%00", "../..", "'; DROP TABLE share; --", "null", "[]", "9" * 50]
    ),
)
OPTIONS = sorted(
    one["name"]
    for one in document("https://x.example")["paths"]["/workspaces/{slug}/metrics/{name}"]["get"][
        "parameters"
    ]
    if one["in"] == "query"
)


@examples(20, 120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.one_of(st.sampled_from(sorted(NAMES)), ODD),
    options=st.dictionaries(st.one_of(st.sampled_from(OPTIONS), ODD), ODD, max_size=4),
)
def test_no_question_whatever_is_a_fault(north: Program, name: str, options: dict[str, str]) -> None:
    """Every answer is one the document names, a sentence where it is none of ours."""
    path = f"/workspaces/harbour-coffee/metrics/{quote(name, safe='')}?{urlencode(options)}"
    answer = north.get(path)
    assert answer.status_code in {200, 308, 400, 404, 405, 429}, (path, answer.text)
    if answer.status_code in {400, 404}:
        assert answer.mimetype == "application/problem+json"


@examples(20, 120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=st.binary(max_size=200))
def test_no_body_of_events_is_a_fault(writer: Program, body: bytes) -> None:
    headers = {**writer.headers, "Content-Type": "application/json"}
    answer = writer.client.post("/api/v1/workspaces/harbour-coffee/events", data=body, headers=headers)
    assert answer.status_code in {200, 400}, answer.text
