"""Keeps the number of layers of each workspace's marts low: every refresh adds one, and readers open each of
them.
"""

from __future__ import annotations

from data.building.merging import merge_layers
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

#: A refresh merges by itself above MOST_LAYERS (data/building/build.py); when there is time, fewer are better.
ABOVE = 4


def _run(task: Task) -> None:
    done = merge_layers(task.lake, above=ABOVE)
    task.amount = done
    task.detail = f"merged the layers of {done} workspaces"


JOB = Job("merge-layers", "Merges layers of the marts, so that readers open fewer files.", _run, Every(300))
