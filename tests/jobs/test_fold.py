"""The fast loop: who does what, and one workspace's fault is nobody else's."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.jobs import DEAD, DONE, QUEUED, JobRun
from data.building import build
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.lake.tables import inbox, parked, segment
from jobs.intake import refresh as fold
from jobs.intake.refresh import HELP_S, RefreshLoop
from jobs.registry import jobs
from jobs.runtime.executor import Executor
from jobs.runtime.timing import IdleDetector, Timing
from tests.jobs import events as made

AT_ONCE = Timing(backoff=0.0)
Folds = Callable[..., RefreshLoop]


def runs(lake: Lake) -> list[JobRun]:
    with Session(lake.engine) as session:
        return list(session.scalars(select(JobRun).where(JobRun.job == "refresh-marts").order_by(JobRun.id)))


def waiting(lake: Lake) -> int:
    with lake.engine.connect() as connection:
        return connection.scalar(select(func.count()).select_from(inbox)) or 0


@pytest.fixture
def ticks(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """A monotonic clock for `IdleDetector`: its last number is the time."""
    times = [0.0]
    monkeypatch.setattr(fold, "IdleDetector", lambda seconds: IdleDetector(seconds, lambda: times[-1]))
    return times


def put(lake: Lake, workspace_id: int, event_id: str) -> None:
    from data.events.canonical import canonical

    at = datetime.now(UTC)
    record = {"event_id": event_id, "event": "sent", "message_id": event_id, "lead": "lou@leads.example"}
    record["occurred_at"] = "2024-09-02T10:00:00Z"
    Inbox(lake.engine).put(workspace_id, None, [canonical(record, received_at=at)], received_at=at)


def test_the_leader_drains_and_the_others_help_when_it_does_not(
    sqlite_lake: Lake, ticks: list[float]
) -> None:
    put(sqlite_lake, 1, "a")
    bob = RefreshLoop(sqlite_lake, "bob", lambda: False, lambda _: True)
    assert bob.round() == 0
    assert waiting(sqlite_lake) == 1
    ticks.append(HELP_S)
    assert bob.round() == 1
    assert waiting(sqlite_lake) == 0
    put(sqlite_lake, 1, "b")
    alice = RefreshLoop(sqlite_lake, "alice", lambda: True, lambda _: False)
    assert alice.round() == 1
    assert waiting(sqlite_lake) == 0


def test_each_refreshes_its_share_and_helps_with_what_stands_still(
    sqlite_lake: Lake, ticks: list[float], sqlite_engine: Any
) -> None:
    from tests.support.tenants import make_north

    with Session(sqlite_engine) as session, session.begin():
        north = make_north(session)
    made.write(sqlite_lake, made.sends(north.harbour, "h", 2), made.sends(north.pine, "p", 3))
    alice = RefreshLoop(
        sqlite_lake, "alice", lambda: True, lambda workspace_id: workspace_id == north.harbour
    )
    assert alice.round() == 2
    assert alice.round() == 0  # Pine Dental is Bob's share, and he has just got it
    ticks.append(HELP_S)
    assert alice.round() == 3  # but he does not come
    assert (made.sent_emails(sqlite_lake, north.harbour), made.sent_emails(sqlite_lake, north.pine)) == (2, 3)


@pytest.mark.postgres_long
def test_one_poisonous_event_in_a_thousand_is_parked_after_five_tries_and_the_rest_goes_on(
    lake: Lake, north: Any, south: Any, caplog: pytest.LogCaptureFixture
) -> None:
    """Colossus gets 1,000 events of which one cannot be; Harbour and Pine, in the same file, wait for nothing."""
    bad = made.poisoned(made.sends(south.colossus, "c", 1_000), row=617)
    made.write(lake, made.sends(north.harbour, "h", 2), made.sends(north.pine, "p", 3), bad)
    alice = RefreshLoop(lake, "alice", lambda: True, lambda _: True)
    assert alice.round() == 5
    assert made.sent_emails(lake, north.harbour) == 2
    assert made.sent_emails(lake, north.pine) == 3
    assert alice.round() == 0, "it is set apart"
    [run] = runs(lake)
    assert (run.tenant, run.origin, run.state) == (south.colossus, "worker", QUEUED)

    executor, tries = Executor(lake, "alice", jobs(), AT_ONCE), 1
    while executor.once():
        tries += 1
    assert tries == 5
    [run] = runs(lake)
    assert (run.state, run.amount, run.detail) == (DONE, 999, "took in 999 events and parked 1")
    assert made.sent_emails(lake, south.colossus) == 999
    with lake.engine.connect() as connection:
        [row] = connection.execute(select(parked))
        [file] = connection.execute(select(segment))
    assert (row.workspace_id, row.where) == (south.colossus, "event c-617")
    assert str(made.BEYOND) in row.raw
    assert file.events == 1_004
    made.write(lake, made.sends(south.colossus, "later", 1))
    assert alice.round() == 1, "what comes later goes the fast way again"
    assert made.sent_emails(lake, south.colossus) == 1_000
    build.refresh(lake, full=True)
    assert made.sent_emails(lake, south.colossus) == 1_000


def test_a_lost_segment_is_a_dead_letter_and_heals_when_the_file_is_back(
    lake: Lake, north: Any, south: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    made.write(lake, made.sends(south.colossus, "c", 4))
    [file] = (lake.root / "segments").rglob("*.parquet")
    away = file.rename(file.with_suffix(".away"))
    made.write(lake, made.sends(north.harbour, "h", 2))
    alice = RefreshLoop(lake, "alice", lambda: True, lambda _: True)
    alice.round()
    assert made.sent_emails(lake, north.harbour) == 2
    executor = Executor(lake, "alice", jobs(), AT_ONCE)
    while executor.once():
        pass
    [run] = runs(lake)
    assert (run.tenant, run.state, run.tries) == (south.colossus, DEAD, 5)
    assert "cannot be read" in run.detail
    made.write(lake, made.sends(north.harbour, "more", 1))
    assert alice.round() == 1
    away.rename(file)
    assert alice.round() == 0, "not tried all the time"
    with lake.engine.begin() as connection:
        connection.execute(update(JobRun).values(finished_at=now() - timedelta(minutes=6)))
    assert alice.round() == 4
    [run] = runs(lake)
    assert (run.state, run.detail) == (DONE, "healed: a later refresh went well")
    assert made.sent_emails(lake, south.colossus) == 4


@pytest.mark.postgres_long
def test_of_all_who_wait_each_may_have_an_event_of_its_own_that_cannot_be(
    lake: Lake, north: Any, south: Any
) -> None:
    """Harbour and Colossus have one bad event each and nobody else waits: it is theirs, not the machine's."""
    made.write(
        lake,
        made.poisoned(made.sends(north.harbour, "h", 4), row=1),
        made.poisoned(made.sends(south.colossus, "c", 6), row=2),
    )
    alice = RefreshLoop(lake, "alice", lambda: True, lambda _: True)
    assert alice.round() == 0
    assert [(run.tenant, run.state) for run in runs(lake)] == [
        (north.harbour, QUEUED),
        (south.colossus, QUEUED),
    ]
    made.write(lake, made.sends(north.pine, "p", 3))
    assert alice.round() == 3, "Pine waits for neither"
    executor = Executor(lake, "alice", jobs(), AT_ONCE)
    while executor.once():
        pass
    assert [(run.state, run.detail) for run in runs(lake)] == [
        (DONE, "took in 3 events and parked 1"),
        (DONE, "took in 5 events and parked 1"),
    ]
    assert (made.sent_emails(lake, north.harbour), made.sent_emails(lake, south.colossus)) == (3, 5)


