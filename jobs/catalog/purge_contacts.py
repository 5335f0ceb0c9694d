"""Permanently removes contacts and deals that were deleted 30 days ago."""

from __future__ import annotations

from sqlalchemy.orm import Session

from dashapp.crm import contacts, deals
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    with Session(task.lake.engine) as session, session.begin():
        task.amount = contacts.purge(session) + deals.purge(session)


JOB = Job(
    "purge-contacts", "Takes away contacts and deals that were deleted 30 days ago.", _run, Every(3_600)
)
