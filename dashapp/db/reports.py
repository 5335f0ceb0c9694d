"""Views (arrangements of tiles) and the share links that open them as a portal."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dashapp.db.base import Base, UtcDateTime, now
from dashapp.db.tenants import Workspace


class StoredView(Base):
    """A view as JSON with a schema version (`dashapp/views/schema.py`).

    `workspace_id` null: an agency template that every workspace of the agency shows live.
    """

    __tablename__ = "view"
    __table_args__ = (Index("ix_view_agency_id", "agency_id", "workspace_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_by: Mapped[str] = mapped_column(String(254), default="")


class Share(Base):
    """A link that opens one view of one workspace without an account.

    The 256-bit token is derived from the app's secret, the id and `nonce`; only its sha256 is stored. A new
    `nonce` is a rotation. `version` grows with the password, so that open passes end. `view_id` null: the
    workspace's default view, whichever it is when the portal is opened.
    """

    __tablename__ = "share"
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    view_id: Mapped[int | None] = mapped_column(ForeignKey("view.id"))
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    version: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="active", comment="active, paused or revoked")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens: Mapped[int] = mapped_column(default=0)
    workspace: Mapped[Workspace] = relationship()
