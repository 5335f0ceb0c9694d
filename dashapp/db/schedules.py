"""Reports mailed on a schedule: when, to whom, every run with what became of it, and what was sent, frozen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.mail
import dashapp.db.shares  # noqa: F401  (their tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now
from data.lake.tables import BigId

#: States of a run. `planned`: to be made; `stopped`: held up by what the report says of its figures, nothing was
#: sent; `skipped`: there was nothing to send, or nobody who may get it.
PLANNED, SENT, STOPPED, SKIPPED = "planned", "sent", "stopped", "skipped"


class Schedule(Base):
    """What a share shows, or part of it, mailed again and again to some of its viewers.

    `shows`: keys of views and campaign reports (dashapp/schedules/shows.py); null: all that the share shows.
    `cadence`: daily, weekly, monthly, closed_week or closed_month. `weekday` 1 to 7 and `month_day` 1 to 31 (a
    shorter month's last day) say which day, `hour` and `timezone` when on it. `period`: the days it reports on.
    `only_changed`: not without news since `sent_mark`, what the figures depended on when it was last sent.
    `active_from`: what was due before is not made up for. `next_at`: when it is looked at next; null while paused.
    """

    __tablename__ = "schedule"
    __table_args__ = (Index("ix_schedule_next_at", "next_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"), index=True)
    shows: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    cadence: Mapped[str] = mapped_column(String(15))
    weekday: Mapped[int] = mapped_column(default=1)
    month_day: Mapped[int] = mapped_column(default=1)
    hour: Mapped[int] = mapped_column(default=8)
    timezone: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(5), default="en")
    period: Mapped[str] = mapped_column(String(20))
    only_changed: Mapped[bool] = mapped_column(default=False)
    message: Mapped[str] = mapped_column(Text, default="")
    state: Mapped[str] = mapped_column(String(10), default="active", comment="active or paused")
    revision: Mapped[int] = mapped_column(default=1)
    active_from: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    next_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    sent_mark: Mapped[str] = mapped_column(String(64), default="")
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class ScheduleRecipient(Base):
    """A viewer of the share who gets its mails. `cadence`: every, weekly, monthly (the first of each) or none.

    The recipient changes it without an account, through a link in the mail whose token is derived as a share's.
    `last_day`: the day of the last mail, in the schedule's zone.
    """

    __tablename__ = "schedule_recipient"
    __table_args__ = (UniqueConstraint("schedule_id", "viewer_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id"))
    viewer_id: Mapped[int] = mapped_column(ForeignKey("share_viewer.id"), index=True)
    cadence: Mapped[str] = mapped_column(String(10), default="every")
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    changed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_day: Mapped[str] = mapped_column(String(10), default="")


class ScheduleRun(Base):
    """One mailing of a schedule, planned once: `slot` is the day it is due, the period that closed, or a request.

    `claim`, `claimed_at`: the worker that makes it now. `reason`, `about`: why nothing was sent, and of which tile.
    """

    __tablename__ = "schedule_run"
    __table_args__ = (
        UniqueConstraint("schedule_id", "slot"),
        Index("ix_schedule_run_state_next_try_at", "state", "next_try_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    schedule_id: Mapped[int] = mapped_column(ForeignKey("schedule.id"))
    slot: Mapped[str] = mapped_column(String(60))
    due: Mapped[datetime] = mapped_column(UtcDateTime)
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    state: Mapped[str] = mapped_column(String(10), default=PLANNED)
    tries: Mapped[int] = mapped_column(default=0)
    next_try_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    claim: Mapped[str | None] = mapped_column(String(40))
    claimed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    reason: Mapped[str] = mapped_column(String(30), default="")
    about: Mapped[str] = mapped_column(String(500), default="")
    mails: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SentReport(Base):
    """What a run sent, as it was: behind the mail's link "as of", and to send it to one more person.

    `body`: the tiles as HTML, packed. `facts`: what stands around them (dashapp/schedules/frozen.py). Pictures and
    PDF are the parts of `bundle_id`.
    """

    __tablename__ = "sent_report"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("schedule_run.id"), unique=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"), index=True)
    bundle_id: Mapped[int | None] = mapped_column(ForeignKey("mail_bundle.id"))
    as_of: Mapped[datetime] = mapped_column(UtcDateTime)
    facts: Mapped[dict[str, Any]] = mapped_column(JSON)
    body: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
