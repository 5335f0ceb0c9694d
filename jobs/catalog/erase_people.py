"""Erases people from the lake on request, and proves an hour later that they are gone."""

from __future__ import annotations

from dashapp.crm.erasure import work
from dashapp.intake import watched_erasing
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    done = 0
    for workspace_id, ids in work.waiting(task.lake.engine).items():
        assert task.settings is not None, "erasing needs the installation's secret key"
        if task.tenant in (0, workspace_id):
            watched_erasing.clear(task.lake, task.settings, workspace_id, ids)
            done += work.advance(task.lake, task.settings.secret_key, ids)
    task.amount = done


JOB = Job(
    "erase-people",
    "Takes people who are to be erased out of events and figures.",
    _run,
    Every(300),
    takes_workspace=True,
    limit_s=6 * 3_600,
)
