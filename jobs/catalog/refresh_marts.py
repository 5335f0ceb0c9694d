"""Brings marts up to date outside the fast loop: rebuilds, requests by a person, and workspaces whose refresh
failed.

New events are normally handled by the fast loop (jobs/intake/refresh.py). A workspace whose refresh fails there
gets a run of this job; at the fifth attempt overall, the events that break the refresh are searched for and
parked (jobs/intake/poison.py).
"""

from __future__ import annotations

from sqlalchemy import select

from dashapp.db.engine import reading
from dashapp.db.jobs import EVERYBODY
from dashapp.db.tenants import Workspace
from data.building import build
from data.errors import DataError
from data.lake import segments
from jobs.intake import poison
from jobs.intake import refresh as fold
from jobs.runtime.faults import MACHINE, MEMORY
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

#: From this attempt on, the fault is assumed to lie in the events; the fast loop has made one attempt before the
#: first.
SEARCH_FROM_TRY = 4
#: How many times to build a workspace that others keep publishing.
TRIES = 3


def _run(task: Task) -> None:
    if task.tenant == EVERYBODY:
        _refresh_all(task)
        return
    segments.drain_all(task.lake, task.tenant)
    parked = 0
    try:
        done = build.refresh(task.lake, [task.tenant], tries=TRIES)
    except (*MACHINE, *MEMORY, DataError):
        raise  # of the machine, or a file: no event is to blame
    except Exception:
        if task.tries < SEARCH_FROM_TRY:
            raise
        parked = poison.park(task.lake, task.tenant)
        if not parked:
            raise
        done = build.refresh(task.lake, [task.tenant], tries=TRIES)
    fold.healed(task.lake.engine, task.tenant)
    task.amount = done.events
    task.detail = f"took in {done.events} events" + (f" and parked {parked}" if parked else "")
    if done.failed:
        task.detail += "; a check failed, the version before stays"


def _refresh_all(task: Task) -> None:
    faults: dict[int, Exception] = {}
    try:
        task.amount = build.refresh(task.lake).events
    except MACHINE:
        raise
    except Exception:
        with reading(task.lake.engine).connect() as connection:
            ids = list(connection.scalars(select(Workspace.id).order_by(Workspace.id)))
        apart = fold.refresh_apart(task.lake, ids)
        task.amount, faults = apart.events, apart.faults
        fold.set_apart(task.lake.engine, faults)
    task.detail = f"took in {task.amount} events" + (
        f"; {len(faults)} workspaces set apart" if faults else ""
    )


JOB = Job(
    "refresh-marts", "Brings the marts up to date with what came in.", _run, Every(60), takes_workspace=True
)
