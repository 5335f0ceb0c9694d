"""The leader plans: what is due is in the ledger once, through outages, takeovers and moved clocks."""

from __future__ import annotations

import errno
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from dashapp.db.jobs import DEAD, DONE, JobRun
from dashapp.db.tenants import Workspace
from data.lake.lake import Lake
from jobs.runtime import leader as module
from jobs.runtime.executor import Executor
from jobs.runtime.job import Job, Task
from jobs.runtime.leader import Leader
from jobs.runtime.lease import NotLeader, _ProcessLock
from jobs.runtime.slots import Daily, Every
from jobs.runtime.timing import Clock, Timing
from tests.jobs.clocks import FakeTime

BEFORE_THE_CHANGE = datetime(2026, 10, 24, 20, tzinfo=UTC)  # Berlin's clock goes back at 01:00 UTC that night


class Silent:
    """A bell that never rings: the tests ring."""

    def __init__(self, *_: object) -> None:
        self.runs, self.wound = False, 0

    def start(self) -> None:
        self.runs, self.wound = True, self.wound + 1

    def stop(self) -> None:
        self.runs = False


@pytest.fixture(autouse=True)
def silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "JobTimer", Silent)
    monkeypatch.setattr(_ProcessLock, "known", False)


@pytest.fixture
def time() -> Iterator[FakeTime]:
    return FakeTime(BEFORE_THE_CHANGE)  # type: ignore[return-value]


def nothing(task: Task) -> None:
    """A job that does nothing."""


def leader(engine: Engine, time: FakeTime, name: str, *jobs: Job) -> Leader:
    return Leader(engine, name, {job.name: job for job in jobs}, Timing(), Clock(time.wall, time.monotonic))


def slots(engine: Engine, job: str) -> dict[int, list[str]]:
    with Session(engine) as session:
        rows = session.scalars(select(JobRun).where(JobRun.job == job).order_by(JobRun.id))
        found: dict[int, list[str]] = {}
        for row in rows:
            found.setdefault(row.tenant, []).append(row.slot)
        return found


SNAPSHOT = Job("snapshot", "", nothing, Daily(hour=2), each_workspace=True, takes_workspace=True)
MINUTELY = Job("minutely", "", nothing, Every(60, catch_up=100))


def test_each_client_has_its_own_business_dates(
    engine: Engine, north: Any, south: Any, time: FakeTime
) -> None:
    """A week with a change of clock in Madrid: seven dates each, whatever the offset, none twice."""
    alice = leader(engine, time, "alice", SNAPSHOT)
    for quarter in range(7 * 96):
        if quarter % 40 == 0:
            alice.step()
        alice.plan(SNAPSHOT)
        time.sleep(900)
    dates = [f"2026-10-{day}" for day in range(24, 32)]
    found = slots(engine, "snapshot")
    assert found[north.harbour] == dates  # 22:00 there at the start: the 24th has begun; and the 31st has
    assert found[north.pine] == dates
    assert found[south.colossus] == [f"2026-10-{day}" for day in range(24, 32)]


def test_dates_missed_by_everybody_are_found_by_the_next_leader(
    engine: Engine, north: Any, time: FakeTime
) -> None:
    leader(engine, time, "alice", SNAPSHOT).step()
    time.sleep(4 * 86_400)
    bob = leader(engine, time, "bob", SNAPSHOT)
    bob.step()
    time.sleep(16)  # a server's own clock did not jump with the test's: there the lease is watched for 15 s
    bob.step()
    assert slots(engine, "snapshot")[north.harbour] == [f"2026-10-{day}" for day in range(24, 29)]


