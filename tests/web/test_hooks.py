"""Webhooks: every answer there is, and what is kept before 200 is said."""

from __future__ import annotations

import gzip
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from dashapp.db.tenants import Source
from dashapp.sources import registry as sources
from data.errors import InboxBusy
from data.intake import refusals
from data.lake.tables import inbox, parked, refused_delivery
from data.sources.providers.canonical import sign


def event(number: int, **more: object) -> dict:
    """A canonical event of Harbour Coffee's."""
    return {
        "event_id": f"e{number}",
        "event": "sent",
        "occurred_at": "2026-11-02T09:00:00Z",
        "message_id": f"m{number}",
        "lead": "guest@client.example",
        **more,
    }


def deliver(client, hook: str, secret: str, body: object, *, at: datetime | None = None, **headers: str):
    """POST a signed delivery."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    signed = sign(secret, "msg_1", at or datetime.now(UTC), raw)
    return client.post(hook, data=raw, headers={"Content-Type": "application/json", **signed, **headers})


def count(running, table) -> int:
    with running.reading() as session:
        return session.scalar(select(func.count()).select_from(table))


def test_a_delivery_is_kept_and_a_replay_is_known(client, running, world) -> None:
    body = [event(1), event(2)]
    first = deliver(client, world.harbour_hook, world.harbour_secret, body)
    assert (first.status_code, first.json) == (200, {"new": 2, "duplicate": 0, "parked": 0, "clashes": 0})
    again = deliver(client, world.harbour_hook, world.harbour_secret, body)
    assert (again.status_code, again.json) == (200, {"new": 0, "duplicate": 2, "parked": 0, "clashes": 0})
    with running.reading() as session:
        rows = session.execute(select(inbox.c.workspace_id, inbox.c.source_id, inbox.c.events)).all()
    assert [tuple(row) for row in rows] == [(world.ids["harbour"], world.ids["harbour_source"], 2)]


def test_bad_elements_are_parked_and_the_others_go_on(client, running, world) -> None:
    body = [event(1), {"event": "danced"}, 7]
    answer = deliver(client, world.harbour_hook, world.harbour_secret, body)
    assert (answer.status_code, answer.json) == (200, {"new": 1, "duplicate": 0, "parked": 2, "clashes": 0})
    assert count(running, parked) == 2


def test_wrong_signatures_are_401_and_keep_nothing(client, running, world) -> None:
    now = datetime.now(UTC)
    hook, secret = world.harbour_hook, world.harbour_secret
    assert client.post(hook, json=[event(1)]).status_code == 401
    assert deliver(client, hook, world.colossus_secret, [event(1)]).status_code == 401
    assert deliver(client, hook, secret, [event(1)], at=now - timedelta(minutes=6)).status_code == 401
    assert deliver(client, hook, secret, [event(1)], at=now + timedelta(minutes=6)).status_code == 401
    headers = sign(secret, "msg_1", now, json.dumps([event(1)]).encode())
    assert client.post(hook, json=[event(2)], headers=headers).status_code == 401  # the body was changed
    assert count(running, inbox) == 0


def test_unknown_keys_are_404(client, world, running) -> None:
    key = world.harbour_hook.rpartition("/")[2]
    for path in (
        "/hooks/canonical/" + "x" * 43,
        "/hooks/canonical/x",
        "/hooks/canonical/" + "x" * 10_000,
        "/hooks/canonical/%00",
        "/hooks/canonical/" + key[:-1],
        f"/hooks/postmark/{key}",
        f"/hooks/nobody/{key}",
    ):
        assert deliver(client, path, world.harbour_secret, [event(1)]).status_code == 404, path
    with running.session() as session:
        session.get_one(Source, world.ids["harbour_source"]).active = False
    assert deliver(client, world.harbour_hook, world.harbour_secret, [event(1)]).status_code == 404


def test_another_form_is_400(client, world) -> None:
    answer = deliver(client, world.harbour_hook, world.harbour_secret, b"not json at all")
    assert answer.status_code == 400
    assert answer.mimetype == "application/problem+json"


def test_too_much_is_413_and_packed_is_415(client, world, running) -> None:
    hook, secret = world.harbour_hook, world.harbour_secret
    assert deliver(client, hook, secret, b"[" + b" " * 1_000_000 + b"]").status_code == 413
    bomb = gzip.compress(b" " * 50_000_000)
    assert deliver(client, hook, secret, bomb, **{"Content-Encoding": "gzip"}).status_code == 415
    assert count(running, inbox) == 0


def test_our_own_fault_is_503_and_says_when_to_come_again(client, world, running, monkeypatch) -> None:
    def busy(*_: object, **__: object) -> None:
        raise InboxBusy("The database is locked.")

    monkeypatch.setattr(type(running.inbox), "put", busy)
    answer = deliver(client, world.harbour_hook, world.harbour_secret, [event(1)])
    assert answer.status_code == 503
    assert int(answer.headers["Retry-After"]) > 0


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_only_post(client, world, method) -> None:
    answer = client.open(world.harbour_hook, method=method)
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


def test_a_ping_without_a_body_is_answered(client, world, running) -> None:
    """Mandrill asks so before it takes an address."""
    answer = client.head(world.harbour_hook)
    assert (answer.status_code, answer.data) == (204, b"")
    assert client.head("/hooks/canonical/" + "x" * 43).status_code == 404
    assert client.head(world.harbour_hook.replace("canonical", "postmark")).status_code == 404
    assert count(running, inbox) == 0


def test_a_secret_that_is_rotated_is_accepted_for_a_day(client, world, running) -> None:
    with running.session() as session:
        source = session.get_one(Source, world.ids["harbour_source"])
        sources.set_secret(session, running.settings, source, "the new secret of Harbour")
    assert deliver(client, world.harbour_hook, world.harbour_secret, [event(1)]).status_code == 200
    assert deliver(client, world.harbour_hook, "the new secret of Harbour", [event(2)]).status_code == 200
    with running.session() as session:
        source = session.get_one(Source, world.ids["harbour_source"])
        source.old_secret_until = datetime.now(UTC) - timedelta(seconds=1)
    assert deliver(client, world.harbour_hook, world.harbour_secret, [event(3)]).status_code == 401


def test_the_key_and_the_secret_are_not_in_the_database(world, running) -> None:
    stored = (running.settings.home / "vitrine.db").read_bytes().decode("latin-1")
    for secret in (world.harbour_secret, world.harbour_hook.rpartition("/")[2], world.harbour_token):
        assert secret not in stored


def refused(running) -> list[tuple]:
    with running.reading() as session:
        rows = session.execute(select(refused_delivery).order_by(refused_delivery.c.id)).all()
    return [(row.workspace_id, row.source_id, row.reason, row.count, row.bytes, row.raw) for row in rows]


def flushed(running, client) -> None:
    client.application.extensions["vitrine_refusals"].flush()


def test_what_is_refused_leaves_a_trace_for_its_workspace(client, running, world) -> None:
    hook, secret = world.harbour_hook, world.harbour_secret
    whose = (world.ids["harbour"], world.ids["harbour_source"])
    assert deliver(client, hook, "wrong", [event(1)]).status_code == 401
    assert deliver(client, hook, secret, b"no json").status_code == 400
    assert deliver(client, hook, secret, b"[" + b" " * 1_000_000 + b"]").status_code == 413
    assert deliver(client, hook, secret, b"x", **{"Content-Encoding": "gzip"}).status_code == 415
    assert refused(running) == [
        (*whose, "signature", 1, len(json.dumps([event(1)])), json.dumps([event(1)])),
        (*whose, "form", 1, 7, "no json"),
        (*whose, "size", 1, 1_000_002, None),
        (*whose, "encoding", 1, 1, None),
    ]
    assert deliver(client, "/hooks/canonical/" + "x" * 43, "wrong", [event(1)]).status_code == 404
    assert len(refused(running)) == 4  # whose it is nobody knows


def test_a_flood_of_refusals_is_a_count(client, running, world) -> None:
    """Forty of them: one row an hour, at most a write a second, and none is missing."""
    for n in range(40):
        assert deliver(client, world.harbour_hook, "wrong", [event(n)]).status_code == 401
    flushed(running, client)
    rows = refused(running)
    assert len(rows) <= 2  # the hour may turn meanwhile
    assert sum(row[3] for row in rows) == 40
    assert rows[0][5] == json.dumps([event(0)])
    deliver(client, world.harbour_hook, "wrong", b"x" * 900_000)
    flushed(running, client)
    with running.reading() as session:
        assert refusals.repeating(session.connection(), datetime.now(UTC) - timedelta(hours=1), 41)
        assert not refusals.repeating(session.connection(), datetime.now(UTC) - timedelta(hours=1), 42)
        assert (
            refusals.recent(session.connection(), [world.ids["colossus"]], datetime.min.replace(tzinfo=UTC))
            == []
        )


def test_a_body_nobody_can_read_is_parked_and_never_5xx(client, running, world, monkeypatch) -> None:
    deep = b'{"a":' * 50_000 + b"1" + b"}" * 50_000
    body = b"[" + json.dumps(event(1)).encode() + b"," + deep + b"," + json.dumps(event(2)).encode() + b"]"
    answer = deliver(client, world.harbour_hook, world.harbour_secret, body)
    assert (answer.status_code, answer.json["new"], answer.json["parked"]) == (200, 2, 1)
    for depth in range(940, 1_000):  # it parses, and then something else recurses over it
        nested = b'{"event":"sent","occurred_at":"2026-11-02T09:00:00Z","lead":"a@b.example","x":'
        nested += b"[" * depth + b"]" * depth + b"}"
        answer = deliver(client, world.harbour_hook, world.harbour_secret, nested)
        assert answer.status_code == 200, depth
        assert answer.json["new"] + answer.json["duplicate"] + answer.json["parked"] == 1, depth

    def broken(_: object) -> None:
        raise ZeroDivisionError

    from data.sources import sources as known
    from data.sources.providers import canonical

    monkeypatch.setitem(known(), "canonical", replace(canonical.SOURCE, parse=broken))
    answer = deliver(client, world.harbour_hook, world.harbour_secret, [event(9)])
    assert (answer.status_code, answer.json["parked"]) == (200, 1)
