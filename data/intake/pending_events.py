"""Events that can still be undone: what somebody did in the app a moment ago.

They count from the first moment (data/answers/relations.py adds them to what it reads), and enter the inbox when
the time to undo them is over. Events in the inbox cannot be undone. They are written in the caller's transaction,
so that a task is done and its event exists, or neither; the event's id makes a repeated release a duplicate.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Engine,
    Index,
    Integer,
    String,
    Table,
    Text,
    bindparam,
    delete,
    exists,
    insert,
    select,
    update,
)

from data.events.canonical import Event
from data.intake.delivery import body_of
from data.intake.inbox import Inbox
from data.lake.tables import metadata

pending_event = Table(
    "pending_event",
    metadata,
    Column("workspace_id", Integer, primary_key=True, autoincrement=False),
    Column("event_id", String(200), primary_key=True),
    Column("due_at", DateTime(timezone=True), nullable=False),  # from then on it is not taken back
    Column("released_at", DateTime(timezone=True), nullable=True),  # when the inbox had it
    Column("body", Text, nullable=False),  # a JSON array of this one event, as in the inbox
    Index("ix_pending_event_due_at", "due_at"),
)

#: Machines' clocks differ: who releases waits a little longer than who takes back may.
GRACE: Final = timedelta(seconds=1)
#: How long a released event stays here: by then it is in a published version. Until then it would be missed.
STAYS: Final = timedelta(minutes=2)
#: Asked for every answer that is counted from events.
_HELD: Final = select(pending_event.c.event_id, pending_event.c.body).where(
    pending_event.c.workspace_id == bindparam("whose")
)
_MOST: Final = 500


@dataclass(frozen=True, slots=True)
class Pending:
    """The pending events of one workspace, by the names of Event; `ids` says when they are others."""

    ids: tuple[str, ...] = ()
    events: tuple[Mapping[str, Any], ...] = ()


NOTHING: Final = Pending()


def hold(connection: Connection, workspace_id: int, event: Event, due_at: datetime) -> None:
    """Keep an event that can be taken back until `due_at`, in the caller's transaction."""
    connection.execute(
        insert(pending_event),
        {
            "workspace_id": workspace_id,
            "event_id": event.event_id,
            "due_at": due_at.astimezone(UTC),
            "body": body_of([event]),
        },
    )


def take_back(connection: Connection, workspace_id: int, event_id: str) -> bool:
    """Remove an event that was not released; False when that is no longer possible."""
    found = connection.execute(
        delete(pending_event).where(
            pending_event.c.workspace_id == workspace_id,
            pending_event.c.event_id == event_id,
            pending_event.c.released_at.is_(None),
        )
    )
    return found.rowcount == 1


def held(connection: Connection, workspace_id: int) -> Pending:
    """What is pending in a workspace."""
    rows = connection.execute(_HELD, {"whose": workspace_id}).all()
    if not rows:
        return NOTHING
    by_id = {event_id: json.loads(body)[0] for event_id, body in rows}
    ids = tuple(sorted(by_id))
    return Pending(ids, tuple(by_id[event_id] for event_id in ids))


def ids(connection: Connection, workspace_id: int) -> tuple[str, ...]:
    """The ids of what is pending."""
    found = select(pending_event.c.event_id).where(pending_event.c.workspace_id == workspace_id)
    return tuple(sorted(connection.scalars(found)))


def release(engine: Engine, now: datetime) -> int:
    """Put what is due into the inbox and forget what has been there for a while; gives how many were put.

    Killed half-way, the next call puts them again, and the inbox knows them already.
    """
    limit = now.astimezone(UTC) - GRACE
    waits = (pending_event.c.released_at.is_(None)) & (pending_event.c.due_at <= limit)
    old = pending_event.c.released_at <= now.astimezone(UTC) - STAYS
    with engine.execution_options(vitrine_read_only=True).connect() as reading:
        row = reading.execute(select(exists().where(waits), exists().where(old))).one()
        due = reading.execute(select(pending_event).where(waits).limit(_MOST)).all() if row[0] else []
    by_workspace: dict[int, list[Event]] = {}
    for one in due:
        by_workspace.setdefault(one.workspace_id, []).append(event_of(json.loads(one.body)[0]))
    for workspace_id, events in by_workspace.items():
        Inbox(engine).put(workspace_id, None, events, received_at=events[0].received_at)
        with engine.begin() as connection:
            connection.execute(
                update(pending_event)
                .where(
                    pending_event.c.workspace_id == workspace_id,
                    pending_event.c.event_id.in_([event.event_id for event in events]),
                )
                .values(released_at=now.astimezone(UTC))
            )
    if row[1]:
        with engine.begin() as connection:
            connection.execute(delete(pending_event).where(old))
    return len(due)


def event_of(fields: Mapping[str, Any]) -> Event:
    """An event from its JSON object, in which what is None was left out."""
    values: Sequence[Any] = [
        datetime.fromisoformat(fields[name]) if name in _TIMES else fields.get(name) for name in Event._fields
    ]
    return Event(*values)


_TIMES: Final = frozenset({"occurred_at", "received_at"})
