"""Merges the drain's many small segments into large ones, sorted by workspace, so that readers open fewer files."""

from __future__ import annotations

from data.lake.compaction import compact
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every


def _run(task: Task) -> None:
    done = compact(task.lake)
    task.amount = done.events
    task.detail = f"made {done.files_after} files of {done.files_before}, {done.events} events"


JOB = Job("compact-segments", "Makes large files of many small ones.", _run, Every(300))
