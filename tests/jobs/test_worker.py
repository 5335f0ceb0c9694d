"""The worker: it goes on after failures, says so, and stops when told."""

from __future__ import annotations

import logging
import os
import signal
import threading
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.security import WorkerBeat
from data.events import canonical
from data.inbox import Inbox
from data.lake import Lake
from data.query import Query, ask
from data.scope import Scope
from jobs import worker


class Round:
    """Stands in for the work of one round: fails `failures` times, then sets `stop` after `rounds` rounds."""

    def __init__(self, stop: threading.Event, failures: int = 0, rounds: int = 3) -> None:
        self.stop, self.failures, self.rounds, self.calls = stop, failures, rounds, 0

    def __call__(self, lake: Lake) -> int:
        self.calls += 1
        if self.calls <= self.failures:
            raise OSError(28, "No space left on device")
        if self.calls >= self.rounds:
            self.stop.set()
        return 5


def test_it_works_until_it_is_stopped(sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    work = Round(stop)
    monkeypatch.setattr(worker, "work", work)
    worker.run(sqlite_lake, stop)
    assert work.calls == 3
    with Session(sqlite_lake.engine) as session:
        [beat] = session.scalars(select(WorkerBeat))
    assert beat.name == worker.worker_name()


def test_a_failure_is_a_sentence_and_a_growing_pause(
    sqlite_lake: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    waits: list[float] = []

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            return self.is_set()

    stop = Stop()
    with caplog.at_level(logging.ERROR, logger="vitrine.worker"):
        worker._loop(sqlite_lake, stop, Round(stop, failures=9, rounds=10))
    assert waits[:9] == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]
    assert len(caplog.records) == 9
    assert caplog.messages[0] == (
        "The worker could not go on and tries again in 0.5 s: OSError: [Errno 28] No space left on device"
    )
    assert all(record.exc_info is None for record in caplog.records)


def test_the_pause_starts_again_after_a_success(sqlite_lake: Lake) -> None:
    waits: list[float] = []
    outcomes: list[Any] = [OSError("one"), OSError("two"), 1, OSError("three")]

    class Stop(threading.Event):
        def wait(self, timeout: float | None = None) -> bool:
            waits.append(timeout or 0)
            if not outcomes:
                self.set()
            return self.is_set()

    def work(lake: Lake) -> int:
        outcome = outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return int(outcome)

    worker._loop(sqlite_lake, Stop(), work)
    assert waits[0:2] == [0.5, 1]
    assert waits[2] <= worker.PAUSE_S
    assert waits[3] == 0.5


def test_sigterm_lets_the_round_finish(sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    stop = threading.Event()
    finished: list[bool] = []

    def work(lake: Lake) -> int:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(0.1)
        finished.append(stop.is_set())
        return 1

    monkeypatch.setattr(worker, "work", work)
    before = signal.getsignal(signal.SIGTERM)
    with worker.stopped_by_signals(stop):
        worker.run(sqlite_lake, stop)
    assert finished == [True]
    assert signal.getsignal(signal.SIGTERM) is before


def test_a_beat_is_one_row_a_worker(sqlite_lake: Lake) -> None:
    worker.beat(sqlite_lake)
    with Session(sqlite_lake.engine) as session:
        first = session.scalars(select(WorkerBeat)).one().at
    worker.beat(sqlite_lake)
    with Session(sqlite_lake.engine) as session:
        assert session.scalars(select(WorkerBeat)).one().at > first


def test_a_round_drains_and_refreshes(sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    from data import build, segments

    class Refreshed:
        events = 3

    monkeypatch.setattr(segments, "drain", lambda lake, limit_events: 4)
    monkeypatch.setattr(build, "refresh", lambda lake: Refreshed())
    assert worker.work(sqlite_lake) == 7


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
    assert worker.work(lake) >= 3
    assert worker.work(lake) == 0
    question = Query.model_validate({"name": "sent_emails", "from": "2024-09-02", "to": "2024-09-02"})
    answer = ask(lake, Scope(frozenset({north.harbour})), north.harbour, question)
    assert answer["total"] == 3
