"""Replies that belong to no e-mail, on the sources page: listed and assigned by those who may manage sources."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.security import AuditEntry
from data.building import build
from data.events.canonical import canonical
from data.lake.segments import drain
from data.query.ask import Query, ask
from data.scope import Scope

HARBOUR = "/w/harbour-coffee/sources"
NOW = datetime.now(UTC).replace(microsecond=0)


def _event(id_: str, what: str, hours: int, **more: Any) -> Any:
    at = NOW - timedelta(days=3) + timedelta(hours=hours)
    return canonical({"event_id": id_, "event": what, "occurred_at": at, **more}, received_at=NOW)


@pytest.fixture
def loose(running: Any, world: Any) -> Any:
    """Ann was sent an e-mail and answered from an address of her own that nobody knew; so did Charlie's Ann."""
    for name in ("harbour", "colossus"):
        events = [
            _event("s1", "sent", 0, message_id="m1", lead="ann@client.example"),
            _event("r1", "replied", 2, lead="ann@home.example", reply_category="interested"),
        ]
        running.inbox.put(world.ids[name], None, events, received_at=NOW)
    _fold(running, world)
    return running


def _fold(running: Any, world: Any) -> None:
    drain(running.lake)
    build.refresh(running.lake, [world.ids["harbour"], world.ids["colossus"]])


def _replies(running: Any, workspace_id: int) -> tuple[int, int]:
    query = Query.model_validate({"name": "rate", "data_type": "reply"})
    found = ask(running.lake, Scope(frozenset({workspace_id})), workspace_id, query)
    return found["n"], found["unattributed"]


def test_alice_assigns_a_reply_and_it_counts(alice: Any, call: Any, loose: Any, world: Any) -> None:
    page = call(alice, "url", HARBOUR, "").text
    assert "Replies that belong to no e-mail" in page
    assert "ann@home.example" in page
    answer = call(alice, "unattributed-assign", 1, HARBOUR, "r1", "Ann@Client.example").json["response"]
    assert "on the way into the figures" in str(answer["unattributed-told"])
    assert answer["unattributed-event"]["options"] == {}
    _fold(loose, world)
    assert _replies(loose, world.ids["harbour"]) == (1, 0)
    assert _replies(loose, world.ids["colossus"]) == (0, 1), "Charlie's is as it was"
    assert "Replies that belong to no e-mail" not in call(alice, "url", HARBOUR, "").text
    with loose.reading() as session:
        entry = session.scalars(select(AuditEntry).where(AuditEntry.verb == "data.assign")).one()
    assert (entry.workspace_id, entry.detail) == (world.ids["harbour"], "event r1 to e-mail m1")
    again = call(alice, "unattributed-assign", 1, HARBOUR, "r1", "m1").json["response"]
    assert "no such unattributed reply" in str(again["unattributed-told"])


@pytest.mark.parametrize(
    ("event", "message", "why"),
    [
        ("r1", "", "say which e-mail"),
        (None, "m1", "say which e-mail"),
        ("r1", "nobody@client.example", "no e-mail with this id"),
        ("r77", "m1", "no such unattributed reply"),
    ],
)
def test_what_cannot_be_is_said(
    alice: Any, call: Any, loose: Any, event: Any, message: str, why: str
) -> None:
    answer = call(alice, "unattributed-assign", 1, HARBOUR, event, message).json["response"]
    assert why in str(answer["unattributed-told"])


@pytest.mark.parametrize("name", ["bob", "dora", "charlie"])
def test_who_may_not_gets_404(browser: Any, call: Any, loose: Any, name: str) -> None:
    assert call(browser(name), "unattributed-assign", 1, HARBOUR, "r1", "m1").status_code == 404


@pytest.mark.parametrize(
    "values",
    [
        (1, HARBOUR, ["r1"], "m1"),
        (1, HARBOUR, "r1", 5),
        (0, HARBOUR, "r1", "m1"),
        (1, HARBOUR, "r1", "m" * 401),
    ],
)
def test_a_wrong_type_is_400(alice: Any, call: Any, values: Any) -> None:
    assert call(alice, "unattributed-assign", *values).status_code == 400