@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]
)
def test_a_moved_clock_stops_and_doubles_nothing(
    sqlite_engine: Engine, time: FakeTime, jump: timedelta
) -> None:
    """The next run comes within a period, and no slot twice. A ring a minute, before and after."""
    alice = leader(sqlite_engine, time, "alice", MINUTELY)

    def minutes(n: int) -> int:
        before = len(slots(sqlite_engine, "minutely").get(0, []))
        for _ in range(n):
            alice.step()
            alice.plan(MINUTELY)
            time.sleep(60)
        return len(slots(sqlite_engine, "minutely")[0]) - before

    assert minutes(5) == 5
    time.set_wall(time.wall() + jump)
    first = minutes(1)
    # Forth: the periods that were jumped over are made up for, as after an outage. Back: one a minute.
    assert first == (1 if jump < timedelta() else 61 if jump == timedelta(hours=1) else 100)
    assert minutes(5) == 5
    assert alice._timer.wound == 2, "the bell is wound anew after the clock was moved"  # type: ignore[attr-defined]


def test_a_clock_that_was_a_year_ahead_leaves_no_year_without_dates(
    engine: Engine, north: Any, south: Any, time: FakeTime
) -> None:
    """For an hour it shows 2027. When it is right again the dates go on, and those of an outage are made up for."""
    alice = leader(engine, time, "alice", SNAPSHOT)
    alice.step()
    time.set_wall(time.wall() + timedelta(days=365))
    alice.plan(SNAPSHOT)
    assert max(slots(engine, "snapshot")[south.colossus]) == "2027-10-24"  # 01:30 on the 25th there
    time.set_wall(time.wall() - timedelta(days=365))
    alice.plan(SNAPSHOT)
    time.sleep(86_400)
    alice.plan(SNAPSHOT)
    time.sleep(3 * 86_400)
    alice.plan(SNAPSHOT)
    for found in slots(engine, "snapshot").values():
        assert [slot for slot in found if slot < "2027"] == [f"2026-10-{day}" for day in range(24, 29)]
        assert len(set(found)) == len(found)


def test_a_new_leader_under_a_clock_set_back_goes_on_at_once(sqlite_engine: Engine, time: FakeTime) -> None:
    leader(sqlite_engine, time, "alice", MINUTELY).step()
    time.sleep(60)
    time.set_wall(time.wall() - timedelta(days=1))
    bob = leader(sqlite_engine, time, "bob", MINUTELY)
    bob.step()
    time.sleep(20)
    assert not bob.leads, "Alice's lease stands, by the database"
    time.sleep(60)
    bob.step()
    assert bob.leads
    for _ in range(3):
        time.sleep(60)
        bob.plan(MINUTELY)
    assert len(slots(sqlite_engine, "minutely")[0]) == 4


def test_a_leader_that_was_paused_writes_nothing(sqlite_engine: Engine, time: FakeTime) -> None:
    alice, bob = leader(sqlite_engine, time, "alice", MINUTELY), leader(sqlite_engine, time, "bob", MINUTELY)
    alice.step()
    time.sleep(3_600)
    bob.step()
    assert bob.leads
    time.sleep(60)
    written = slots(sqlite_engine, "minutely")
    with pytest.raises(NotLeader):
        alice.plan(MINUTELY)
    assert slots(sqlite_engine, "minutely") == written
    alice.step()
    assert not alice.leads


def test_a_run_that_waits_does_the_next_ones_work(sqlite_engine: Engine, time: FakeTime) -> None:
    """No executor is free for ten minutes: one refresh waits, not ten."""
    refresh = Job("refresh", "", nothing, Every(60))
    alice = leader(sqlite_engine, time, "alice", refresh)
    for _ in range(10):
        alice.step()
        alice.plan(refresh)
        time.sleep(60)
    assert slots(sqlite_engine, "refresh") == {0: ["2026-10-24T20:00:00Z"]}
    with sqlite_engine.begin() as connection:
        connection.execute(update(JobRun).values(state=DONE))
    alice.plan(refresh)
    assert slots(sqlite_engine, "refresh") == {0: ["2026-10-24T20:00:00Z", "2026-10-24T20:10:00Z"]}


