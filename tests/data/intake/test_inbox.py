"""The inbox: exactly once by id, durable, shared commits."""

from __future__ import annotations

import json
import threading
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy import Engine, select, text

from data.errors import DataError
from data.events.canonical import Parked, canonical
from data.intake.delivery import Receipt, parked_key
from data.intake.identity import clash_id
from data.intake.identity import legacy_key as key_of
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake
from data.lake.tables import event_key, inbox, legacy_keys
from data.lake.tables import parked as parked_table
from tests.support.history.deliveries import NOON, sent
from tests.support.known import known


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


def test_two_events_with_one_id_are_two_and_a_clash_is_told(lake: Lake) -> None:
    door = Inbox(lake.engine)
    ann, ben, cleo = (sent("a", lead=f"{name}@x.example") for name in ("ann", "ben", "cleo"))
    assert door.put(1, None, [ann, ben], received_at=NOON) == Receipt(2, 0, 0, 1)
    assert door.put(1, None, [cleo], received_at=NOON) == Receipt(1, 0, 0, 1)
    assert door.put(1, None, [ben, cleo, ann], received_at=NOON) == Receipt(0, 3, 0, 0)
    assert door.put(2, None, [cleo], received_at=NOON) == Receipt(1, 0, 0, 0)
    with lake.engine.connect() as connection:
        bodies = connection.scalars(select(inbox.c.body).where(inbox.c.workspace_id == 1))
        found = {event["lead"]: event["event_id"] for body in bodies for event in json.loads(body)}
    assert found == {"ann@x.example": "a", "ben@x.example": clash_id(ben), "cleo@x.example": clash_id(cleo)}
    assert len(set(found.values())) == 3


def test_a_repeat_under_a_new_id_is_the_same_event(lake: Lake) -> None:
    """What a provider does that saw no answer: the same batch once more, every event with a new id."""
    door = Inbox(lake.engine)
    again = [sent(f"a{n}", message_id="m", occurred_at=f"2024-09-02T10:00:00.{n}Z") for n in range(3)]
    assert door.put(1, None, again[:1], received_at=NOON) == Receipt(1, 0, 0)
    assert door.put(1, None, again, received_at=NOON) == Receipt(0, 3, 0)
    for later in ({"event": "delivered"}, {"occurred_at": "2024-09-02T10:00:01Z"}, {"lead": "b@x.example"}):
        new = sent("n", **{"message_id": "m", **later})
        assert door.put(1, None, [new], received_at=NOON).new == 1, later


def test_an_export_with_a_column_more_is_the_same_export(lake: Lake) -> None:
    """With ids and without: the column may be the lead, the message, or any other."""
    poor = {"event": "opened", "occurred_at": "2024-09-02T10:00:00Z", "message_id": "m1"}
    reply = {"event": "replied", "occurred_at": "2024-09-02T10:00:00Z", "lead": "ann@x.example"}
    door = Inbox(lake.engine)
    for ids in ({}, {"event_id": "7"}):
        workspace = 1 + len(ids)
        for before, more in (
            (poor, {"lead": "ann@x.example"}),
            (poor, {"campaign": "Spring", "note": "x", "user_agent": "Thunderbird"}),
            ({**reply, **({"event_id": "8"} if ids else {})}, {"message_id": "m1", "subject": "Re"}),
        ):
            first = canonical({**ids, **before}, received_at=NOON)
            richer = canonical({**ids, **before, **more}, received_at=NOON)
            door.put(workspace, None, [first], received_at=NOON)
            assert door.put(workspace, None, [richer], received_at=NOON) == Receipt(0, 1, 0), (ids, more)
    both = [canonical({**ids, **poor, **more}, received_at=NOON) for more in ({"lead": "b@x.example"}, {})]
    assert Inbox(lake.engine).put(9, None, both, received_at=NOON).new == 1
    assert Inbox(lake.engine).put(10, None, both[::-1], received_at=NOON).new == 1


def test_files_that_number_their_rows_alike_hide_nothing(lake: Lake) -> None:
    door = Inbox(lake.engine)
    first = [sent(str(n), message_id=f"a{n}") for n in range(1, 4)]
    second = [sent(str(n), message_id=f"b{n}") for n in range(1, 5)]
    assert door.put(1, None, first, received_at=NOON) == Receipt(3, 0, 0, 0)
    assert door.put(1, None, second, received_at=NOON) == Receipt(4, 0, 0, 3)
    assert door.put(1, None, [*second, *first], received_at=NOON) == Receipt(0, 7, 0, 0)


def test_a_fast_clock_and_no_clock_do_not_make_an_event_two(lake: Lake) -> None:
    door = Inbox(lake.engine)
    record = {"event": "sent", "event_id": "a", "message_id": "m", "occurred_at": "2024-09-02T12:05:00Z"}
    later = NOON + timedelta(minutes=10)
    ahead, then = (canonical(record, received_at=at) for at in (NOON, later))
    assert door.put(1, None, [ahead], received_at=NOON).new == 1
    assert door.put(1, None, [then], received_at=later) == Receipt(0, 1, 0)
    del record["occurred_at"]
    unstamped = {**record, "event_id": "b", "_lenient": True}
    for n, at in enumerate((NOON, later)):
        event = canonical(unstamped, received_at=at)
        assert door.put(2, None, [event], received_at=at) == Receipt(1 - n, n, 0)


def test_a_message_told_apart_by_recipient_later_keeps_its_events(lake: Lake) -> None:
    """Before, Postmark's id alone was the message's; the same event comes again as "<id>:<lead>"."""
    door = Inbox(lake.engine)
    assert door.put(1, None, [sent("a", message_id="m")], received_at=NOON).new == 1
    again = sent("b", message_id="m:ann@leads.example")
    assert door.put(1, None, [again], received_at=NOON) == Receipt(0, 1, 0)


def test_an_id_from_before_contents_were_known_is_a_duplicate(lake: Lake) -> None:
    """As revision 0014 finds a workspace: keys of ids only. Nothing may double, whatever it looks like now."""
    with lake.engine.begin() as connection:
        connection.execute(legacy_keys.insert(), [{"workspace_id": 1}])
        connection.execute(event_key.insert(), [{"workspace_id": 1, "key": key_of("a")}])
    door = Inbox(lake.engine)
    changed = sent("a", lead="another@x.example")
    assert door.put(1, None, [sent("a"), sent("b"), changed], received_at=NOON) == Receipt(1, 2, 0)
    assert door.put(1, None, [sent("a"), sent("new", message_id="m-a")], received_at=NOON) == Receipt(0, 2, 0)
    assert door.put(2, None, [sent("a")], received_at=NOON) == Receipt(1, 0, 0)


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
    assert total[0] == len(kept(engine)) == keys / 2  # of what happened and of its id


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
        assert len(known(connection)) == 24


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
