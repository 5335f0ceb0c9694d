"""One leader: Alice's worker leads, Bob's and Charlie's stand by and take over, and a late leader does nothing."""

from __future__ import annotations

import errno
import os
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from dashapp.db.jobs import Lease as Row
from jobs.runtime.leader import Leader
from jobs.runtime.lease import Lease, NotLeader, _ProcessLock
from jobs.runtime.timing import Timing
from tests.jobs.clocks import FakeTime

NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
TTL = 15.0


def holder(engine: Engine) -> tuple[str, int]:
    with Session(engine) as session:
        row = session.scalars(select(Row)).one()
        return row.holder, row.fence


@pytest.fixture
def without_flock(monkeypatch: pytest.MonkeyPatch) -> None:
    """As if on another machine, or with PostgreSQL: nothing tells that a process is gone."""
    monkeypatch.setattr(_ProcessLock, "known", False)


def test_the_first_leads_and_the_second_waits(engine: Engine) -> None:
    alice, bob = Lease(engine, "alice", TTL), Lease(engine, "bob", TTL)
    assert alice.keep()
    assert not bob.keep()
    assert alice.keep()
    assert holder(engine) == ("alice", 1)
    assert (alice.fence, bob.fence) == (1, None)


def test_of_many_at_once_one_leads(engine: Engine) -> None:
    """Eight threads, first with no row at all, then with one given back."""
    for fence in (1, 2):
        leases = [Lease(engine, f"worker{n}", TTL) for n in range(8)]
        together, led = threading.Barrier(8), []

        def take(lease: Lease, together: threading.Barrier = together, led: list[Lease] = led) -> None:
            together.wait()
            if lease.keep():
                led.append(lease)

        threads = [threading.Thread(target=take, args=(lease,)) for lease in leases]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(led) == 1
        assert led[0].fence == fence
        led[0].give_back()


def test_what_is_given_back_is_free_at_once(engine: Engine) -> None:
    alice, bob = Lease(engine, "alice", TTL), Lease(engine, "bob", TTL)
    alice.keep()
    alice.give_back()
    assert bob.keep()
    assert holder(engine) == ("bob", 2)


def test_a_paused_leader_is_followed_and_its_fence_is_worth_nothing(
    engine: Engine, without_flock: None
) -> None:
    """The wall clock stands still for everybody: the takeover needs nothing but Bob's own patience."""
    time = FakeTime(datetime.now(UTC))
    alice, bob = (
        Lease(engine, "alice", TTL),
        Lease(engine, "bob", TTL, wall=time.wall, monotonic=time.monotonic),
    )
    alice.keep()
    assert not bob.keep()
    time.sleep(TTL - 1)
    time.set_wall(time.wall() - timedelta(hours=1))  # and set back, so that the lease seems good for an hour
    assert not bob.keep()
    time.sleep(1)
    assert bob.keep()
    assert holder(engine) == ("bob", 2)
    with engine.begin() as connection, pytest.raises(NotLeader):
        alice.hold(connection)
    assert not alice.keep()
    assert alice.fence is None
    with engine.begin() as connection:
        bob.hold(connection)


def test_a_leader_that_renews_is_never_followed(engine: Engine, without_flock: None) -> None:
    time = FakeTime(datetime.now(UTC))
    alice, bob = (
        Lease(engine, name, TTL, wall=time.wall, monotonic=time.monotonic) for name in ("alice", "bob")
    )
    for _ in range(20):
        assert alice.keep()
        assert not bob.keep()
        time.sleep(5)
    assert holder(engine) == ("alice", 1)


def test_an_expired_lease_is_taken_at_the_first_look(sqlite_engine: Engine, without_flock: None) -> None:
    time = FakeTime(NOON)
    alice, bob = (
        Lease(sqlite_engine, name, TTL, wall=time.wall, monotonic=time.monotonic) for name in ("alice", "bob")
    )
    alice.keep()
    time.sleep(TTL + 1)
    assert bob.keep()


def test_on_sqlite_a_dead_leader_is_followed_at_once(sqlite_engine: Engine) -> None:
    """Its lock is gone with it, long before the lease ends."""
    alice, bob = Lease(sqlite_engine, "alice", TTL), Lease(sqlite_engine, "bob", TTL)
    alice.keep()
    assert not bob.keep()
    alice._file.release()  # what the kernel does at kill -9
    assert bob.keep()
    assert not alice.keep()
    assert bob.keep()
    assert holder(sqlite_engine) == ("bob", 2)


def test_nobody_takes_the_lease_inside_the_leaders_transaction(engine: Engine, without_flock: None) -> None:
    """Bob's takeover waits for the end of Alice's transaction: what she writes is written in her own time."""
    alice, bob = Lease(engine, "alice", 0.0), Lease(engine, "bob", TTL)
    alice.keep()
    took: list[bool] = []
    thread = threading.Thread(target=lambda: took.append(bob.keep()))
    if engine.dialect.name == "postgresql":
        alice._ttl = TTL
    with engine.begin() as connection:
        alice.hold(connection)
        thread.start()
        thread.join(0.5)
        assert took == []
    thread.join(5)
    assert took == [True]
    assert holder(engine) == ("bob", 2)


def test_a_full_disk_does_not_end_the_leaders_thread(
    sqlite_engine: Engine, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The file of the process lock cannot be made, twice; then there is room again, and Alice leads."""
    real, fails = os.open, [True, True]

    def full(path: Any, *given: Any, **named: Any) -> int:
        if str(path).endswith(".leader") and fails:
            fails.pop()
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, *given, **named)

    monkeypatch.setattr("jobs.runtime.lease.os.open", full)
    alice = Leader(sqlite_engine, "alice", {}, Timing(lease_renew=0.01))
    stop = threading.Event()
    thread = threading.Thread(target=alice.run, args=(stop,))
    thread.start()
    for _ in range(500):
        if alice.leads or not thread.is_alive():
            break
        stop.wait(0.01)
    led = alice.leads
    stop.set()
    thread.join(10)
    assert led
    assert sum("cannot lead just now: OSError: [Errno 28]" in message for message in caplog.messages) == 2
