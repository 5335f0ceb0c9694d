"""After an upgrade, gives events stored by earlier versions their content keys (data/intake/key_backfill.py).
Does nothing otherwise.
"""

from __future__ import annotations

import time

from sqlalchemy import select

from dashapp.db.engine import reading
from dashapp.db.tenants import Source
from data.intake import key_backfill
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

#: A run stops after this many seconds to let other jobs in; the next run continues.
LONGEST_S = 45.0
#: Providers whose stored message ids lack the recipient.
_PER_MESSAGE = "postmark"


def _run(task: Task) -> None:
    with reading(task.lake.engine).connect() as connection:
        if key_backfill.is_done(connection):
            task.detail = "nothing to do"
            return
        rows = connection.execute(
            select(Source.id, Source.workspace_id).where(Source.provider == _PER_MESSAGE)
        ).all()
    sources, workspaces = {row.id for row in rows}, {row.workspace_id for row in rows}
    began = time.monotonic()
    task.amount = 0
    while time.monotonic() - began < LONGEST_S:
        events = key_backfill.step(task.lake, sources, workspaces)
        if events is None:
            break
        task.amount += events
    task.detail = f"looked through {task.amount} events of before the upgrade"


JOB = Job(
    "backfill-keys", "After an upgrade: makes repeats of old events known by what happened.", _run, Every(60)
)
