"""Takes in what was dropped into the watched folder (dashapp/intake/watched.py).

Each file has steps of its own that are safe to do twice, so a run has no transaction; a folder is looked at by one
run at a time.
"""

from __future__ import annotations

from dashapp.intake import watched
from dashapp.services import Services
from data.intake.inbox import Inbox
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    if task.settings is None or task.settings.watched_folder is None:
        task.amount, task.detail = 0, "no folder is watched"
        return
    counts = watched.look(Services(task.settings, task.lake.engine, task.lake, Inbox(task.lake.engine)))
    task.amount = counts.taken
    task.detail = f"{counts.taken} taken in, {counts.refused} refused, {counts.waiting} waited for"
    if counts.unreachable:
        task.detail += f"; {counts.unreachable} folders cannot be looked at (see the log)"


JOB = Job("watch-folder", "Takes in files from the watched folder.", _run, Every(30))
