"""Compaction: fewer and larger files, each event still exactly once for whoever reads at whatever moment."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, update

from data.building import build
from data.building.orphans import collect_orphans
from data.errors import DamagedFile, LakeUnavailable
from data.lake import backlog, compaction
from data.lake.compaction import Compacted, compact
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.lake.tables import retired_file, segment, segment_part
from tests.jobs import events as made
from tests.support.kept import Keeper


def rows(lake: Lake) -> list[Any]:
    with lake.engine.connect() as connection:
        return list(connection.execute(select(segment).order_by(segment.c.id)))


def parts(lake: Lake) -> dict[tuple[int, int], tuple[int, int | None]]:
    with lake.engine.connect() as connection:
        return {
            (row.segment_id, row.workspace_id): (row.events, row.merged_version)
            for row in connection.execute(select(segment_part))
        }


def ids(lake: Lake) -> Counter[str]:
    """Event ids in all named files."""
    found: Counter[str] = Counter()
    for row in rows(lake):
        column = pq.read_table(lake.path(row.path)).column("event_id").to_pylist()
        assert len(column) == row.events
        found.update(column)
    return found


@pytest.fixture
def ten(lake: Lake, keeper: Keeper, north: Any, south: Any) -> Lake:
    """Ten segments of Harbour (2 events each) and Colossus (3 each), taken in one by one, and one still waiting."""

    def make() -> None:
        for n in range(10):
            made.write(lake, made.sends(north.harbour, f"h{n}", 2), made.sends(south.colossus, f"c{n}", 3))
            build.refresh(lake)
        made.write(lake, made.sends(north.harbour, "waiting", 1))

    keeper.made(lake, make)
    return lake


def test_small_segments_become_one_and_what_waits_stays(ten: Lake, north: Any, south: Any) -> None:
    before, events = rows(ten), ids(ten)
    versions = {version for _, version in parts(ten).values() if version is not None}
    assert compact(ten) == Compacted(events=50, files_before=10, files_after=1)
    one, waiting = rows(ten)
    assert (one.id, one.events) == (before[9].id, 50)  # the newest id: "newest first" by id stays true
    assert waiting == before[10]
    assert parts(ten) == {
        (one.id, north.harbour): (20, max(versions)),
        (one.id, south.colossus): (30, max(versions)),
        (waiting.id, north.harbour): (1, None),
    }
    assert ids(ten) == events
    whose = pq.read_table(ten.path(one.path)).column("workspace_id").to_pylist()
    assert whose == sorted(whose)
    assert compact(ten) == Compacted(0, 0, 0)
    build.refresh(ten)
    assert made.sent_emails(ten, north.harbour) == 21
    build.refresh(ten, full=True)
    assert (made.sent_emails(ten, north.harbour), made.sent_emails(ten, south.colossus)) == (21, 30)


def test_a_reader_with_the_old_names_goes_on_until_they_are_collected(ten: Lake) -> None:
    old = [row.path for row in rows(ten)[:10]]
    compact(ten)
    assert sum(pq.read_table(ten.path(path)).num_rows for path in old) == 50
    assert collect_orphans(ten, older_than_s=3_600) == 0
    assert collect_orphans(ten, older_than_s=-1) == 10
    assert sum(ids(ten).values()) == 51


def test_the_grace_of_a_replaced_file_begins_when_it_was_replaced(ten: Lake, north: Any) -> None:
    """Written two hours ago, replaced now: the hourly job that comes a second later leaves it to its readers."""
    old = [row.path for row in rows(ten)[:10]]
    for path in old:
        os.utime(ten.path(path), (time.time() - 7_200,) * 2)
    with read_only(ten.engine).connect() as connection:  # Alice's rebuild asks for the names
        held = backlog.pending(connection, [north.harbour], full=True)[north.harbour].paths
    assert compact(ten).files_before == 10
    assert collect_orphans(ten, older_than_s=3_600) == 0
    assert sum(pq.read_table(ten.path(path)).num_rows for path in held) == 51

    def retired() -> dict[str, Any]:
        with ten.engine.connect() as connection:
            return {row.path: row.retired_at for row in connection.execute(select(retired_file))}

    assert set(retired()) == set(old)
    with ten.engine.begin() as connection:  # an hour goes by for one of them
        at = datetime.now(UTC) - timedelta(seconds=3_601)
        connection.execute(update(retired_file).where(retired_file.c.path == old[3]).values(retired_at=at))
    assert collect_orphans(ten, older_than_s=3_600) == 1
    assert not (ten.root / old[3]).exists()
    assert set(retired()) == set(old) - {old[3]}
    with ten.engine.begin() as connection:
        connection.execute(update(retired_file).values(retired_at=at))
    assert collect_orphans(ten, older_than_s=3_600) == 9
    assert retired() == {}
    assert sum(ids(ten).values()) == 51


def test_files_that_cannot_be_removed_just_now_stay_known(ten: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    compact(ten)

    def no(*_: object) -> None:
        raise LakeUnavailable("The bucket cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(type(ten.store), "remove", no)
        with pytest.raises(LakeUnavailable):
            collect_orphans(ten, older_than_s=-1)
    with ten.engine.connect() as connection:
        assert len(connection.execute(select(retired_file)).all()) == 10
    assert collect_orphans(ten, older_than_s=-1) == 10


def test_a_compaction_that_does_not_commit_retires_nothing(
    ten: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(*_: object) -> None:
        raise OSError("gone")

    monkeypatch.setattr(compaction, "_swap", gone)
    with pytest.raises(OSError, match="gone"):
        compact(ten)
    with ten.engine.connect() as connection:
        assert connection.execute(select(retired_file)).all() == []


def test_a_rebuild_that_began_before_reads_each_event_once(ten: Lake, north: Any, south: Any) -> None:
    """The rebuild has planned over the ten files; they are compacted before it reads, and again before it ends."""
    real, compacted = build.load_events, []

    def compact_first(*arguments: Any) -> None:
        compacted.append(compact(ten))
        real(*arguments)

    build.load_events = compact_first  # type: ignore[assignment]
    try:
        build.refresh(ten, full=True)
    finally:
        build.load_events = real
    assert compacted[0].files_before == 10
    assert (made.sent_emails(ten, north.harbour), made.sent_emails(ten, south.colossus)) == (21, 30)
    assert None not in {version for _, version in parts(ten).values()}
    build.refresh(ten, full=True)
    assert (made.sent_emails(ten, north.harbour), made.sent_emails(ten, south.colossus)) == (21, 30)


def test_two_compactions_at_once_leave_each_event_once(ten: Lake) -> None:
    together, done = threading.Barrier(2), []
    real = compaction.rewrite

    def meet(*arguments: Any, **named: Any) -> bool:
        together.wait(10)
        return real(*arguments, **named)

    compaction.rewrite = meet
    try:
        threads = [threading.Thread(target=lambda: done.append(compact(ten))) for _ in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    finally:
        compaction.rewrite = real
    assert sorted(one.events for one in done) == [0, 50]
    assert set(ids(ten).values()) == {1}
    assert len(list(ten.root.rglob("segments/**/*.parquet"))) == 12  # the loser's file is gone


def test_a_segment_written_anew_with_the_same_numbers_is_not_the_one_that_was_read(ten: Lake) -> None:
    """Alice reads the segment, Bob writes it anew: as many events of the same workspaces, another file."""
    first = rows(ten)[0].id
    alice_paths, alice_parts = compaction.existing_files(ten, [first])
    table = pq.read_table(ten.path(alice_paths[first]))
    assert compaction.rewrite(ten, alice_paths, table, alice_parts)
    bob_paths, bob_parts = compaction.existing_files(ten, [first])
    assert bob_parts == alice_parts
    assert bob_paths != alice_paths
    files = set(ten.root.rglob("segments/**/*.parquet"))
    assert not compaction.rewrite(ten, alice_paths, table, alice_parts)
    assert compaction.existing_files(ten, [first]) == (bob_paths, bob_parts)
    assert set(ten.root.rglob("segments/**/*.parquet")) == files  # Alice's file is gone
    assert set(ids(ten).values()) == {1}


def test_a_kill_before_the_commit_changes_nothing(ten: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows(ten), parts(ten)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(compaction, "_swap", killed)
    with pytest.raises(KeyboardInterrupt):
        compact(ten)
    assert (rows(ten), parts(ten)) == before


@pytest.mark.postgres_long
def test_a_damaged_segment_is_told_and_the_other_runs_are_done(ten: Lake) -> None:
    ten.path(rows(ten)[0].path).write_bytes(b"no parquet")
    build.refresh(ten)  # the one that waited
    for n in range(8):
        made.write(ten, made.sends(1, f"next{n}", 2))
        build.refresh(ten)
    with pytest.raises(DamagedFile, match="cannot be read"):
        compact(ten, large=52)
    assert [row.events for row in rows(ten)] == [*[5] * 10, 1, 16]


def test_waiting_and_taken_in_events_never_share_a_segment(ten: Lake) -> None:
    listed = [compaction.Part(*key, *value) for key, value in parts(ten).items()]
    with pytest.raises(ValueError, match="cannot share"):
        compaction._versions(listed)


def test_an_event_is_written_anew_a_few_times_and_not_once_a_neighbour() -> None:
    """20,000 segments of 10 events come one after the other; what is written in all is counted."""
    sizes: list[tuple[int, int]] = []
    written = 0
    for n in range(20_000):
        sizes.append((n, 10))
        if n % 20:
            continue
        tail = [index for index, (_, size) in enumerate(sizes) if size < compaction.LARGE_EVENTS]
        for run in list(compaction._worth_it([sizes[index] for index in tail], compaction.FEWEST)):
            chosen = set(run)
            total = sum(size for key, size in sizes if key in chosen)
            written += total
            sizes = sorted([item for item in sizes if item[0] not in chosen] + [(max(run), total)])
    assert sum(size for _, size in sizes) == 200_000
    assert written <= 8 * 200_000
    assert len(sizes) < 60
