"""The ledger: a slot once, a run for one worker, a late commit refused, five tries, then a dead letter."""

from __future__ import annotations

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select, text, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.jobs import DEAD, DONE, QUEUED, JobRun
from data.lake.lake import Lake
from jobs.runtime import ledger
from jobs.runtime.executor import Executor
from jobs.runtime.job import Job, Overtaken, Task
from jobs.runtime.timing import IdleDetector, Timing
from tests.jobs.clocks import FakeTime

TIMING = Timing(backoff=0.0, longest_backoff=300.0)
NOTHING: Any = dict


def rows(engine: Engine) -> list[JobRun]:
    with Session(engine) as session:
        return list(session.scalars(select(JobRun).order_by(JobRun.id)))


def add(engine: Engine, *slots: str, job: str = "report", tenant: int = 0) -> None:
    with engine.begin() as connection:
        ledger.add(connection, job, tenant, slots)


def claim(engine: Engine, holder: str) -> ledger.Claim:
    found = ledger.claim(engine, holder, ["report"], TIMING)
    assert found is not None
    return found


def test_a_slot_is_in_the_ledger_once(engine: Engine) -> None:
    add(engine, "2026-06-01", "2026-06-02")
    add(engine, "2026-06-02", "2026-06-03")
    add(engine, "2026-06-02", tenant=1)
    assert [(row.tenant, row.slot) for row in rows(engine)] == [
        (0, "2026-06-01"),
        (0, "2026-06-02"),
        (0, "2026-06-03"),
        (1, "2026-06-02"),
    ]
    with engine.connect() as connection:
        assert ledger.newest_slots(connection, "report") == {0: "2026-06-03", 1: "2026-06-02"}


