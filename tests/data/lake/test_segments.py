"""Segments: every event once, in order, in files that count only when a row names them."""

from __future__ import annotations

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select

from data.building.orphans import collect_orphans
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake
from data.lake.tables import inbox, segment, segment_part
from tests.support.history.deliveries import NOON, sent


def files(lake: Lake) -> list[Path]:
    return sorted(path for path in lake.root.rglob("*") if path.is_file())


def stored(lake: Lake) -> list[dict[str, Any]]:
    """All events of all segments the manifest names, in the order of the files."""
    with lake.engine.connect() as connection:
        paths = list(connection.scalars(select(segment.c.path).order_by(segment.c.id)))
    return [row for path in paths for row in pq.read_table(lake.path(path)).to_pylist()]


def test_a_drain_moves_every_event_once(lake: Lake) -> None:
    door = Inbox(lake.engine)
    door.put(2, 9, [sent("b2"), sent("b1")], received_at=NOON)
    door.put(1, None, [sent("a1", subject="Señor 😀"), sent("a2", track_opens=False)], received_at=NOON)
    assert segments.drain(lake) == 4
    rows = stored(lake)
    assert [(row["workspace_id"], row["message_id"], row["source_id"]) for row in rows] == [
        (1, "m-a1", None),
        (1, "m-a2", None),
        (2, "m-b1", 9),
        (2, "m-b2", 9),
    ]
    first = rows[0]
    assert first["subject"] == "Señor 😀"
    assert first["occurred_at"] == datetime(2024, 9, 2, 10, 0)  # noqa: DTZ001  UTC, without a zone
    assert (first["track_opens"], first["machine"], rows[1]["track_opens"]) == (True, False, False)
    assert first["url"] is None
    with lake.engine.connect() as connection:
        assert connection.execute(select(inbox)).all() == []
        [row] = connection.execute(select(segment))
        parts = connection.execute(
            select(segment_part.c.workspace_id, segment_part.c.events, segment_part.c.merged_version)
        ).all()
    assert [tuple(part) for part in sorted(parts)] == [(1, 2, None), (2, 2, None)]
    [file] = files(lake)
    assert row.path == file.relative_to(lake.root).as_posix()
    assert row.path.startswith(f"segments/{datetime.now(UTC):%Y/}")
    assert (row.events, row.bytes) == (4, file.stat().st_size)
    assert row.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


def test_a_stored_event_is_the_event_that_came(lake: Lake) -> None:
    event = sent("a", occurred_at="2024-09-02T10:00:00.123456+02:00", user="U@North.example", step=3)
    Inbox(lake.engine).put(1, 4, [event], received_at=NOON)
    segments.drain(lake)
    [row] = stored(lake)
    for field, value in event._asdict().items():
        assert row[field] == (value.replace(tzinfo=None) if isinstance(value, datetime) else value), field


def test_the_columns_are_those_promised(lake: Lake) -> None:
    Inbox(lake.engine).put(1, None, [sent("a")], received_at=NOON)
    segments.drain(lake)
    assert pq.read_schema(files(lake)[0]).remove_metadata().equals(segments.SCHEMA)


def test_an_empty_inbox_makes_no_file(lake: Lake) -> None:
    assert segments.drain(lake) == 0
    assert files(lake) == []


def test_a_drain_of_one_workspace_leaves_the_others(lake: Lake) -> None:
    door = Inbox(lake.engine)
    door.put(1, None, [sent("a")], received_at=NOON)
    door.put(2, None, [sent("a"), sent("b")], received_at=NOON)
    assert segments.drain(lake, workspace_id=2) == 2
    assert [row["workspace_id"] for row in stored(lake)] == [2, 2]
    assert segments.drain(lake) == 1


def test_a_drain_takes_whole_deliveries_oldest_first(lake: Lake) -> None:
    door = Inbox(lake.engine)
    for name in "abc":
        door.put(1, None, [sent(f"{name}{n}") for n in range(3)], received_at=NOON)
    assert segments.drain(lake, limit_events=5) == 3
    assert segments.drain(lake, limit_events=6) == 6
    assert [row["event_id"][0] for row in stored(lake)] == list("aaabbbccc")


