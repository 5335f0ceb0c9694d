"""What an agency's dashboard shows beside the cubes: figures of an account, and reasons to look after it.

All of it is derived: the worker writes it, and a lost row comes back with the next round. A campaign's name is the
only text in it; no row names a person.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.tenants  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now

#: Kinds of reasons, the gravest first.
KINDS = ("untouched", "silent", "bounces", "fall", "unseen")


class AccountFigures(Base):
    """Figures of one workspace over its last 28 days (`dashapp/agencies/attention/account_figures.py` says which).

    `mark`: the version and the latest change by hand they were counted from.
    """

    __tablename__ = "account_figures"
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    mark: Mapped[str] = mapped_column(String(80))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    figures: Mapped[dict[str, Any]] = mapped_column(JSON)


class AccountReason(Base):
    """Why an account needs somebody. `subject`: the campaign it is about, "" for the whole account.

    `since`: when it began; `evidence`: the numbers behind it, by name. The row goes when the reason does.
    """

    __tablename__ = "account_reason"
    __table_args__ = (UniqueConstraint("workspace_id", "kind", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    kind: Mapped[str] = mapped_column(String(12))
    subject: Mapped[str] = mapped_column(String(500), default="")
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)


class ReasonSnooze(Base):
    """An agency does not want to hear of a reason before `until`."""

    __tablename__ = "reason_snooze"
    __table_args__ = (Index("ix_reason_snooze_until", "until"),)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(12), primary_key=True)
    subject: Mapped[str] = mapped_column(String(500), primary_key=True)
    until: Mapped[datetime] = mapped_column(UtcDateTime)
    snoozed_by: Mapped[str] = mapped_column(String(254), default="")
