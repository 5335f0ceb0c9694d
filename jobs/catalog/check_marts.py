"""Checks the published marts of every workspace against their events, a few at a time, least recently checked
first.

A mismatch is recorded as a failure (data/building/failures.py). The next refresh then rebuilds the workspace from
its segments, or a viewer's request does so at once.
"""

from __future__ import annotations

import logging
import time

from sqlalchemy import Connection, select

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import EVERYBODY
from data.building import failures
from data.building.recheck import Rechecked, recheck
from data.engines.duckdb import EngineError
from data.lake import manifest
from data.lake.tables import mart_version
from data.marts.check_tables import recheck as table
from data.upsert import insert_for
from jobs.intake import refresh as fold
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

log = logging.getLogger("vitrine.worker")

#: A run starts another workspace until this much time has passed; one with two million e-mails takes half a
#: minute.
SLICE_S = 20.0
#: While events are waiting, it pauses this many times as long as the last workspace took, but no longer than
#: PAUSE_S.
STAND_BACK, PAUSE_S = 3.0, 2.0


def _run(task: Task) -> None:
    with reading(task.lake.engine).connect() as connection:
        ids = [task.tenant] if task.tenant != EVERYBODY else _longest_unseen(connection)
    began, looked, bad = time.monotonic(), 0, 0
    seen: dict[str, bool] = {}
    for workspace_id in ids:
        if looked and time.monotonic() - began > SLICE_S:
            break
        at = time.monotonic()
        done = _look(task, workspace_id, seen)
        if fold.behind(task.lake.engine):
            time.sleep(min(STAND_BACK * (time.monotonic() - at), PAUSE_S))
        looked += done is not None
        bad += done is not None and bool(done.findings)
    task.amount = looked
    task.detail = f"checked {looked} of {len(ids)} workspaces, {bad} are to be built anew"


def _look(task: Task, workspace_id: int, seen: dict[str, bool]) -> Rechecked | None:
    """Check one workspace; None when a new version was published meanwhile, in which case its turn comes again."""
    try:
        done = recheck(task.lake, workspace_id, seen=seen)
    except (OSError, EngineError) as error:
        log.warning("Workspace %d cannot be checked just now: %s", workspace_id, error)
        return None
    engine = task.lake.engine
    if not done.version or manifest.version(engine, workspace_id) != done.version:
        return None
    if done.findings:
        found, versions = {workspace_id: done.findings}, {workspace_id: done.version}
        if not failures.record(engine, found, "recheck", versions, wait=False):
            return None
    with task.lake.engine.begin() as connection:
        _keep(connection, done)
    return done


def _longest_unseen(connection: Connection) -> list[int]:
    """Workspaces with published marts, never-checked ones first."""
    return list(
        connection.scalars(
            select(mart_version.c.workspace_id)
            .outerjoin(table, table.c.workspace_id == mart_version.c.workspace_id)
            .order_by(table.c.checked_at.is_not(None), table.c.checked_at, mart_version.c.workspace_id)
        )
    )


def _keep(connection: Connection, done: Rechecked) -> None:
    told = {
        "checked_at": now(),
        "version": done.version,
        "leads": done.leads,
        "failures": len(done.findings),
    }
    row = insert_for(connection, table).values(workspace_id=done.workspace_id, **told)
    connection.execute(row.on_conflict_do_update(index_elements=[table.c.workspace_id], set_=told))


JOB = Job(
    "check-marts",
    "Holds the published marts against their events.",
    _run,
    Every(900),
    takes_workspace=True,
)