def test_the_minutes_run_sets_all_apart_who_cannot_be_built(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch, sqlite_engine: Any
) -> None:
    from jobs.runtime import ledger
    from tests.support.tenants import make_north

    with Session(sqlite_engine) as session, session.begin():
        north = make_north(session)

    def fails(*_: object, **__: object) -> None:
        raise ValueError("an event of theirs")

    monkeypatch.setattr(build, "refresh", fails)
    with sqlite_engine.begin() as connection:
        ledger.add(connection, "refresh-marts", 0, ["2026-06-01T00:00:00Z"])
    Executor(sqlite_lake, "alice", jobs(), Timing()).once()
    assert [(run.tenant, run.state) for run in runs(sqlite_lake)] == [
        (0, DONE),
        (north.harbour, QUEUED),
        (north.pine, QUEUED),
    ]


def test_the_sweep_builds_what_nothing_new_came_for_and_goes_round_a_bad_workspace(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, sqlite_engine: Any
) -> None:
    """The minute's run refreshes all; Pine fails: Harbour's figures come, Pine gets a run of its own, once."""
    from jobs.runtime import ledger
    from tests.support.tenants import make_north

    with Session(sqlite_engine) as session, session.begin():
        north = make_north(session)
    made.write(sqlite_lake, made.sends(north.harbour, "h", 2))
    made.write(sqlite_lake, made.sends(north.pine, "p", 2))
    real = build.refresh

    def without_pine(lake: Lake, ids: Any = None, full: bool = False, **more: Any) -> Any:
        if ids is None or north.pine in ids:
            raise ValueError("Pine cannot be built")
        return real(lake, ids, full, **more)

    monkeypatch.setattr(build, "refresh", without_pine)
    executor = Executor(sqlite_lake, "alice", {"refresh-marts": jobs()["refresh-marts"]}, Timing())
    for n in range(2):
        with sqlite_engine.begin() as connection:
            ledger.add(connection, "refresh-marts", 0, [f"2026-06-01T00:0{n}:00Z"])
    with caplog.at_level(logging.ERROR, logger="vitrine.worker"):
        while executor.once():
            pass
    assert made.sent_emails(sqlite_lake, north.harbour) == 2
    assert sorted((run.tenant, run.state) for run in runs(sqlite_lake)) == [
        (0, DONE),
        (0, DONE),
        (north.pine, QUEUED),
    ]
    assert sum("keeps the figures it has" in message for message in caplog.messages) == 1


