"""Server-side sessions, the audit trail and the counters behind every limit on attempts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from dashapp.db.base import Base, UtcDateTime, now
from data.lake.tables import BigId


class LoginSession(Base):
    """A browser's session. The cookie carries a random token, this row its sha256; deleting it logs out."""

    __tablename__ = "login_session"
    id: Mapped[int] = mapped_column(primary_key=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    user_id: Mapped[int | None] = mapped_column(ForeignKey("user.id"), index=True)
    payload: Mapped[str] = mapped_column(Text, default="{}")
    user_agent: Mapped[str] = mapped_column(String(200), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AuditEntry(Base):
    """Who did what, to what, from where, when. Never changed, but for an entry that counts.

    An entry with a `group_key` stands for `n` occurrences of the same thing between `at` and `last_at`
    (`dashapp/access/trail.py`); any other stands for one.
    """

    __tablename__ = "audit_entry"
    __table_args__ = (
        Index("ix_audit_entry_agency_id_at", "agency_id", "at"),
        Index("ix_audit_entry_actor_at", "actor", "at"),
        Index("ix_audit_entry_at", "at"),
        Index("ix_audit_entry_group_key", "group_key", unique=True),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    actor: Mapped[str] = mapped_column(String(254), comment="an e-mail, 'guest:<share id>' or 'cli'")
    verb: Mapped[str] = mapped_column(String(60))
    agency_id: Mapped[int | None] = mapped_column(Integer)
    workspace_id: Mapped[int | None] = mapped_column(Integer)
    detail: Mapped[str] = mapped_column(Text, default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    n: Mapped[int] = mapped_column(Integer, default=1, server_default="1")
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    group_key: Mapped[str | None] = mapped_column(String(64))


class Attempt(Base):
    """How often something limited was tried in one window of time; one UPSERT counts across processes.

    `ends_at`: when the window is over, in seconds since 1970; the row may go then, whatever it counts.
    """

    __tablename__ = "attempt"
    bucket: Mapped[str] = mapped_column(String(40), primary_key=True)
    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    window: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    n: Mapped[int] = mapped_column(Integer)
    ends_at: Mapped[int] = mapped_column(BigInteger, server_default="0")


class WorkerBeat(Base):
    """The last sign of life of each worker process, for `/readyz` and `doctor`."""

    __tablename__ = "worker_beat"
    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