def test_of_a_job_that_fails_every_minute_one_dead_letter_stays(sqlite_lake: Lake, time: FakeTime) -> None:
    """And none once it goes well again. Business dates are not each other's work: they all stay."""
    outcomes = [False]

    def fails(task: Task) -> None:
        if not outcomes[-1]:
            raise ValueError("still broken")

    for when, stay in ((Every(60), 1), (Daily(), 3)):
        job = Job(f"broken-{stay}", "", fails, when)
        alice = leader(sqlite_lake.engine, time, "alice", job)
        executor = Executor(sqlite_lake, "alice", {job.name: job}, Timing(backoff=0.0))
        for healthy in (False, False, False, True):
            outcomes.append(healthy)
            alice.step()
            alice.plan(job)
            while executor.once():
                pass
            time.sleep(86_400)
        with Session(sqlite_lake.engine) as session:
            states = [row.state for row in session.scalars(select(JobRun).where(JobRun.job == job.name))]
        assert states.count(DEAD) == (0 if stay == 1 else 3)
        assert states.count(DONE) == 1


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("UPDATE lease", {}, Exception("gone")),
        OSError(errno.ENOSPC, "No space left on device"),
        RuntimeError("can't start new thread"),
    ],
)
def test_what_goes_wrong_ends_the_leadership_for_a_turn_not_the_worker(
    sqlite_engine: Engine, time: FakeTime, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    """At Alice's second turn; Bob may lead until her third."""
    alice = leader(sqlite_engine, time, "alice", MINUTELY)
    stop, seen = threading.Event(), []
    real = alice.step

    def step() -> None:
        seen.append(alice.leads)
        if len(seen) == 2:
            raise error
        if len(seen) == 3:
            bob = leader(sqlite_engine, time, "bob", MINUTELY)
            bob.step()
            assert bob.leads, "she has given the lease back"
            bob._give_up()
        real()
        if len(seen) == 4:
            stop.set()

    monkeypatch.setattr(alice, "step", step)
    alice._timing = Timing(lease_renew=0.01)
    alice.run(stop)
    assert seen == [False, True, False, True]


def test_a_time_zone_this_machine_does_not_know_stops_no_other_workspaces_runs(
    engine: Engine, north: Any, south: Any, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    """Pine's zone is newer than this machine's tz database: Harbour and Colossus have their dates, and what is for
    nobody in particular is planned as well."""
    with engine.begin() as connection:
        connection.execute(
            update(Workspace).where(Workspace.id == north.pine).values(timezone="Mars/Olympus")
        )
    nightly = Job("nightly", "", nothing, Daily())
    alice = leader(engine, time, "alice", SNAPSHOT, nightly, MINUTELY)
    alice.step()
    assert alice.leads
    assert slots(engine, "snapshot") == {north.harbour: ["2026-10-24"], south.colossus: ["2026-10-24"]}
    assert slots(engine, "nightly") == {0: ["2026-10-24"]}
    assert slots(engine, "minutely") == {0: ["2026-10-24T20:00:00Z"]}
    assert caplog.messages == [
        f"Workspace {north.pine} has no run of snapshot: this machine knows no Mars/Olympus."
    ]
    with engine.begin() as connection:
        connection.execute(update(Workspace).where(Workspace.id == north.pine).values(timezone="Asia/Tokyo"))
    alice.plan(SNAPSHOT)
    assert slots(engine, "snapshot")[north.pine] == ["2026-10-25"]  # 05:00 there


def test_a_job_that_cannot_be_planned_stops_no_other_job(
    sqlite_engine: Engine, time: FakeTime, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Every):
        def due(self, *_: object) -> list[str]:
            raise ValueError("no calendar")

    alice = leader(sqlite_engine, time, "alice", Job("broken", "", nothing, Broken(60)), MINUTELY)
    alice.step()
    assert slots(sqlite_engine, "minutely") == {0: ["2026-10-24T20:00:00Z"]}
    assert "A run of broken could not be queued: ValueError: no calendar" in caplog.messages
