"""Rebuilds marts from all segments; runs only when somebody asks for it."""

from __future__ import annotations

from dashapp.db.jobs import EVERYBODY
from data.building import build
from jobs.runtime.job import Job, Task

#: How many times to build a workspace that others keep publishing.
TRIES = 3


def _run(task: Task) -> None:
    done = build.refresh(
        task.lake, None if task.tenant == EVERYBODY else [task.tenant], full=True, tries=TRIES
    )
    task.amount = done.events
    task.detail = f"built {done.workspaces} workspaces anew from {done.events} events"
    if done.overtaken:
        task.detail += (
            f"; {len(done.overtaken)} were published by others each time, and are as these left them"
        )


JOB = Job(
    "rebuild-marts",
    "Builds the marts anew from every segment.",
    _run,
    takes_workspace=True,
    limit_s=6 * 3_600,
)