def test_ten_workers_share_a_hundred_runs_without_one_twice(engine: Engine) -> None:
    for tenant in range(100):
        add(engine, "2026-06-01", tenant=tenant)
    got: list[int] = []
    together = threading.Barrier(10)

    def work(name: str) -> None:
        together.wait()
        while (found := ledger.claim(engine, name, ["report"], TIMING)) is not None:
            got.append(found.tenant)

    threads = [threading.Thread(target=work, args=(f"worker{n}",)) for n in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(got) == list(range(100))


def test_a_worker_leaves_alone_what_it_does_not_know_or_what_runs_already(engine: Engine) -> None:
    add(engine, "2026-06-01", job="of a newer version")
    add(engine, "2026-06-01", "2026-06-02")
    claim(engine, "alice")
    assert ledger.claim(engine, "bob", ["report"], TIMING) is None


def test_an_overtaken_worker_commits_nothing(engine: Engine) -> None:
    """Alice's worker is paused; Bob gets her run and finishes it; Alice's effects come too late."""
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE effect (who TEXT)"))
    add(engine, "2026-06-01")
    alice = claim(engine, "alice")
    time = FakeTime(now())
    stillness = IdleDetector(30, time.monotonic)
    assert ledger.return_overdue(engine, stillness, TIMING) == 0
    time.sleep(31)
    assert ledger.return_overdue(engine, stillness, TIMING) == 1
    bob = claim(engine, "bob")
    assert (bob.fence, bob.tries) == (2, 2)
    for claimed, late in ((alice, True), (bob, False), (bob, True)):
        try:
            with ledger.ending(engine, claimed, TIMING, NOTHING) as connection:
                connection.execute(text("INSERT INTO effect VALUES (:who)"), {"who": claimed.holder})
            assert not late
        except Overtaken:
            assert late
    with pytest.raises(Overtaken):
        ledger.failed(engine, alice, "too late", TIMING)
    with engine.connect() as connection:
        assert connection.execute(text("SELECT who FROM effect")).all() == [("bob",)]
    assert [row.state for row in rows(engine)] == [DONE]


def test_a_heart_that_beats_keeps_the_run(engine: Engine) -> None:
    add(engine, "2026-06-01")
    alice = claim(engine, "alice")
    time = FakeTime(now())
    stillness = IdleDetector(30, time.monotonic)
    for _ in range(5):
        assert ledger.return_overdue(engine, stillness, TIMING) == 0
        time.sleep(20)
        ledger.beat(engine, [alice])
    assert ledger.claim(engine, "bob", ["report"], TIMING) is None


def test_a_run_whose_worker_dies_five_times_is_a_dead_letter(engine: Engine) -> None:
    add(engine, "2026-06-01")
    time = FakeTime(now())
    stillness = IdleDetector(30, time.monotonic)
    for _ in range(5):
        claim(engine, "alice")
        ledger.return_overdue(engine, stillness, TIMING)
        time.sleep(31)
        assert ledger.return_overdue(engine, stillness, TIMING) == 1
    [row] = rows(engine)
    assert (row.state, row.tries, row.detail) == (DEAD, 5, "the worker ended, or hung, at every try")


def test_a_job_that_fails_is_tried_five_times_then_set_aside_and_can_be_retried(lake: Lake) -> None:
    calls: list[int] = []

    def fails(task: Task) -> None:
        calls.append(task.tries)
        with task.effects() as connection:
            connection.execute(update(JobRun).where(JobRun.job == "innocent").values(detail="changed"))
            raise ValueError("no such column: colour")

    add(lake.engine, "2026-06-01")
    with lake.engine.begin() as connection:
        connection.execute(
            insert(JobRun).values(job="innocent", tenant=0, slot="x", origin="clock", state=DONE)
        )
    executor = Executor(lake, "alice", {"report": Job("report", "", fails)}, TIMING)
    while executor.once():
        pass
    assert calls == [1, 2, 3, 4, 5]
    row, innocent = rows(lake.engine)
    assert (row.state, row.detail) == (DEAD, "ValueError: no such column: colour")
    assert innocent.detail == "", "a failed run changes nothing"
    with lake.engine.connect() as connection:
        assert [letter.id for letter in ledger.dead(connection)] == [row.id]
    assert not ledger.retry(lake.engine, innocent.id)
    assert ledger.retry(lake.engine, row.id)
    assert executor.once()
    assert calls[-1] == 1
    assert rows(lake.engine)[0].state == QUEUED


def test_a_failed_try_waits_longer_each_time_and_a_clock_set_back_does_not_stop_it(engine: Engine) -> None:
    add(engine, "2026-06-01")
    timing = Timing(backoff=10.0, longest_backoff=60.0)
    claimed = ledger.claim(engine, "alice", ["report"], timing)
    assert claimed is not None
    assert ledger.failed(engine, claimed, "why", timing) == QUEUED
    wait = (rows(engine)[0].due_at - now()).total_seconds()
    assert 8 < wait <= 10
    assert ledger.claim(engine, "alice", ["report"], timing) is None
    with engine.begin() as connection:  # as it looks after the clock went back by an hour
        connection.execute(update(JobRun).values(due_at=now() + timedelta(hours=1)))
    assert ledger.claim(engine, "alice", ["report"], timing) is not None


def test_run_now_queues_one_run_until_it_is_taken(engine: Engine) -> None:
    first = ledger.run_now(engine, "report", 7)
    assert ledger.run_now(engine, "report", 7) == first
    assert ledger.run_now(engine, "report", 8) != first
    assert claim(engine, "alice").id == first
    assert ledger.run_now(engine, "report", 7) != first
    assert {row.origin for row in rows(engine)} == {"person"}


def test_what_a_run_did_and_how_long_it_took_is_kept(lake: Lake) -> None:
    def works(task: Task) -> None:
        task.amount, task.detail = 42, "counted the beans"

    add(lake.engine, "2026-06-01")
    Executor(lake, "alice", {"report": Job("report", "", works)}, TIMING).once()
    [row] = rows(lake.engine)
    assert (row.state, row.amount, row.detail, row.holder) == (DONE, 42, "counted the beans", "alice")
    assert row.busy_ms is not None
    assert 0 <= row.busy_ms < 5_000


def test_old_runs_are_forgotten_but_not_the_newest_slot(engine: Engine) -> None:
    add(engine, "2026-06-01", "2026-06-02", "2026-06-03")
    long_ago = datetime(2026, 6, 3, tzinfo=UTC)
    with engine.begin() as connection:
        connection.execute(update(JobRun).values(state=DONE, finished_at=long_ago))
        assert ledger.forget(connection, DONE, long_ago + timedelta(days=14)) == 2
        assert ledger.newest_slots(connection, "report") == {0: "2026-06-03"}
    assert Counter(row.slot for row in rows(engine)) == {"2026-06-03": 1}