def test_who_looks_gets_the_workspace_a_round_was_about_to_publish_but_only_once(
    sqlite_lake: Lake, monkeypatch: pytest.MonkeyPatch, sqlite_engine: Any
) -> None:
    """Guest's page drains Harbour's next event while the worker builds: publishing the older figures now would make
    the page's own fold void. A flood of looks must not starve the worker, so the next round publishes."""
    from tests.support.tenants import make_north

    with Session(sqlite_engine) as session, session.begin():
        north = make_north(session)
    made.write(sqlite_lake, made.sends(north.harbour, "h", 2))
    made.write(sqlite_lake, made.sends(north.pine, "p", 5))
    derive = build._derive

    def while_guest_drains(*given: Any) -> Any:
        found = derive(*given)
        made.write(sqlite_lake, made.sends(north.harbour, f"more-{datetime.now(UTC).timestamp()}", 1))
        return found

    monkeypatch.setattr(build, "_derive", while_guest_drains)
    alice = RefreshLoop(sqlite_lake, "alice", lambda: True, lambda _: True)
    alice.round()
    assert made.sent_emails(sqlite_lake, north.pine) == 5
    assert made.sent_emails(sqlite_lake, north.harbour) == 0
    alice.round()
    assert made.sent_emails(sqlite_lake, north.harbour) == 3
    monkeypatch.setattr(build, "_derive", derive)
    alice.round()
    assert made.sent_emails(sqlite_lake, north.harbour) == 4
