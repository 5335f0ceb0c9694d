"""What people of a workspace have to do: tasks, about a lead or not."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from dashapp.db.base import Base, UtcDateTime, now


class TaskRow(Base):
    """A task of one workspace. `assignee` is the e-mail of whoever does it, `lead` the contact's key in events.

    `due_on` is a day of the workspace's time zone. `times_done` counts completions, so that each one's event has an
    id of its own; `next_id`: the task that repeats this one, made when it was completed. `revision` counts changes.
    """

    __tablename__ = "task"
    __table_args__ = (
        Index("ix_task_workspace_id", "workspace_id", "done_at", "due_on", "id"),
        Index("ix_task_assignee", "workspace_id", "assignee", "done_at", "due_on", "id"),
        Index("ix_task_lead", "workspace_id", "lead"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    #: phone, linkedin or other: the channel of its event.
    channel: Mapped[str] = mapped_column(String(20))
    title: Mapped[str] = mapped_column(String(200))
    lead: Mapped[str | None] = mapped_column(String(320))
    campaign: Mapped[str | None] = mapped_column(String(500))
    assignee: Mapped[str] = mapped_column(String(254))
    due_on: Mapped[date]
    #: none, daily, weekly or monthly.
    repeat: Mapped[str] = mapped_column(String(10), default="none")
    note: Mapped[str] = mapped_column(Text, default="")
    disposition: Mapped[str | None] = mapped_column(String(20))
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    times_done: Mapped[int] = mapped_column(default=0)
    next_id: Mapped[int | None]
    #: The id the source gave it, where it came by file.
    source_key: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int] = mapped_column(default=1)
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
