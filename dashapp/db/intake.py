"""Files of the watched folder: those that are waited for, and what became of those that were read."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.tenants  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now

#: States of a file. `waiting`: it may still be written; `reading`: it is the worker's now.
WAITING, READING, TAKEN, REFUSED = "waiting", "reading", "taken", "refused"


class WatchedFile(Base):
    """A file that was dropped into a workspace's folder (dashapp/intake/watched.py).

    `size`, `modified_ns`: as it was seen last; it is read when they stay the same. `tries`: how often reading it
    was begun. `row_count` = `new` + `duplicate` + `parked`. `why`: of a refused one; of a taken one what it left
    unread.
    """

    __tablename__ = "watched_file"
    __table_args__ = (Index("ix_watched_file_workspace_id_seen_at", "workspace_id", "seen_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    name: Mapped[str] = mapped_column(String(300))
    size: Mapped[int] = mapped_column(BigInteger)
    modified_ns: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default=WAITING)
    why: Mapped[str] = mapped_column(Text, default="")
    tries: Mapped[int] = mapped_column(default=0)
    row_count: Mapped[int] = mapped_column(BigInteger, default=0)
    new: Mapped[int] = mapped_column(BigInteger, default=0)
    duplicate: Mapped[int] = mapped_column(BigInteger, default=0)
    parked: Mapped[int] = mapped_column(BigInteger, default=0)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
