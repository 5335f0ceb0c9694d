"""Whose tasks are looked at, and which of them are there: what is not the viewer's to see is not there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, select
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound

Channel = Literal["phone", "linkedin", "other"]
Repeat = Literal["none", "daily", "weekly", "monthly"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
REPEATS: Final[tuple[Repeat, ...]] = get_args(Repeat)
_NONE: Final = "There is no such task."


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose tasks are looked at, by whom. `user`: they see only their own (`Scope.user`); None: everybody's."""

    workspace: Workspace
    viewer: str
    user: str | None

    @property
    def today(self) -> date:
        """The workspace's own day."""
        return now().astimezone(ZoneInfo(self.workspace.timezone)).date()


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it is shown. `mine`: the viewer does it."""

    id: int
    channel: str
    title: str
    lead: str | None
    campaign: str | None
    assignee: str
    due_on: date
    repeat: str
    note: str
    disposition: str | None
    done_at: datetime | None
    revision: int
    mine: bool


def of(session: Session, desk: Desk, task_id: int, *, lock: bool = False) -> TaskRow:
    """The row of a task the viewer may see; NotFound for any other."""
    query = select(TaskRow).where(TaskRow.id == task_id, visible(desk, None))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(_NONE)
    return row


def shown(row: TaskRow, desk: Desk) -> Task:
    """The row as it is shown."""
    return Task(
        row.id,
        row.channel,
        row.title,
        row.lead,
        row.campaign,
        row.assignee,
        row.due_on,
        row.repeat,
        row.note,
        row.disposition,
        row.done_at,
        row.revision,
        row.assignee == desk.viewer,
    )


def touch(row: TaskRow) -> None:
    """Count a change."""
    row.revision += 1
    row.updated_at = now()


def visible(desk: Desk, user: str | None) -> ColumnElement[bool]:
    """Of this workspace; of the viewer alone where they see no others; of `user` where one is chosen."""
    found = TaskRow.workspace_id == desk.workspace.id
    for only in (desk.user, user):
        if only is not None:
            found = and_(found, TaskRow.assignee == only.lower())
    return found
