"""Removes files of the lake that no row refers to: left behind by a kill, a lost race, or a compaction."""

from __future__ import annotations

from data.building.orphans import collect_orphans
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

#: A segment file exists before its row is committed, and a reader may still hold the name of a replaced file. An
#: hour is longer than any commit and any query.
GRACE_S = 3_600.0


def _run(task: Task) -> None:
    task.amount = collect_orphans(task.lake, GRACE_S)
    task.detail = f"removed {task.amount} files that no row names"


JOB = Job("collect-orphans", "Removes files that no row names.", _run, Every(3_600))
