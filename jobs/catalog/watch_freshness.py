"""Measures how long acknowledged events wait, keeps the worst value of every five minutes per workspace, and
raises alarms.

Idle workspaces write nothing: a sample is stored only where something waits or was just taken in.
"""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, case, func, insert, select, update

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import FreshnessAlarm, FreshnessSample
from dashapp.db.tenants import Workspace
from data.lake.manifest import utc
from data.lake.tables import inbox, mart_version, segment, segment_part
from data.upsert import insert_for
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

log = logging.getLogger("vitrine.worker")

#: The period one sample covers.
PERIOD = timedelta(minutes=5)
#: Figures later than this raise the alarm; new events should be visible within two seconds.
LATE = timedelta(minutes=1)
#: What was published since the last check counts, but not a rebuild, which takes in nothing new.
LOOK_BACK, NEWS = timedelta(seconds=90), timedelta(minutes=10)


def _run(task: Task) -> None:
    at = now()
    with reading(task.lake.engine).connect() as connection:
        waiting = _waiting(connection, at)
        worst = _published(connection, at)
        open_alarms = {
            row.workspace_id: row.id
            for row in connection.execute(
                select(FreshnessAlarm.workspace_id, FreshnessAlarm.id).where(
                    FreshnessAlarm.ended_at.is_(None)
                )
            )
        }
        known = set(connection.scalars(select(Workspace.id)))
    for workspace_id, lag in waiting.items():
        worst[workspace_id] = max(lag, worst.get(workspace_id, lag))
    late = {
        workspace_id: lag for workspace_id, lag in waiting.items() if lag > LATE and workspace_id in known
    }
    task.amount = len(worst)
    task.detail = f"{len(worst)} workspaces had news, {len(late)} are late"
    with task.effects() as connection:
        _keep(connection, at, worst)
        _alarm(connection, at, late, open_alarms)
    for workspace_id in late.keys() - open_alarms.keys():
        seconds = int(late[workspace_id].total_seconds())
        log.error("Workspace %d: events wait for %d s; its figures are late.", workspace_id, seconds)


def _waiting(connection: Connection, at: datetime) -> dict[int, timedelta]:
    """How long the oldest event that is not in the marts yet has waited, per workspace."""
    lags: dict[int, timedelta] = {}
    rows = [
        *connection.execute(
            select(inbox.c.workspace_id, func.min(inbox.c.received_at)).group_by(inbox.c.workspace_id)
        ),
        *connection.execute(
            select(segment_part.c.workspace_id, func.min(segment.c.created_at))
            .join(segment, segment.c.id == segment_part.c.segment_id)
            .where(segment_part.c.merged_version.is_(None))
            .group_by(segment_part.c.workspace_id)
        ),
    ]
    for workspace_id, since in rows:
        lag = max(at - (utc(since) or at), timedelta())
        lags[workspace_id] = max(lag, lags.get(workspace_id, lag))
    return lags


def _published(connection: Connection, at: datetime) -> dict[int, timedelta]:
    """How long the newest event had waited when the version was published, per workspace with a new version."""
    rows = connection.execute(
        select(
            mart_version.c.workspace_id, mart_version.c.published_at, mart_version.c.last_received_at
        ).where(mart_version.c.published_at > at - LOOK_BACK, mart_version.c.last_received_at > at - NEWS)
    )
    found: dict[int, timedelta] = {}
    for workspace_id, published, received in rows:
        published, received = utc(published), utc(received)
        assert published is not None
        assert received is not None
        found[workspace_id] = max(published - received, timedelta())
    return found


def _keep(connection: Connection, at: datetime, worst: dict[int, timedelta]) -> None:
    seconds = int(PERIOD.total_seconds())
    period = datetime.fromtimestamp(int(at.timestamp()) // seconds * seconds, UTC)
    rows = [
        {"workspace_id": workspace_id, "at": period, "lag_ms": int(lag.total_seconds() * 1_000)}
        for workspace_id, lag in worst.items()
    ]
    if not rows:
        return
    row = insert_for(connection, FreshnessSample)
    longer = row.excluded.lag_ms > FreshnessSample.lag_ms
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[FreshnessSample.workspace_id, FreshnessSample.at],
            set_={"lag_ms": case((longer, row.excluded.lag_ms), else_=FreshnessSample.lag_ms)},
        ),
        rows,
    )


def _alarm(
    connection: Connection, at: datetime, late: dict[int, timedelta], open_alarms: dict[int, int]
) -> None:
    """One row, from the first check that finds a workspace late to the first that does not."""
    for workspace_id, lag in late.items():
        worst = int(lag.total_seconds() * 1_000)
        if workspace_id in open_alarms:
            connection.execute(
                update(FreshnessAlarm)
                .where(FreshnessAlarm.id == open_alarms[workspace_id], FreshnessAlarm.worst_ms < worst)
                .values(worst_ms=worst)
            )
        else:
            values = {"workspace_id": workspace_id, "since": at - lag, "worst_ms": worst}
            connection.execute(insert(FreshnessAlarm).values(**values))
    over = [alarm for workspace_id, alarm in open_alarms.items() if workspace_id not in late]
    if over:
        connection.execute(update(FreshnessAlarm).where(FreshnessAlarm.id.in_(over)).values(ended_at=at))


JOB = Job(
    "watch-freshness", "Measures how late figures are and raises the alarm.", _run, Every(60), urgent=True
)
