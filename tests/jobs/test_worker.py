"""The worker: it goes on after failures, says so, and stops when told."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.jobs import JobRun, Lease
from dashapp.db.security import WorkerBeat
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.query.ask import Query, ask
from data.scope import Scope
from jobs import worker
from jobs.intake.refresh import RefreshLoop
from jobs.runtime import ledger
from jobs.runtime.job import Job, Task
from jobs.runtime.timing import Timing
from jobs.worker import Worker

QUICK = Timing(lease_ttl=1.0, lease_renew=0.1, heartbeat=0.1, overdue=1.0, poll=0.02, drain=5.0)


def rounds(stop: threading.Event, failures: int = 0, of: int = 3) -> Callable[[], int]:
    """Stands in for a round: fails `failures` times, sets `stop` in the last."""
    calls = 0

    def round_of_work() -> int:
        nonlocal calls
        calls += 1
        if calls <= failures:
            raise OSError(28, "No space left on device")
        if calls >= of:
            stop.set()
        return 5

    return round_of_work


class Waits(threading.Event):
    """An event that nobody sets in time: it notes how long it was waited for."""

    def __init__(self) -> None:
        super().__init__()
        self.waits: list[float] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.waits.append(timeout or 0)
        return self.is_set()


def test_a_failure_is_a_sentence_and_a_growing_pause(caplog: pytest.LogCaptureFixture) -> None:
    stop = Waits()
    with caplog.at_level(logging.ERROR, logger="vitrine.worker"):
        worker.loop(stop, rounds(stop, failures=9, of=10))
    assert stop.waits[:9] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert len(caplog.records) == 9
    assert caplog.messages[0] == (
        "The worker could not go on and tries again in 0.5 s: OSError: [Errno 28] No space left on device"
    )
    assert all(record.exc_info is None for record in caplog.records)


def test_a_long_round_is_followed_by_a_long_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rounds of 0, 1 and 60 seconds: a quarter of a second, twice as long as it took, and never above five."""
    stop, times = Waits(), iter([0.0, 0.0, 10.0, 11.0, 20.0, 80.0])
    monkeypatch.setattr(worker, "time", SimpleNamespace(monotonic=lambda: next(times)))
    worker.loop(stop, rounds(stop, failures=0, of=3))
    assert stop.waits == [0.25, 2.0, 5.0]


def test_the_pause_starts_again_after_a_success() -> None:
    stop = Waits()
    outcomes: list[Any] = [OSError("one"), OSError("two"), 1, OSError("three"), None]

    def round_of_work() -> int:
        outcome = outcomes.pop(0)
        if not outcomes:
            stop.set()
        if isinstance(outcome, Exception):
            raise outcome
        return 1

    worker.loop(stop, round_of_work)
    assert stop.waits[0:2] == [0.5, 1]
    assert stop.waits[2] <= worker.PAUSE_S
    assert stop.waits[3] == 0.5


def test_sigterm_lets_round_and_run_finish_and_gives_everything_back(sqlite_lake: Lake) -> None:
    """The signal comes in the middle of a run: the run ends `done`, the lease is free, the beat is gone."""
    stop = threading.Event()
    finished: list[bool] = []

    def slowly(task: Task) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.3)
        finished.append(stop.is_set())

    before = signal.signal(signal.SIGTERM, lambda *_: stop.set())
    try:
        run_id = ledger.run_now(sqlite_lake.engine, "slow", 0)
        Worker(sqlite_lake, jobs={"slow": Job("slow", "", slowly)}, timing=QUICK).run(stop)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert finished == [True]
    with Session(sqlite_lake.engine) as session:
        assert session.get_one(JobRun, run_id).state == "done"
        assert session.scalars(select(Lease)).one().holder == ""
        assert session.scalars(select(WorkerBeat)).all() == []


def test_a_run_that_does_not_end_in_time_is_left_to_another_worker(sqlite_lake: Lake) -> None:
    stop, free = threading.Event(), threading.Event()

    def for_long(task: Task) -> None:
        stop.set()
        free.wait(10)

    run_id = ledger.run_now(sqlite_lake.engine, "long", 0)
    hurried = Timing(lease_renew=0.1, heartbeat=0.1, poll=0.02, drain=0.3)
    Worker(sqlite_lake, jobs={"long": Job("long", "", for_long)}, timing=hurried).run(stop)
    with Session(sqlite_lake.engine) as session:
        row = session.get_one(JobRun, run_id)
        assert (row.state, row.tries, row.holder) == ("queued", 0, "")
    free.set()


def test_the_real_jobs_all_run_once_at_the_start(sqlite_lake: Lake) -> None:
    """Nothing has ever run: the leader queues the current slot of every job on the clock, and each succeeds.

    Jobs that run for each workspace are left out: there is none here.
    """
    from jobs.registry import jobs

    stop = threading.Event()
    thread = threading.Thread(target=Worker(sqlite_lake, timing=QUICK).run, args=(stop,))
    thread.start()
    expected = {name for name, job in jobs().items() if job.when is not None and not job.each_workspace}
    deadline = time.monotonic() + 20
    seen: dict[str, str] = {}
    while time.monotonic() < deadline:
        time.sleep(0.05)
        with Session(sqlite_lake.engine) as session:
            seen = {row.job: row.state for row in session.scalars(select(JobRun))}
        if expected <= set(seen) and set(seen.values()) == {"done"}:
            break
    stop.set()
    thread.join()
    assert {name: seen.get(name) for name in expected} == dict.fromkeys(expected, "done")


def test_what_came_in_is_in_the_marts_after_a_round(lake: Lake, north: Any) -> None:
    """The real thing once, on both databases: three e-mails to Harbour Coffee leads, a round, an answer."""
    received = datetime(2024, 9, 2, 12, tzinfo=UTC)
    events = [
        canonical(
            {
                "event_id": f"e{n}",
                "event": "sent",
                "occurred_at": f"2024-09-02T0{n}:00:00Z",
                "message_id": f"m{n}",
                "lead": f"lead{n}@leads.example",
            },
            received_at=received,
        )
        for n in range(3)
    ]
    Inbox(lake.engine).put(north.harbour, None, events, received_at=received)
    fold = RefreshLoop(lake, "w", lambda: True, lambda _: True)
    assert fold.round() == 6  # three moved to a segment, three taken into the marts
    assert fold.round() == 0
    question = Query.model_validate({"name": "sent_emails", "from": "2024-09-02", "to": "2024-09-02"})
    answer = ask(lake, Scope(frozenset({north.harbour})), north.harbour, question)
    assert answer["total"] == 3
    fold.close()
    with Session(lake.engine) as session:
        told = session.scalars(select(JobRun)).one()
    assert (told.job, told.amount, told.state, told.origin) == ("fold", 3, "done", "worker")
    assert told.finished_at is not None
    assert (now() - told.finished_at).total_seconds() < 30
