"""A person's linked Google account."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

import dashapp.db.tenants  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now


class GoogleAccount(Base):
    """The token that reads a person's contacts, and the addresses it read last: both encrypted."""

    __tablename__ = "google_account"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    refresh_sealed: Mapped[str] = mapped_column(Text)
    contacts_sealed: Mapped[str] = mapped_column(Text)
    contacts: Mapped[int] = mapped_column(default=0)
    fetched_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
