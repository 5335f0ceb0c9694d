"""Moves the inbox into segments when asked to, and as a fallback if the fast loop (jobs/intake/refresh.py) has
stopped.
"""

from __future__ import annotations

from dashapp.db.jobs import EVERYBODY
from data.lake import segments
from jobs.intake.refresh import ROUND_EVENTS
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    workspace_id = None if task.tenant == EVERYBODY else task.tenant
    task.amount = segments.drain_all(task.lake, workspace_id, limit_events=ROUND_EVENTS)
    task.detail = f"moved {task.amount} events from the inbox"


JOB = Job("drain-inbox", "Moves the inbox into segments.", _run, Every(300), takes_workspace=True)
