"""Whether workers run, lead and finish what is due."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import Connection, func, select

from dashapp.db.jobs import DEAD, LEADER, JobRun, Lease
from dashapp.db.security import WorkerBeat
from dashapp.doctor.check import Check
from dashapp.ui import format
from data.lake.manifest import utc

#: A worker beats every few seconds.
SILENCE = timedelta(minutes=1)


def beating(connection: Connection) -> Check:
    """Without a worker figures are still fresh for whoever looks; a backlog is told by its own check."""
    last = utc(connection.execute(select(func.max(WorkerBeat.at))).scalar_one())
    if last is None or datetime.now(UTC) - last > SILENCE:
        since = f"none since {last:%Y-%m-%d %H:%M} UTC" if last else "none beats"
        return Check(
            "worker",
            True,
            f"no worker runs ({since})",
            "Start `vitrine worker` to keep all workspaces fresh.",
        )
    return Check("worker", True, f"beat at {last:%H:%M:%S} UTC")


def jobs(connection: Connection) -> Check:
    """Dead letters, and a leader that is missing although workers run: without one nothing is ever due."""
    letters = connection.execute(
        select(func.count(), func.min(JobRun.job), func.min(JobRun.detail)).where(JobRun.state == DEAD)
    ).one()
    if letters[0]:
        found = f"{format.integer(letters[0])} runs failed at every try, such as {letters[1]}: {letters[2]}"
        return Check("jobs", False, found, "See `vitrine jobs dead`, then `vitrine jobs retry ID`.")
    beat = utc(connection.execute(select(func.max(WorkerBeat.at))).scalar_one())
    renewed = connection.execute(
        select(Lease.renewed_at).where(Lease.name == LEADER, Lease.holder != "")
    ).scalar_one_or_none()
    at = datetime.now(UTC)
    if beat is not None and at - beat <= SILENCE and (renewed is None or at - renewed > SILENCE):
        return Check("jobs", False, "workers run but none of them leads", "Look into the workers' logs.")
    return Check("jobs", True, "no run has failed for good")
