"""Views (arrangements of tiles) and the share links that open them as a portal."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, UniqueConstraint, true
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dashapp.db.base import Base, UtcDateTime, now
from dashapp.db.tenants import Workspace


class StoredView(Base):
    """A view as JSON with a schema version (`dashapp/views/schema.py`). `body` and `version`: what is published.

    It belongs to an agency (a template that every workspace it manages shows live) or to a workspace. `revision`
    counts every save and is what savers compare with; `draft_revision`: the save that is the shared draft, if any.
    `rollout`: while a template is published to some workspaces first (`dashapp/views/editing/rollout.py`).
    """

    __tablename__ = "view"
    __table_args__ = (Index("ix_view_agency_id", "agency_id", "workspace_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"))
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    slug: Mapped[str] = mapped_column(String(60))
    name: Mapped[str] = mapped_column(String(120))
    body: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    draft_revision: Mapped[int | None]
    rollout: Mapped[str | None] = mapped_column(Text)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_by: Mapped[str] = mapped_column(String(254), default="")


class ViewOverride(Base):
    """What one workspace changes in one agency template (`dashapp/views/overrides.py`); columns as in `view`.

    `version` 0: nothing is published yet. `is_default`: the workspace starred this template.
    """

    __tablename__ = "view_override"
    __table_args__ = (UniqueConstraint("workspace_id", "view_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    view_id: Mapped[int] = mapped_column(ForeignKey("view.id"), index=True)
    body: Mapped[str] = mapped_column(Text)
    is_default: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int] = mapped_column(default=0)
    draft_revision: Mapped[int | None]
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_by: Mapped[str] = mapped_column(String(254), default="")


class ViewRevision(Base):
    """One save of a view, or (with `override_id`) of an override. `version` null: a draft."""

    __tablename__ = "view_revision"
    __table_args__ = (Index("ix_view_revision_view_id", "view_id", "override_id", "revision"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    view_id: Mapped[int] = mapped_column(ForeignKey("view.id"))
    override_id: Mapped[int | None] = mapped_column(ForeignKey("view_override.id"))
    revision: Mapped[int]
    version: Mapped[int | None]
    body: Mapped[str] = mapped_column(Text)
    note: Mapped[str] = mapped_column(String(200), default="")
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    saved_by: Mapped[str] = mapped_column(String(254), default="")


class Share(Base):
    """What somebody without an account may see of one workspace, and the link that opens it.

    The 256-bit token is derived from the app's secret, the id and `nonce`; only its sha256 is stored. A new
    `nonce` is a rotation. `version` grows with the password and the token, so that open passes end; `revision` with
    every edit, so that no page made before it is shown again and nobody overwrites what they have not seen.

    Shown are views (with `shows_views`: `view_id` first, then those of `share_view`) and campaign reports (with
    `shows_campaigns`). `view_id` null: the workspace's default view, whichever it is when the portal is opened.
    `campaigns`: the only campaigns that any figure of the share counts; null: all. `since`: the earliest day it
    counts. `questions`: readers may ask on a tile. `password_sealed`: the password, encrypted, so that who made the
    share can give it to more people.
    `embed_origins`: the web sites that may show it in a frame; `embed_nonce`: the key of its signed addresses
    (sharing/embedding.py).
    `link_id`: an agency's people made it through this link, and it works only while that is managing; null: the
    workspace's own people made it.
    """

    __tablename__ = "share"
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    view_id: Mapped[int | None] = mapped_column(ForeignKey("view.id"))
    shows_views: Mapped[bool] = mapped_column(default=True)
    shows_campaigns: Mapped[bool] = mapped_column(default=False)
    campaigns: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    since: Mapped[date | None] = mapped_column(Date)
    masks_people: Mapped[bool] = mapped_column(default=True)
    downloads: Mapped[bool] = mapped_column(default=True)
    questions: Mapped[bool] = mapped_column(default=True, server_default=true())
    language: Mapped[str | None] = mapped_column(String(5))
    theme: Mapped[str | None] = mapped_column(String(5))
    period: Mapped[str | None] = mapped_column(String(20))
    compare: Mapped[str | None] = mapped_column(String(10))
    embed_origins: Mapped[list[str] | None] = mapped_column(JSON(none_as_null=True))
    embed_nonce: Mapped[str | None] = mapped_column(String(32))
    link_id: Mapped[int | None] = mapped_column(ForeignKey("agency_link.id"), index=True)
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    password_hash: Mapped[str | None] = mapped_column(String(200))
    password_sealed: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=1)
    revision: Mapped[int] = mapped_column(default=1)
    state: Mapped[str] = mapped_column(String(10), default="active", comment="active, paused or revoked")
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    edited_by: Mapped[str] = mapped_column(String(254), default="")
    edited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    opens: Mapped[int] = mapped_column(default=0)
    workspace: Mapped[Workspace] = relationship()

    @property
    def only_campaigns(self) -> frozenset[str] | None:
        """The campaigns its figures are narrowed to; None: all. An empty list would be no share at all."""
        return None if self.campaigns is None else frozenset(self.campaigns)
