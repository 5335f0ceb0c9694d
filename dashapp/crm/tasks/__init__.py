"""Tasks of a workspace: which there are, and making, assigning and moving them."""

from dashapp.crm.tasks.changes import LONGEST_NOTE, LONGEST_TITLE, assignable, change, create
from dashapp.crm.tasks.desk import CHANNELS, REPEATS, Channel, Desk, Repeat, Task, of, shown, touch
from dashapp.crm.tasks.lists import (
    LISTS,
    PAGE,
    Page,
    Which,
    counts,
    due_today,
    listed,
    of_leads,
    open_tasks,
    stamp,
)

__all__ = [
    "CHANNELS",
    "LISTS",
    "LONGEST_NOTE",
    "LONGEST_TITLE",
    "PAGE",
    "REPEATS",
    "Channel",
    "Desk",
    "Page",
    "Repeat",
    "Task",
    "Which",
    "assignable",
    "change",
    "counts",
    "create",
    "due_today",
    "listed",
    "of",
    "of_leads",
    "open_tasks",
    "shown",
    "stamp",
    "touch",
]
