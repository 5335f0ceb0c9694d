"""Erasures of people: who asked for one, how far it has come, and what proves it. Nothing here names the person."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import data.lake.erased  # noqa: F401  (its table belongs to the same schema)
from dashapp.db.base import Base, UtcDateTime, now

#: asked for; gone from everything that is read, replaced files still wait to be removed; done and checked.
ASKED, CLEANED, DONE = "asked", "cleaned", "done"


class Erasure(Base):
    """One person erased from one workspace.

    `sealed`: who it is, encrypted with the installation's key, for the job alone; null once it is done. `proof`:
    what was changed and what was read at the end, in numbers.
    """

    __tablename__ = "erasure"
    __table_args__ = (Index("ix_erasure_workspace_id", "workspace_id", "id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    state: Mapped[str] = mapped_column(String(10), default=ASKED)
    sealed: Mapped[str | None] = mapped_column(Text)
    asked_by: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    cleaned_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    proof: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
