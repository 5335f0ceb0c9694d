"""Mails the reports that are due. Each report is claimed separately, so any number of these runs may overlap.

A mailing is not part of this run's transaction; each ends in its own (dashapp/schedules/running.py).
"""

from __future__ import annotations

from dashapp.db.schedules import SENT, SKIPPED, STOPPED
from dashapp.schedules import planning, running
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    planned = planning.plan_due(task.lake.engine)
    if task.settings is None:
        task.amount, task.detail = 0, f"planned {planned}; without settings nothing is sent"
        return
    counts = running.run_due(task.lake, task.settings)
    task.amount = counts.get(SENT, 0)
    task.detail = (
        f"planned {planned}, sent {counts.get(SENT, 0)}, stopped {counts.get(STOPPED, 0)}, "
        f"skipped {counts.get(SKIPPED, 0)}, {counts.get('again', 0)} are tried again"
    )


JOB = Job("send-reports", "Mails the reports that are due.", _run, Every(60))