def test_all_that_waits_is_moved_and_what_comes_meanwhile_is_left(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each segment takes as long to write as the next event takes to come: whoever looks would wait for ever."""
    door, real, came = Inbox(lake.engine), segments._publish, iter("xyz")

    def slowly(*given: Any) -> bool:
        door.put(1, None, [sent(next(came))], received_at=NOON)
        return real(*given)

    for name in "ab":
        door.put(1, None, [sent(name)], received_at=NOON)
    door.put(2, None, [sent("colossus")], received_at=NOON)
    monkeypatch.setattr(segments, "_publish", slowly)
    assert segments.drain_all(lake, 1, limit_events=1) == 2
    assert [row["event_id"] for row in stored(lake)] == ["a", "b"]
    monkeypatch.setattr(segments, "_publish", real)
    assert segments.drain_all(lake) == 3  # x, y and Colossus'
    assert segments.drain_all(lake) == 0


def test_a_seq_is_never_used_again(lake: Lake) -> None:
    """Else a late drain could delete new rows in the belief that they are the ones it has read."""
    door = Inbox(lake.engine)
    door.put(1, None, [sent("a")], received_at=NOON)
    with lake.engine.connect() as connection:
        first = connection.scalar(select(inbox.c.seq))
    segments.drain(lake)
    door.put(1, None, [sent("b")], received_at=NOON)
    with lake.engine.connect() as connection:
        second = connection.scalar(select(inbox.c.seq))
    assert first is not None
    assert second is not None
    assert second > first


def test_two_drains_at_once_move_each_event_once(lake: Lake) -> None:
    door = Inbox(lake.engine)
    for n in range(60):
        door.put(1 + n % 3, None, [sent(f"e{n}-{k}") for k in range(5)], received_at=NOON)
    errors: list[Exception] = []

    def until_empty() -> None:
        try:
            for _ in range(200):
                segments.drain(lake, limit_events=40)
                with lake.engine.connect() as connection:
                    if connection.scalar(select(inbox.c.seq).limit(1)) is None:
                        return
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=until_empty) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert errors == []
    ids = [row["event_id"] for row in stored(lake)]
    assert len(ids) == len(set(ids)) == 300
    with lake.engine.connect() as connection:
        named = set(connection.scalars(select(segment.c.path)))
    assert {
        file.relative_to(lake.root).as_posix() for file in files(lake)
    } == named  # losers took theirs away


def test_a_drain_that_comes_second_undoes_itself(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between our reading and our commit another worker drains: its file stays, ours goes."""
    Inbox(lake.engine).put(1, None, [sent("a"), sent("b")], received_at=NOON)
    decode = segments._decode

    def overtaken(rows: Any) -> Any:
        monkeypatch.setattr(segments, "_decode", decode)
        assert segments.drain(lake) == 2
        return decode(rows)

    monkeypatch.setattr(segments, "_decode", overtaken)
    assert segments.drain(lake) == 0
    assert [row["event_id"] for row in stored(lake)] == ["a", "b"]
    assert len(files(lake)) == 1


def test_a_drain_of_which_others_took_a_part_goes_on_with_the_rest(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice looks while the worker drains all: her two events are in her segment, Bob's in the worker's."""
    door = Inbox(lake.engine)
    door.put(1, None, [sent("a"), sent("b")], received_at=NOON)
    door.put(2, None, [sent("c")], received_at=NOON)
    door.put(3, None, [sent("d")], received_at=NOON)
    decode = segments._decode

    def overtaken(rows: Any) -> Any:
        monkeypatch.setattr(segments, "_decode", decode)
        assert segments.drain(lake, {1, 3}) == 3
        return decode(rows)

    monkeypatch.setattr(segments, "_decode", overtaken)
    assert segments.drain(lake) == 1
    assert sorted(row["event_id"] for row in stored(lake)) == ["a", "b", "c", "d"]
    assert len(files(lake)) == 2


def test_bulk_events_become_segments(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    door = Inbox(lake.engine)
    door.put(2, None, [sent(f"e{n}") for n in range(5)], received_at=NOON)
    segments.drain(lake)
    [file] = files(lake)
    monkeypatch.setattr(segments, "FILE_EVENTS", 2)
    assert segments.write_events(lake, pq.read_table(file)) == 5
    assert len(files(lake)) == 1 + 3
    assert len(stored(lake)) == 10


def test_orphans_go_after_their_grace_and_named_files_stay(lake: Lake) -> None:
    Inbox(lake.engine).put(1, None, [sent("a")], received_at=NOON)
    segments.drain(lake)
    [named] = files(lake)
    old = (datetime.now(UTC) - timedelta(hours=2)).timestamp()
    orphan, half, fresh = (named.with_name(name) for name in ("x.parquet", ".y.parquet.ab.tmp", "z.parquet"))
    for path in (orphan, half, fresh):
        path.write_bytes(b"left behind")
    for path in (orphan, half, named):
        os.utime(path, (old, old))
    assert collect_orphans(lake, older_than_s=3600) == 2
    assert files(lake) == sorted([named, fresh])


def test_a_body_that_cannot_be_read_is_parked_and_the_others_go_on(lake: Lake) -> None:
    door = Inbox(lake.engine)
    door.put(1, None, [sent("a")], received_at=NOON)
    with lake.engine.begin() as connection:
        connection.execute(
            inbox.insert(),
            {"workspace_id": 1, "source_id": 3, "received_at": NOON, "events": 1, "body": '[{"event_id": "b'},
        )
    door.put(1, None, [sent("c")], received_at=NOON)
    assert segments.drain(lake) == 2
    assert [row["event_id"] for row in stored(lake)] == ["a", "c"]
    assert segments.drain(lake) == 0
