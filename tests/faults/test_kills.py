"""kill -9 at any moment: what was acknowledged is there, once."""

from __future__ import annotations

import json
import os
import random
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from sqlalchemy import select, text

from data.building.orphans import collect_orphans
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import Lake
from data.lake.tables import inbox, segment
from tests.faults import ingest_process
from tests.faults.ingest_process import NOON
from tests.faults.ingest_process import event as sent
from tests.faults.nursery import alive, nursery

pytestmark = pytest.mark.faults

KILLS = 100
ENOUGH_BYTES = 200 * 30  # of the ledger: over 200 ids, none of them longer than 30 characters
LONGEST_S = 28.0  # on each of the two databases
Begin = Callable[..., int]


@pytest.fixture(scope="module")
def begin() -> Iterator[Begin]:
    """Start a function of ingest_process.py in a process of its own; gives its pid."""
    with nursery(ingest_process.__file__) as start:
        yield lambda name, *arguments: start([name, *map(str, arguments)])


def kill(pid: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    wait_for_the_end(pid)


def wait_for_the_end(pid: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while alive(pid):
        assert time.monotonic() < deadline, f"process {pid} lives on"
        time.sleep(0.001)


def wait_for_progress(folder: Path, before: int, seconds: float = 0.6) -> int:
    """Give the acknowledgements time to grow past `before` bytes: on a busy machine kills would outrun them."""
    deadline = time.monotonic() + seconds
    while True:
        size = sum(file.stat().st_size for file in folder.glob("acknowledged*"))
        if size > before or time.monotonic() > deadline:
            return size
        time.sleep(0.01)


def everything(lake: Lake) -> list[str]:
    """Ids of all events in segments and inbox; reads (and so checks) every file."""
    with lake.engine.connect() as connection:
        bodies = list(connection.scalars(select(inbox.c.body)))
        rows = connection.execute(select(segment.c.path, segment.c.events)).all()
    found = [event["event_id"] for body in bodies for event in json.loads(body)]
    for path, events in rows:
        column = pq.read_table(lake.path(path)).column("event_id").to_pylist()
        assert len(column) == events
        found += column
    return found


@pytest.mark.postgres_long
def test_a_hundred_kills_lose_and_double_nothing(lake: Lake, tmp_path: Path, begin: Begin) -> None:
    """Two processes that put (three clients each, 10 % delivered twice), two that drain; killed at random."""
    chance = random.Random(20240902)
    url = lake.engine.url.render_as_string(hide_password=False)
    ledger = tmp_path / "acknowledged"

    def begin_slot(slot: int) -> int:
        if slot >= 2:
            return begin("drain", url, lake.root)
        return begin("put", url, chance.randrange(10**6), f"client{slot}-", ledger)

    running = [begin_slot(slot) for slot in range(4)]
    began = time.monotonic()
    killed = ended_alone = before = 0
    while killed < KILLS and time.monotonic() - began < LONGEST_S:
        time.sleep(chance.uniform(0.0, 0.15))
        before = wait_for_progress(tmp_path, before)
        slot = chance.randrange(4)
        ended_alone += not alive(running[slot])
        kill(running[slot])
        killed += 1
        running[slot] = begin_slot(slot)
    settled = time.monotonic() + 20
    while wait_for_progress(tmp_path, before) < ENOUGH_BYTES and time.monotonic() < settled:
        pass  # a busy machine: let the last four processes go on until there is enough to judge by
    for pid in running:
        kill(pid)

    while segments.drain(lake):
        pass
    acknowledged = [line for file in tmp_path.glob("acknowledged*") for line in file.read_text().splitlines()]
    found = everything(lake)
    print(f"{killed} kills, {len(acknowledged)} acknowledged, {len(found)} found")
    assert ended_alone == 0, "a process ended by itself"
    assert killed >= KILLS // 2, f"only {killed} kills in {LONGEST_S} s"
    assert len(acknowledged) > 200
    assert len(found) == len(set(found)), "doubled"
    assert not set(acknowledged) - set(found), "lost"
    if lake.engine.dialect.name == "sqlite":
        with lake.engine.connect() as connection:
            assert connection.scalar(text("PRAGMA integrity_check")) == "ok"


@pytest.mark.parametrize("moment", ["before the rename", "before the commit"])
def test_a_kill_in_the_drain_leaves_the_inbox_whole(lake: Lake, moment: str, begin: Begin) -> None:
    Inbox(lake.engine).put(1, None, [sent("a"), sent("b")], received_at=NOON)
    url = lake.engine.url.render_as_string(hide_password=False)
    wait_for_the_end(begin("die_in_drain", url, lake.root, moment))
    left = [path for path in lake.root.rglob("*") if path.is_file()]
    assert [path.suffix for path in left] == [".tmp" if moment == "before the rename" else ".parquet"]
    assert sorted(everything(lake)) == ["a", "b"]  # still in the inbox, no segment named
    assert segments.drain(lake) == 2
    assert sorted(everything(lake)) == ["a", "b"]
    assert collect_orphans(lake, older_than_s=-1) == 1
    assert sorted(everything(lake)) == ["a", "b"]
