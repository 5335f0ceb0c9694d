"""Takes deleted contacts away for good when their 30 days are over."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.crm.contacts import purge
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    with Session(task.lake.engine) as session, session.begin():
        task.amount = purge(session)


JOB = Job("purge-contacts", "Takes away contacts that were deleted 30 days ago.", _run, Every(3_600))
