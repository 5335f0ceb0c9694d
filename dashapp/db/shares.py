"""What belongs to a share link (reports.py): its views, viewers, former addresses, and who opened it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.reports  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now
from data.lake.tables import BigId


class ShareView(Base):
    """A further view of a share, shown as a tab after its first one."""

    __tablename__ = "share_view"
    __table_args__ = (UniqueConstraint("share_id", "view_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"))
    view_id: Mapped[int] = mapped_column(ForeignKey("view.id"), index=True)
    position: Mapped[int]


class ShareViewer(Base):
    """A person a share was sent to, with a link of their own. `state`: active or barred."""

    __tablename__ = "share_viewer"
    __table_args__ = (UniqueConstraint("share_id", "email"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"))
    email: Mapped[str] = mapped_column(String(254))
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    state: Mapped[str] = mapped_column(String(10), default="active")
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens: Mapped[int] = mapped_column(default=0)


class OldLink(Base):
    """An address a share had before it was given a new one; it works until `ends_at`."""

    __tablename__ = "share_old_link"
    id: Mapped[int] = mapped_column(primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    ends_at: Mapped[datetime] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens: Mapped[int] = mapped_column(default=0)


class ShareOpening(Base):
    """What somebody looked at through a share within an hour, `n` times; kept for 13 months.

    `key` names all of it and the hour, so that looking again counts up. `viewer_id` null and `via` empty: through
    the share's own link; `via` "old 7": through the former address of that id. `what`: the tab, campaign or file.
    `ip`: the network only. `device`: phone, tablet, desktop or preview (a program that looks at links before people
    do).
    """

    __tablename__ = "share_opening"
    __table_args__ = (
        Index("ix_share_opening_share_id_at", "share_id", "at"),
        Index("ix_share_opening_at", "at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"))
    viewer_id: Mapped[int | None] = mapped_column(ForeignKey("share_viewer.id"))
    key: Mapped[str] = mapped_column(String(40), unique=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    last_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    n: Mapped[int] = mapped_column(default=1)
    what: Mapped[str] = mapped_column(String(200), default="")
    device: Mapped[str] = mapped_column(String(10), default="")
    ip: Mapped[str] = mapped_column(String(45), default="")
    via: Mapped[str] = mapped_column(String(120), default="")


class PortalDomain(Base):
    """One name for an agency. Anybody may write one down; it is theirs once `verified_host` holds it.

    `token`: what a TXT record of the name says, to prove whose it is. `checks`: what the last look found, by its
    parts ("txt", "address", "tls"): null or why not. `wrong_looks`, `wrong_since`: the definite noes since the name
    was last right; several of them end it. `looks`: the last ones, newest first (agencies/domains.py).
    """

    __tablename__ = "portal_domain"
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    host: Mapped[str] = mapped_column(String(253))
    token: Mapped[str] = mapped_column(String(43))
    verified_host: Mapped[str | None] = mapped_column(String(253), unique=True)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checks: Mapped[dict[str, str | None]] = mapped_column(JSON, default=dict)
    wrong_looks: Mapped[int] = mapped_column(default=0, server_default="0")
    wrong_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    looks: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
