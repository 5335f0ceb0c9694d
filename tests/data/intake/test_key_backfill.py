"""What was stored before revision 0014 does not double when it comes again, and keeps its messages."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import select

from data.events.canonical import Event, canonical
from data.intake import key_backfill
from data.intake.delivery import Receipt, body_of
from data.intake.identity import legacy_key
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake, table_of
from data.lake.tables import event_key, inbox, legacy_keys, segment
from data.lake.tables import key_backfill as progress
from tests.support.history.deliveries import NOON, sent

POSTMARK = 7


def store_as_before(lake: Lake, events: list[Event], source: int | None = None) -> None:
    """As the version before did: events in the inbox, the keys of their ids in the table."""
    with lake.engine.begin() as connection:
        connection.execute(
            inbox.insert().values(
                workspace_id=1, source_id=source, received_at=NOON, events=len(events), body=body_of(events)
            )
        )
        keys = [{"workspace_id": 1, "key": legacy_key(event.event_id)} for event in events]
        connection.execute(event_key.insert(), keys)


def upgraded(lake: Lake) -> None:
    with lake.engine.begin() as connection:
        newest = connection.scalar(select(inbox.c.seq).order_by(inbox.c.seq.desc())) or 0
        connection.execute(legacy_keys.insert().values(workspace_id=1))
        connection.execute(progress.insert().values(id=1, inbox_seq=newest, segment_id=0))


def opened(recipient: str, **more: object) -> Event:
    """Of Postmark, stored under its id alone."""
    raw = json.dumps({"MessageID": "pm1", "Recipient": recipient})
    record = {
        "event": "opened",
        "message_id": "pm1",
        "lead": recipient,
        "occurred_at": "2024-09-02T11:00:00Z",
    }
    return canonical({**record, "event_id": f"o-{recipient}", "raw": raw, **more}, received_at=NOON)


def finish(lake: Lake) -> int:
    total = 0
    while (events := key_backfill.step(lake, {POSTMARK}, {1})) is not None:
        total += events
    return total


def test_repeats_under_new_ids_are_known_once_it_is_done(lake: Lake) -> None:
    old = [sent("a"), sent("b", occurred_at="2024-09-02T12:04:00Z")]
    store_as_before(lake, old)
    segments.drain(lake)
    store_as_before(lake, [sent("late")])  # not drained yet at the upgrade
    upgraded(lake)
    door = Inbox(lake.engine)
    again = [sent("x", message_id="m-a"), sent("y", message_id="m-late")]
    assert finish(lake) == 0  # what waits in the inbox is drained first
    with lake.engine.connect() as connection:
        assert not key_backfill.is_done(connection)
    segments.drain(lake)
    assert finish(lake) == 3
    with lake.engine.connect() as connection:
        assert key_backfill.is_done(connection)
    assert finish(lake) == 0
    assert door.put(1, None, again, received_at=NOON) == Receipt(0, 2, 0)
    # Its stamp was ahead and not kept: by its id it is known all the same, whatever it looks like by now.
    later = NOON + timedelta(hours=1)
    moved = canonical(
        {"event": "sent", "event_id": "b", "message_id": "m-b", "occurred_at": "2024-09-02T12:04:00Z"},
        received_at=later,
    )
    assert door.put(1, None, [moved, sent("a"), sent("late")], received_at=later) == Receipt(0, 3, 0)


def test_postmarks_stored_messages_get_their_recipients(lake: Lake) -> None:
    own = opened("carl@x.example", message_id="mine")  # the sender's own id: it stays
    events = [opened("ann@x.example"), opened("ben@x.example"), own]
    store_as_before(lake, events, POSTMARK)
    store_as_before(lake, [opened("dora@x.example", event_id="other")])  # not of Postmark's source
    segments.drain(lake)
    upgraded(lake)
    finish(lake)
    with lake.engine.connect() as connection:
        paths = connection.scalars(select(segment.c.path)).all()
    rows = [row for path in paths for row in table_of(lake, path).to_pylist()]
    assert sorted((row["lead"], row["message_id"]) for row in rows) == [
        ("ann@x.example", "pm1:ann@x.example"),
        ("ben@x.example", "pm1:ben@x.example"),
        ("carl@x.example", "mine"),
        ("dora@x.example", "pm1"),
    ]
    again = [opened(f"{name}@x.example", message_id=f"pm1:{name}@x.example") for name in ("ann", "ben")]
    renamed = [event._replace(event_id=f"new-{event.lead}") for event in again]
    assert Inbox(lake.engine).put(1, POSTMARK, [*again, *renamed], received_at=NOON) == Receipt(0, 4, 0)


def test_a_kill_in_the_middle_costs_a_step(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(3):
        store_as_before(lake, [sent(f"a{n}")])
        segments.drain(lake)
    upgraded(lake)
    assert key_backfill.step(lake, set(), set()) == 1

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(key_backfill, "_with_recipients", killed)
        key_backfill.step(lake, set(), set())
    assert finish(lake) == 2
    again = [sent(f"x{n}", message_id=f"m-a{n}") for n in range(3)]
    assert Inbox(lake.engine).put(1, None, again, received_at=NOON) == Receipt(0, 3, 0)
