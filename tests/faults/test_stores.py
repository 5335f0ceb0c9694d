"""Faults of disk and database: nothing half, and a sentence that says what is wrong."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, func, select, text

from data.errors import DamagedFile, InboxBusy
from data.events.canonical import Parked
from data.intake import recent as source_activity
from data.intake.inbox import Inbox
from data.lake import durable, segments
from data.lake.lake import Lake
from data.lake.tables import inbox, parked, segment
from data.scope import Scope
from tests.faults.ingest_process import NOON
from tests.faults.ingest_process import event as sent
from tests.support.known import known

pytestmark = pytest.mark.faults


def counts(engine: Engine) -> list[int]:
    """Rows of the inbox, known keys, parked records."""
    with engine.connect() as connection:
        rows, stopped = (connection.scalar(select(func.count()).select_from(t)) or 0 for t in (inbox, parked))
        return [rows, len(known(connection)), stopped]


def test_a_file_is_on_the_disk_before_its_row_is(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    """fsync(file), rename, fsync(folder), commit: any other order loses a file to a power cut."""
    seen: list[str] = []
    fsync, rename = os.fsync, os.rename

    def noted_fsync(descriptor: int) -> None:
        name = Path(f"/proc/self/fd/{descriptor}").readlink()
        seen.append("fsync folder" if name.is_dir() else f"fsync {name.suffix}")
        fsync(descriptor)

    def noted_rename(old: Any, new: Any) -> None:
        seen.append(f"rename {Path(old).suffix} {Path(new).suffix}")
        rename(old, new)

    Inbox(lake.engine).put(1, None, [sent("a")], received_at=NOON)
    segments.drain(lake)  # makes the folders, which have fsyncs of their own
    Inbox(lake.engine).put(1, None, [sent("b")], received_at=NOON)
    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(os, "rename", noted_rename)
    event.listen(lake.engine, "commit", lambda _: seen.append("commit"))
    assert segments.drain(lake) == 1
    assert seen[-4:] == ["fsync .tmp", "rename .tmp .parquet", "fsync folder", "commit"]
    assert "commit" not in seen[:-1]


def test_new_folders_are_on_the_disk_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[str] = []
    fsync_folder = durable.fsync_folder
    monkeypatch.setattr(
        durable, "fsync_folder", lambda folder: (seen.append(folder.name), fsync_folder(folder))
    )
    (tmp_path / "lake").mkdir()
    with durable.writing(tmp_path / "lake" / "2024" / "09" / "x.parquet") as written:
        written.temporary.write_bytes(b"abc")
    assert seen == ["lake", "2024", "09"]
    assert (written.bytes, written.sha256[:8]) == (3, "ba7816bf")


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"), durable.writing(tmp_path / "x.parquet") as written:
        written.temporary.write_bytes(b"half")
        raise OSError("disk full")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.long  # SQLite waits ten seconds for the lock
def test_a_locked_inbox_says_so_and_keeps_nothing_half(sqlite_lake: Lake) -> None:
    """A stranger's program holds the write lock for 10 s: five callers hear of it within their patience."""
    door = Inbox(sqlite_lake.engine)
    path = str(sqlite_lake.engine.url.database)
    holder = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    holder.execute("BEGIN IMMEDIATE")
    free = threading.Timer(10.0, lambda: holder.execute("ROLLBACK"))
    free.start()
    outcomes: list[tuple[float, Exception | None]] = []

    def call(n: int) -> None:
        began = time.monotonic()
        error: Exception | None = None
        try:
            door.put(1, None, [sent(f"e{n}")], [Parked("line", "why", f"raw {n}")], received_at=NOON)
        except Exception as caught:
            error = caught
        outcomes.append((time.monotonic() - began, error))

    threads = [threading.Thread(target=call, args=(n,)) for n in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(outcomes) == 5
    for seconds, error in outcomes:
        assert isinstance(error, InboxBusy), error
        assert "write lock" in str(error)
        assert seconds < 8
    free.join()
    holder.close()
    assert counts(sqlite_lake.engine) == [0, 0, 0]
    for n in range(5):
        call(n)
    assert [error for _, error in outcomes[5:]] == [None] * 5
    assert counts(sqlite_lake.engine)[1:] == [5, 5]


def test_a_full_disk_says_so_and_keeps_nothing_half(sqlite_lake: Lake) -> None:
    door = Inbox(sqlite_lake.engine)
    door.put(1, None, [sent("before")], received_at=NOON)

    @event.listens_for(sqlite_lake.engine, "checkout")
    def _cap(connection: Any, *_: object) -> None:
        [pages] = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    big = [sent(f"e{n}")._replace(raw="x" * 2_000) for n in range(100)]
    with pytest.raises(InboxBusy, match="the disk is full"):
        door.put(1, None, big, received_at=NOON)
    assert counts(sqlite_lake.engine) == [1, 2, 0]  # its event is known by its content and by its id
    event.remove(sqlite_lake.engine, "checkout", _cap)
    sqlite_lake.engine.dispose()
    assert door.put(1, None, big, received_at=NOON).new == 100


def test_a_database_that_went_away_is_busy_and_comes_back(postgres_url: str) -> None:
    from dashapp.db.base import Base
    from dashapp.db.engine import make_engine

    engine = make_engine(postgres_url)
    Base.metadata.create_all(engine)
    door = Inbox(engine)

    write = door._write

    def cut(cursor: Any, group: Any) -> Any:
        with engine.connect() as other:
            other.execute(
                text("SELECT pg_terminate_backend(:pid)"), {"pid": cursor.connection.info.backend_pid}
            )
        return write(cursor, group)

    door.put(1, None, [sent("a")], received_at=NOON)
    door._write = cut  # type: ignore[method-assign]
    with pytest.raises(InboxBusy):
        door.put(1, None, [sent("b")], received_at=NOON)
    door._write = write  # type: ignore[method-assign]
    assert door.put(1, None, [sent("b")], received_at=NOON).new == 1
    engine.dispose()


@pytest.mark.parametrize(
    "damage", ["empty", "cut short", "no parquet", "gone", "a byte changed in the footer"]
)
def test_a_damaged_segment_is_told(sqlite_lake: Lake, damage: str) -> None:
    Inbox(sqlite_lake.engine).put(1, None, [sent(f"e{n}") for n in range(50)], received_at=NOON)
    segments.drain(sqlite_lake)
    [file] = sqlite_lake.root.rglob("*.parquet")
    whole = file.read_bytes()
    if damage == "empty":
        file.write_bytes(b"")
    elif damage == "cut short":
        file.write_bytes(whole[: len(whole) // 2])
    elif damage == "no parquet":
        file.write_bytes(b"x" * len(whole))
    elif damage == "gone":
        file.unlink()
    else:
        file.write_bytes(whole[:-6] + bytes([whole[-6] ^ 0xFF]) + whole[-5:])
    with pytest.raises(DamagedFile, match="cannot be read"):
        source_activity.recent(sqlite_lake, Scope(frozenset({1})), 1)
    with sqlite_lake.engine.connect() as connection:
        [row] = connection.execute(select(segment))
    if damage != "gone":
        assert durable.sha256(file) != row.sha256


def test_a_drain_that_cannot_write_leaves_the_inbox(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    Inbox(sqlite_lake.engine).put(1, None, [sent("a")], received_at=NOON)

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(segments.pq, "write_table", full)
    with pytest.raises(OSError, match="No space"):
        segments.drain(sqlite_lake)
    monkeypatch.undo()
    assert [path for path in sqlite_lake.root.rglob("*") if path.is_file()] == []
    assert segments.drain(sqlite_lake) == 1
