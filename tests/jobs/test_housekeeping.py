"""Retention removes what is over and nothing else; freshness is measured, kept and alarmed."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, insert, select
from sqlalchemy.orm import Session

from dashapp.access import attempts
from dashapp.db.base import now
from dashapp.db.jobs import FreshnessAlarm, FreshnessSample, JobRun
from dashapp.db.mail import Mail, Trouble
from dashapp.db.security import Attempt, AuditEntry, LoginSession, WorkerBeat
from data.lake.lake import Lake
from data.lake.tables import inbox, mart_version, parked_edit, segment, segment_part
from jobs.catalog import retention, watch_freshness
from jobs.runtime import ledger
from jobs.runtime.executor import Executor
from jobs.runtime.timing import Timing


def run(lake: Lake, job: Any) -> str:
    run_id = ledger.run_now(lake.engine, job.name, 0)
    Executor(lake, "w", {job.name: job}, Timing()).once()
    with Session(lake.engine) as session:
        row = session.get_one(JobRun, run_id)
        assert row.state == "done", row.detail
        return row.detail


def test_what_is_over_goes_and_what_counts_stays(lake: Lake, north: Any) -> None:
    at = now()

    def days(n: float) -> datetime:
        return at - timedelta(days=n)

    window = int(time.time() // 900)
    with Session(lake.engine) as session, session.begin():
        for name, created, seen in (("live", 1, 0), ("idle", 1, 0.6), ("old", 8, 0)):
            session.add(
                LoginSession(
                    token_hash=name, user_id=north.alice, created_at=days(created), seen_at=days(seen)
                )
            )
        for bucket, then in (("login", window), ("login", window - 1), ("share", 1), ("of another", 1)):
            session.add(Attempt(bucket=bucket, key="k", window=then, n=1, ends_at=(then + 1) * 900))
        session.add_all(AuditEntry(actor=f"{n}", verb="login", at=days(n)) for n in (729, 731))
        session.add_all(WorkerBeat(name=f"{n}", at=days(n)) for n in (0.5, 2))
        session.add_all(FreshnessSample(workspace_id=1, at=days(n), lag_ms=1) for n in (29, 31))
        session.add_all(
            FreshnessAlarm(workspace_id=north.pine, since=days(100), worst_ms=n, ended_at=ended)
            for n, ended in ((1, None), (2, days(89)), (3, days(91)))
        )
        for n in (89, 91):
            mail = {"key": f"{n}", "to": "alice@north.example", "subject": "s", "text": "t"}
            session.add(Mail(agency_id=north.agency, created_at=days(n), **mail))
        session.add_all(
            Trouble(topic="late", ref=f"{n}", what="", since=days(100), over_at=over)
            for n, over in ((1, None), (2, days(89)), (3, days(91)))
        )
        edit = {"workspace_id": north.pine, "received_at": days(800), "actor": "bob@north.example"}
        for n in (729, 731):
            told = {"parked_id": n, "edited_at": days(n), "why": "w", "raw": "{", "mended": "{}"}
            session.execute(insert(parked_edit).values(**edit, **told))
        for n, state in ((13, "done"), (15, "done"), (15, "dead"), (91, "dead")):
            values = {"job": "j", "tenant": 0, "slot": f"{state} {n}", "origin": "person"}
            session.execute(insert(JobRun).values(state=state, finished_at=days(n), **values))
    assert run(lake, retention.JOB) == "removed 14 rows that were over"
    with Session(lake.engine) as session:
        assert set(session.scalars(select(LoginSession.token_hash))) == {"live"}
        assert {(row.bucket, row.window) for row in session.scalars(select(Attempt))} == {("login", window)}
        assert session.scalars(select(AuditEntry.actor)).all() == ["729"]
        assert session.scalars(select(WorkerBeat.name)).all() == ["0.5"]
        assert len(session.scalars(select(FreshnessSample)).all()) == 1
        assert sorted(session.scalars(select(FreshnessAlarm.worst_ms))) == [1, 2]
        assert session.scalars(select(Mail.key)).all() == ["89"]
        assert sorted(session.scalars(select(Trouble.ref))) == ["1", "2"]
        assert session.scalars(select(parked_edit.c.parked_id)).all() == [729]
        assert set(session.scalars(select(JobRun.slot).where(JobRun.job == "j"))) == {"done 13", "dead 15"}


def test_every_count_of_attempts_is_swept_when_its_window_is_over(engine: Engine) -> None:
    """Whatever it is called and however long it lasts: no list of buckets has to be kept."""
    lasting = {"minute": 60, "quarter": 900, "hour": 3_600, "day": 86_400}
    for bucket, window_s in lasting.items():
        attempts.count(engine, bucket, "alice", window_s, clock=86_400.0)
        attempts.count(engine, bucket, "alice", window_s, clock=86_400.0)

    def left_at(clock: float) -> set[str]:
        with engine.begin() as connection:
            attempts.sweep(connection, clock=clock)
            return set(connection.scalars(select(Attempt.bucket)))

    assert left_at(86_459.0) == set(lasting)
    assert left_at(86_460.0) == {"quarter", "hour", "day"}
    assert left_at(86_400.0 + 3_600) == {"day"}
    assert attempts.count(engine, "day", "alice", 86_400, clock=86_400.0 + 3_601)[0] == 3
    assert left_at(2 * 86_400.0) == set()


def wait_in_inbox(lake: Lake, workspace_id: int, seconds: float) -> None:
    with lake.engine.begin() as connection:
        at = now() - timedelta(seconds=seconds)
        connection.execute(
            inbox.insert().values(workspace_id=workspace_id, received_at=at, events=1, body="[]")
        )


def samples(lake: Lake) -> dict[int, int]:
    with Session(lake.engine) as session:
        return {row.workspace_id: row.lag_ms for row in session.scalars(select(FreshnessSample))}


@pytest.fixture(autouse=True)
def one_period(monkeypatch: pytest.MonkeyPatch) -> None:
    """Samples of one test fall into one period, also when it begins at 10:04:59."""
    monkeypatch.setattr(watch_freshness, "PERIOD", timedelta(days=1))


def test_the_longest_wait_of_a_period_is_kept_where_something_waits(
    lake: Lake, north: Any, south: Any
) -> None:
    wait_in_inbox(lake, north.harbour, 5)
    with lake.engine.begin() as connection:
        at = now() - timedelta(seconds=20)
        connection.execute(
            segment.insert().values(id=1, path="x", events=1, bytes=1, sha256="x", created_at=at)
        )
        connection.execute(segment_part.insert().values(segment_id=1, workspace_id=north.pine, events=1))
    run(lake, watch_freshness.JOB)
    first = samples(lake)
    assert set(first) == {north.harbour, north.pine}, "Colossus had nothing, so it has no sample"
    assert 5_000 <= first[north.harbour] < 9_000
    assert 20_000 <= first[north.pine] < 24_000
    with lake.engine.begin() as connection:
        connection.execute(segment_part.update().values(merged_version=1))
        connection.execute(inbox.delete())
    wait_in_inbox(lake, north.pine, 1)
    wait_in_inbox(lake, north.harbour, 12)
    run(lake, watch_freshness.JOB)
    second = samples(lake)
    assert second[north.pine] == first[north.pine]
    assert second[north.harbour] >= 12_000


def test_what_was_published_counts_with_the_time_it_took_and_a_rebuild_does_not(
    lake: Lake, north: Any
) -> None:
    at = now()
    with lake.engine.begin() as connection:
        for workspace_id, received in ((north.harbour, 3), (north.pine, 3_600)):
            connection.execute(
                mart_version.insert().values(
                    workspace_id=workspace_id,
                    version=1,
                    published_at=at,
                    timezone="UTC",
                    format=1,
                    events=1,
                    last_received_at=at - timedelta(seconds=received),
                )
            )
    run(lake, watch_freshness.JOB)
    assert samples(lake) == {north.harbour: 3_000}


def test_an_alarm_is_one_row_from_late_to_fresh(
    lake: Lake, north: Any, caplog: pytest.LogCaptureFixture
) -> None:
    wait_in_inbox(lake, north.harbour, 61)
    assert run(lake, watch_freshness.JOB) == "1 workspaces had news, 1 are late"
    wait_in_inbox(lake, north.harbour, 90)
    run(lake, watch_freshness.JOB)
    (said,) = (record.getMessage() for record in caplog.records if "figures are late" in record.getMessage())
    told = re.fullmatch(rf"Workspace {north.harbour}: events wait for (\d+) s; its figures are late\.", said)
    assert told is not None, said
    assert 61 <= int(told[1]) < 75
    with Session(lake.engine) as session:
        alarm = session.scalars(select(FreshnessAlarm)).one()
        assert (alarm.workspace_id, alarm.ended_at) == (north.harbour, None)
        assert 60 <= (now() - alarm.since).total_seconds() < 75
        assert alarm.worst_ms >= 90_000
    with lake.engine.begin() as connection:
        connection.execute(inbox.delete())
    run(lake, watch_freshness.JOB)
    with Session(lake.engine) as session:
        assert session.scalars(select(FreshnessAlarm)).one().ended_at is not None
