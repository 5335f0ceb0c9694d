"""Completing a task, and taking that back for ten seconds.

A completed task is an event of its lead: the disposition of a call, or "completed". The event is kept with the task
in one transaction, counts at once, and can be taken back until it goes into the inbox
(data/intake/pending_events.py). Killed at any moment, the task is done and its event there, or neither; its
id keeps it from being counted twice.
"""

from __future__ import annotations

import calendar
from datetime import date, datetime, timedelta
from typing import Any, Final, Literal, get_args

from sqlalchemy.orm import Session

from dashapp.crm.tasks import LONGEST_NOTE, Desk, Task, of, shown, touch
from dashapp.db.base import now
from dashapp.db.crm import TaskRow
from dashapp.errors import Conflict, NotAllowed, Refused
from data.events.canonical import canonical
from data.events.fields import storable
from data.intake import pending_events

#: The five ways a call ends, in the order they are offered; each is the event of that name.
Disposition = Literal["booked", "not_interested", "call_back", "left_message", "bad_number"]
DISPOSITIONS: Final[tuple[Disposition, ...]] = get_args(Disposition)
#: How long a completion can be taken back.
UNDO: Final = timedelta(seconds=10)


def complete(
    session: Session, desk: Desk, task_id: int, *, note: str = "", disposition: str | None = None
) -> Task:
    """Complete one's own task; a call needs a disposition. The next one is made where the task repeats.

    Raises NotFound; NotAllowed for somebody else's; Conflict when it is completed already; Refused.
    """
    row = of(session, desk, task_id, lock=True)
    if row.assignee != desk.viewer:
        raise NotAllowed("Only {who} can complete this task.", who=row.assignee)
    if row.done_at is not None:
        raise Conflict("This task is completed already.")
    if len(note) > LONGEST_NOTE:
        raise Refused(
            "A note can have at most {most} characters; this one has {n}.", most=LONGEST_NOTE, n=len(note)
        )
    if row.channel == "phone" and disposition not in DISPOSITIONS:
        raise Refused("Choose how the call ended.")
    if row.channel != "phone" and disposition is not None:
        raise Refused("Only a call has a disposition.")
    at = now()
    row.note, row.disposition, row.done_at = storable(note.strip()), disposition, at
    row.times_done += 1
    touch(row)
    if row.repeat != "none":
        row.next_id = _next(session, row, desk.today)
    event = canonical(record_of(row, at), received_at=at)
    pending_events.hold(session.connection(), row.workspace_id, event, at + UNDO)
    session.flush()
    return shown(row, desk)


def undo(session: Session, desk: Desk, task_id: int) -> Task:
    """Take the completion of one's own task back. Raises NotFound, NotAllowed, and Conflict when it is too late."""
    row = of(session, desk, task_id, lock=True)
    if row.assignee != desk.viewer:
        raise NotAllowed("Only {who} can undo this.", who=row.assignee)
    if row.done_at is None:
        raise Conflict("This task is open; there is nothing to undo.")
    late = now() > row.done_at + UNDO
    if late or not pending_events.take_back(session.connection(), row.workspace_id, event_id(row)):
        raise Conflict("The ten seconds to undo are over; the task stays completed.")
    if row.next_id is not None:
        follower = session.get(TaskRow, row.next_id)
        if follower is not None and follower.done_at is None and follower.revision == 1:
            session.delete(follower)
        row.next_id = None
    row.note, row.disposition, row.done_at = "", None, None
    touch(row)
    session.flush()
    return shown(row, desk)


def record_of(row: TaskRow, at: datetime) -> dict[str, Any]:
    """The canonical record of a task completed at `at`."""
    record = {
        "event_id": event_id(row),
        "event": row.disposition or "completed",
        "channel": row.channel,
        "occurred_at": at.isoformat(),
        "user": row.assignee,
        "lead": row.lead,
        "campaign": row.campaign,
        "subject": row.title,
        "note": row.note,
        "task": row.id,
    }
    return {name: value for name, value in record.items() if value not in (None, "")}


def event_id(row: TaskRow) -> str:
    """The id of the event of a task's latest completion."""
    return f"task:{row.id}:{row.times_done}"


def _next(session: Session, row: TaskRow, today: date) -> int:
    """The task that repeats this one: as far after it as it says, and not before tomorrow."""
    due = _after(row.due_on, row.repeat)
    while due <= today:
        due = _after(due, row.repeat)
    follower = TaskRow(
        workspace_id=row.workspace_id,
        channel=row.channel,
        title=row.title,
        lead=row.lead,
        campaign=row.campaign,
        assignee=row.assignee,
        due_on=due,
        repeat=row.repeat,
        created_by=row.created_by,
    )
    session.add(follower)
    session.flush()
    return follower.id


def _after(day: date, repeat: str) -> date:
    """The 31st of a short month is its last day."""
    if repeat == "daily":
        return day + timedelta(days=1)
    if repeat == "weekly":
        return day + timedelta(weeks=1)
    year, month = day.year + day.month // 12, day.month % 12 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))
