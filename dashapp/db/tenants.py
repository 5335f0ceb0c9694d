"""Agencies, their workspaces (one per client), people and what they may enter."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from dashapp.db.base import Base, UtcDateTime, now

#: Roles in an agency (all its workspaces) and in one workspace; what each may do is `access/policy.py`.
AGENCY_ROLES = ("owner", "admin", "manager", "analyst")
WORKSPACE_ROLES = ("manager", "member", "client")


class Agency(Base):
    """A tenant. Its brand colour and logo dress every portal of its workspaces."""

    __tablename__ = "agency"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    brand: Mapped[str] = mapped_column(String(7), default="#0f766e")
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_digest: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    workspaces: Mapped[list[Workspace]] = relationship(back_populates="agency", order_by="Workspace.name")


class Workspace(Base):
    """One client of an agency. Every date, day and week of its figures is local to `timezone`."""

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), index=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    agency: Mapped[Agency] = relationship(back_populates="workspaces")


class User(Base):
    """A person with an account. `email` is lower case."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    #: What the desk speaks with them ("en", "fr"); none: their browser's language.
    language: Mapped[str | None] = mapped_column(String(5))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AgencyMember(Base):
    """A person's role in a whole agency."""

    __tablename__ = "agency_member"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))


class WorkspaceMember(Base):
    """A person's role in one workspace."""

    __tablename__ = "workspace_member"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))


class Source(Base):
    """A door for one provider's webhooks into one workspace: `/hooks/<provider>/<key>`.

    The key is derived from the app's secret, the id and `nonce`, so it can be shown again although only its
    sha256 is stored. `secret_sealed` is encrypted; while a secret is rotated the old one is accepted until
    `old_secret_until`. `key_is_secret`: the provider can send neither signature nor password (weaker, and told).
    `active` false: paused. `closed_at`: the source never takes anything again.
    """

    __tablename__ = "source"
    __table_args__ = (UniqueConstraint("key_hash"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    provider: Mapped[str] = mapped_column(String(30))
    nonce: Mapped[str] = mapped_column(String(32))
    key_hash: Mapped[str] = mapped_column(String(64))
    secret_sealed: Mapped[str] = mapped_column(String(1000))
    old_secret_sealed: Mapped[str | None] = mapped_column(String(1000))
    old_secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    key_is_secret: Mapped[bool] = mapped_column(default=False)
    active: Mapped[bool] = mapped_column(default=True)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    workspace: Mapped[Workspace] = relationship()
