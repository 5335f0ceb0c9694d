"""The clock that never goes back, the bell, and what has not moved for a while."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from jobs.runtime.clock import JobTimer
from jobs.runtime.job import Job
from jobs.runtime.slots import Every
from jobs.runtime.timing import Clock, IdleDetector, Timing
from tests.jobs.clocks import FakeTime

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)


def test_the_steady_clock_goes_on_when_the_wall_clock_is_set_back() -> None:
    time = FakeTime(NOON)
    clock = Clock(time.wall, time.monotonic)
    time.sleep(60)
    assert clock.steady() == NOON + timedelta(seconds=60)
    time.set_wall(time.wall() - timedelta(hours=1))
    time.sleep(30)
    assert clock.steady() == NOON + timedelta(seconds=90)
    time.set_wall(time.wall() + timedelta(hours=3))
    assert clock.steady() == time.wall()


def test_it_goes_on_from_what_an_earlier_leader_used() -> None:
    time = FakeTime(NOON)
    clock = Clock(time.wall, time.monotonic)
    clock.not_before(NOON + timedelta(hours=1))
    time.sleep(10)
    assert clock.steady() == NOON + timedelta(hours=1, seconds=10)
    clock.not_before(NOON)
    assert clock.steady() == NOON + timedelta(hours=1, seconds=10)


def test_a_moved_wall_clock_is_noticed_once() -> None:
    time = FakeTime(NOON)
    clock = Clock(time.wall, time.monotonic)
    time.sleep(86_400)
    assert not clock.drifted()
    time.set_wall(time.wall() + timedelta(seconds=4))
    assert not clock.drifted()
    time.set_wall(time.wall() + timedelta(seconds=4))
    assert clock.drifted()
    assert not clock.drifted()
    time.set_wall(time.wall() - timedelta(days=1))
    assert clock.drifted()


def test_stillness_asks_for_the_same_value_at_every_look() -> None:
    time = FakeTime(NOON)
    still = IdleDetector(10, time.monotonic)
    assert not still.still("run", 1)
    time.sleep(9)
    assert not still.still("run", 1)
    time.sleep(1)
    assert still.still("run", 1)
    assert not still.still("run", 2)
    time.sleep(11)
    assert still.still("run", 2)
    still.keep({"another"})
    assert not still.still("run", 2)


def test_five_tries_come_within_a_minute() -> None:
    """One poisonous message in a thousand is set aside within 60 s."""
    waits = [Timing().wait_after(tries) for tries in range(1, 5)]
    assert waits == [2, 4, 8, 16]
    assert sum(waits) < 60
    assert Timing().wait_after(30) == 300


def cannot_start(_: threading.Thread) -> None:
    raise RuntimeError("can't start new thread")


def test_a_bell_that_could_not_be_wound_can_be_stopped_and_wound_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    minutely = Job("minutely", "", lambda task: None, Every(60))
    bell = JobTimer([minutely], lambda job: None)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", cannot_start)
        with pytest.raises(RuntimeError, match="new thread"):
            bell.start()
    assert not bell.runs
    bell.stop()
    bell.start()
    assert bell.runs
    bell.stop()
