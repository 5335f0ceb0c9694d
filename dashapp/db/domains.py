"""The name an agency's portals have of their own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.tenants  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now


class PortalDomain(Base):
    """One name for an agency. Anybody may write one down; it is theirs once `verified_host` holds it.

    `token`: what a TXT record of the name says, to prove whose it is. `checks`: what the last look found, by its
    parts ("txt", "address", "tls"): null or why not.
    """

    __tablename__ = "portal_domain"
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    host: Mapped[str] = mapped_column(String(253))
    token: Mapped[str] = mapped_column(String(43))
    verified_host: Mapped[str | None] = mapped_column(String(253), unique=True)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    checks: Mapped[dict[str, str | None]] = mapped_column(JSON, default=dict)
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
