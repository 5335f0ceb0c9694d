"""The inbox: exactly once by id, durable, shared commits."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from deliveries import NOON, sent
from sqlalchemy import Engine, select, text

from data.errors import DataError
from data.events.canonical import Parked
from data.intake.inbox import Inbox, Receipt, parked_key
from data.intake.known_keys import key_of
from data.lake import segments
from data.lake.lake import Lake
from data.lake.tables import inbox
from data.lake.tables import parked as parked_table
from tests.known import known


def kept(engine: Engine) -> list[str]:
    """The ids of all events in the inbox, in order of their rows."""
    with engine.connect() as connection:
        bodies = connection.scalars(select(inbox.c.body).order_by(inbox.c.seq))
        return [event["event_id"] for body in bodies for event in json.loads(body)]


def test_the_same_id_of_a_workspace_is_one_event(lake: Lake) -> None:
    door = Inbox(lake.engine)
    assert door.put(1, None, [sent("a"), sent("b"), sent("a")], received_at=NOON) == Receipt(2, 1, 0)
    assert door.put(1, 7, [sent("b"), sent("c")], received_at=NOON) == Receipt(1, 1, 0)
    assert door.put(2, 7, [sent("a")], received_at=NOON) == Receipt(1, 0, 0)
    assert sorted(kept(lake.engine)) == ["a", "a", "b", "c"]


def test_an_id_is_known_after_its_event_left_the_inbox(lake: Lake) -> None:
    door = Inbox(lake.engine)
    door.put(1, None, [sent("a"), sent("b")], received_at=NOON)
    assert segments.drain(lake) == 2
    assert door.put(1, None, [sent("a"), sent("c")], received_at=NOON) == Receipt(1, 1, 0)
    assert Inbox(lake.engine).put(1, None, [sent("c")], received_at=NOON) == Receipt(0, 1, 0)
    assert kept(lake.engine) == ["c"]


def test_of_two_events_with_one_id_the_first_stays(lake: Lake) -> None:
    door = Inbox(lake.engine)
    door.put(1, None, [sent("a", lead="ann@x.example"), sent("a", lead="ben@x.example")], received_at=NOON)
    door.put(1, None, [sent("a", lead="cleo@x.example")], received_at=NOON)
    with lake.engine.connect() as connection:
        [body] = connection.scalars(select(inbox.c.body))
    assert [event["lead"] for event in json.loads(body)] == ["ann@x.example"]


def test_a_parked_record_is_stored_once_and_counted_each_time(engine: Engine) -> None:
    door = Inbox(engine)
    bad = [Parked("line 3", "unknown event 'x'", '{"event":"x"}'), Parked("line 4", "no time", "{}")]
    assert door.put(1, 5, [sent("a")], bad, received_at=NOON) == Receipt(1, 0, 2)
    assert door.put(1, 5, [sent("a")], bad, received_at=NOON) == Receipt(0, 1, 2)
    assert door.put(2, 5, [], bad[:1], received_at=NOON) == Receipt(0, 0, 1)
    with engine.connect() as connection:
        rows = connection.execute(select(parked_table).order_by(parked_table.c.id)).all()
    assert [(row.workspace_id, row.where, row.why) for row in rows] == [
        (1, "line 3", "unknown event 'x'"),
        (1, "line 4", "no time"),
        (2, "line 3", "unknown event 'x'"),
    ]


def test_nothing_handed_in_is_nothing_stored(engine: Engine) -> None:
    assert Inbox(engine).put(1, None, [], received_at=NOON) == Receipt(0, 0, 0)
    assert kept(engine) == []


def test_a_time_without_a_zone_is_refused(engine: Engine) -> None:
    with pytest.raises(ValueError, match="zone"):
        Inbox(engine).put(1, None, [sent("a")], received_at=datetime(2024, 9, 2, 12))  # noqa: DTZ001


def test_the_time_of_receipt_is_kept_as_utc(engine: Engine) -> None:
    madrid = timezone(timedelta(hours=2))
    Inbox(engine).put(1, None, [sent("a")], received_at=datetime(2024, 9, 2, 14, 0, tzinfo=madrid))
    with engine.connect() as connection:
        at = connection.scalar(select(inbox.c.received_at))
    assert at is not None
    assert (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC) == NOON


@pytest.mark.parametrize(
    "text_", ["nul \x00 here", "half a pair \ud83d", "señor 😀 \u2028", "'; DROP TABLE inbox"]
)
def test_any_text_can_be_kept(lake: Lake, text_: str) -> None:
    door = Inbox(lake.engine)
    odd = sent("a")._replace(subject=text_, raw=json.dumps({"subject": text_}))
    assert door.put(1, None, [odd], [Parked("line 1", text_, text_)], received_at=NOON) == Receipt(1, 0, 1)
    assert door.put(1, None, [odd], [Parked("line 1", text_, text_)], received_at=NOON) == Receipt(0, 1, 1)
    assert segments.drain(lake) == 1


def test_a_parked_record_has_the_key_of_the_event_it_was_in_22_characters() -> None:
    assert parked_key("a") == urlsafe_b64encode(key_of("a")).decode().rstrip("=")
    assert len(parked_key("a")) == 22
    assert all(
        character.isalnum() or character in "-_"
        for character in parked_key("señor 😀") + parked_key("\ud83d")
    )


def in_threads(calls: list[Callable[[], object]]) -> list[object]:
    """Run all calls at the same moment; what each returned or raised."""
    start = threading.Barrier(len(calls))
    results: list[object] = [None] * len(calls)

    def call(index: int) -> None:
        start.wait()
        try:
            results[index] = calls[index]()
        except Exception as error:
            results[index] = error

    threads = [threading.Thread(target=call, args=(index,)) for index in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    return results


def test_sixteen_threads_with_the_same_events_count_each_once(engine: Engine) -> None:
    doors = [Inbox(engine), Inbox(engine)]  # as two processes have: each with a queue of its own
    batches = [[sent(f"e{n % 40}") for n in range(k, k + 10)] for k in range(0, 160, 5)]
    results = in_threads(
        [
            lambda k=k, batch=batch: doors[k % 2].put(1 + k % 2, None, batch, received_at=NOON)
            for k, batch in enumerate(batches * 2)
        ][:16]
    )
    assert all(isinstance(result, Receipt) for result in results), results
    total = [sum(getattr(result, name) for result in results) for name in ("new", "duplicate")]
    with engine.connect() as connection:
        keys = len(known(connection))
    assert sum(total) == 160
    assert total[0] == len(kept(engine)) == keys


def test_a_batch_the_database_refuses_fails_alone(engine: Engine) -> None:
    """Charlie's impossible workspace id must not cost Alice her delivery, though they share the commit."""
    door = Inbox(engine)
    with engine.begin() as connection:
        if engine.dialect.name == "sqlite":
            connection.execute(
                text(
                    "CREATE TRIGGER no_charlie BEFORE INSERT ON inbox WHEN NEW.workspace_id = 666"
                    " BEGIN SELECT RAISE(ABORT, 'no such workspace'); END"
                )
            )
        else:
            connection.execute(text("ALTER TABLE inbox ADD CHECK (workspace_id <> 666)"))
    results = in_threads(
        [
            lambda n=n: door.put(666 if n % 4 == 0 else 1, None, [sent(f"e{n}")], received_at=NOON)
            for n in range(16)
        ]
    )
    for n, result in enumerate(results):
        if n % 4 == 0:
            assert isinstance(result, DataError), result
        else:
            assert result == Receipt(1, 0, 0)
    assert len(kept(engine)) == 12
    with engine.connect() as connection:  # the refused ids may come again
        assert len(known(connection)) == 12


def test_callers_at_the_same_moment_share_a_commit(sqlite_engine: Engine) -> None:
    door = Inbox(sqlite_engine)
    with sqlite_engine.connect() as blocker:
        blocker.execute(
            text("SELECT 1")
        )  # BEGIN IMMEDIATE: the first caller waits for the lock, the others gather
        waiting = threading.Timer(0.5, blocker.rollback)
        waiting.start()
        in_threads([lambda n=n: door.put(1, n, [sent(f"e{n}")], received_at=NOON) for n in range(12)])
        waiting.join()
    assert len(kept(sqlite_engine)) == 12
