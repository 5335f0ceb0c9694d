"""Agencies, workspaces (each a client's own account), the links between them, people and what they may enter."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from sqlalchemy import (
    JSON,
    BigInteger,
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
    false,
    select,
    text,
    true,
)
from sqlalchemy.orm import Mapped, column_property, mapped_column, relationship

from dashapp.db.base import Base, UtcDateTime, now

#: Roles in an agency and in one workspace; what each may do is `access/policy.py`.
AGENCY_ROLES = ("owner", "admin", "manager", "member")
WORKSPACE_ROLES = ("owner", "admin", "manager", "member", "client")
#: States of a file. `waiting`: it may still be written; `reading`: it is the worker's now.
WAITING, READING, TAKEN, REFUSED = "waiting", "reading", "taken", "refused"
#: What a workspace pays for. `trial` ends at `Workspace.trial_ends`.
PLANS = ("free", "trial", "pro")
#: The colour where there is no agency's.
DEFAULT_BRAND = "#0f766e"
#: How a person reads times.
TWELVE, TWENTY_FOUR = "12", "24"
#: States of an agency link. Of the links of a workspace at most one is managing.
INVITED, MANAGING, ENDED = "invited", "managing", "ended"


class Agency(Base):
    """Manages the workspaces of its clients. Its brand dresses what the clients of those see."""

    __tablename__ = "agency"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    brand: Mapped[str] = mapped_column(String(7), default=DEFAULT_BRAND)
    logo: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    logo_digest: Mapped[str | None] = mapped_column(String(16))
    footer: Mapped[str] = mapped_column(String(200), default="", server_default="")
    #: Of portals whose link has none; None: the reader's browser decides.
    language: Mapped[str | None] = mapped_column(String(5))
    #: What a new workspace begins with; "": the zone of whoever makes it.
    timezone: Mapped[str] = mapped_column(String(64), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class Workspace(Base):
    """A client's own account. Every date, day and week of its figures is local to `timezone`.

    `managing_agency_id`, `managing_link_id`: the agency that manages it and the link it does so through, as they
    were when the row was read; None without one. A workspace that is not `enabled` is closed to everybody but
    those who may enable it again; what comes in for it is still kept.
    """

    __tablename__ = "workspace"
    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(60), unique=True)
    name: Mapped[str] = mapped_column(String(120))
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    plan: Mapped[str] = mapped_column(String(10), default="free", server_default="free")
    trial_ends: Mapped[datetime | None] = mapped_column(UtcDateTime)
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    #: How its events are counted (data/marts/counting.py); "": as everybody's.
    counting: Mapped[str] = mapped_column(String(200), default="", server_default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    links: Mapped[list[AgencyLink]] = relationship(back_populates="workspace", order_by="AgencyLink.id")
    managing_agency: Mapped[Agency | None] = relationship(
        secondary="agency_link",
        primaryjoin="and_(Workspace.id == AgencyLink.workspace_id, AgencyLink.state == 'managing')",
        secondaryjoin="Agency.id == AgencyLink.agency_id",
        viewonly=True,
        uselist=False,
    )
    if TYPE_CHECKING:
        managing_agency_id: Mapped[int | None]
        managing_link_id: Mapped[int | None]


class AgencyLink(Base):
    """One agency's way into one workspace: invited → managing → ended. A link that ended never works again.

    `workspace_id` is null until the invitation is granted. `email`, `account_name`: whom the agency invited, and
    what it calls the account. `ended_side`: "agency" or "workspace". `hidden`: removed from the agency's list.
    """

    __tablename__ = "agency_link"
    __table_args__ = (
        Index(
            "uq_agency_link_managing",
            "workspace_id",
            unique=True,
            sqlite_where=text("state = 'managing'"),
            postgresql_where=text("state = 'managing'"),
        ),
        Index("ix_agency_link_agency_id_state", "agency_id", "state"),
        Index("ix_agency_link_workspace_id", "workspace_id"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"))
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    state: Mapped[str] = mapped_column(String(10), comment="invited, managing or ended")
    email: Mapped[str] = mapped_column(String(254), default="")
    account_name: Mapped[str] = mapped_column(String(120), default="")
    asked_by: Mapped[str] = mapped_column(String(254), default="")
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    granted_by: Mapped[str] = mapped_column(String(254), default="")
    granted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_by: Mapped[str] = mapped_column(String(254), default="")
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_side: Mapped[str] = mapped_column(String(10), default="", comment="agency or workspace")
    ended_how: Mapped[str] = mapped_column(String(10), default="", comment="unlinked, cancelled or declined")
    hidden: Mapped[bool] = mapped_column(default=False, server_default=false())
    #: The agency's own words for the account, to filter its list by.
    tags: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    agency: Mapped[Agency] = relationship()
    workspace: Mapped[Workspace | None] = relationship(back_populates="links")


_managing = (AgencyLink.workspace_id == Workspace.id, AgencyLink.state == MANAGING)
Workspace.managing_agency_id = column_property(
    select(AgencyLink.agency_id).where(*_managing).correlate_except(AgencyLink).scalar_subquery()
)
Workspace.managing_link_id = column_property(
    select(AgencyLink.id).where(*_managing).correlate_except(AgencyLink).scalar_subquery()
)


class User(Base):
    """A person with an account. `email` is lower case."""

    __tablename__ = "user"
    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(120), default="")
    password_hash: Mapped[str | None] = mapped_column(String(200))
    active: Mapped[bool] = mapped_column(default=True)
    #: The workspace they looked at last: what is opened without naming one opens there.
    last_workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"))
    #: What the desk speaks with them ("en", "fr" …); none: their browser's language.
    language: Mapped[str | None] = mapped_column(String(5))
    #: TWELVE or TWENTY_FOUR hours; none: as their language writes times.
    clock: Mapped[str | None] = mapped_column(String(2))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AgencyMember(Base):
    """A person's role in an agency. A member works in the accounts given to them, or with `all_accounts` in all."""

    __tablename__ = "agency_member"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))
    all_accounts: Mapped[bool] = mapped_column(default=False, server_default=false())


class GivenAccount(Base):
    """A workspace that a member of an agency works in, as long as the agency manages it."""

    __tablename__ = "given_account"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    agency_id: Mapped[int] = mapped_column(ForeignKey("agency.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True, index=True)


class WorkspaceMember(Base):
    """A person's role in one workspace."""

    __tablename__ = "workspace_member"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True, index=True)
    role: Mapped[str] = mapped_column(String(20))


class Invitation(Base):
    """What a person was asked to accept, by a link in a mail: once, within `expires_at`, with that address.

    `kind`: "link" (let an agency manage an account; `link_id`), "agency" or "workspace" (join it with `role`). The
    token is derived from the app's secret, the id and `nonce`; only its sha256 is stored.
    """

    __tablename__ = "invitation"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(10), comment="link, agency or workspace")
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    agency_id: Mapped[int | None] = mapped_column(ForeignKey("agency.id"), index=True)
    workspace_id: Mapped[int | None] = mapped_column(ForeignKey("workspace.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("agency_link.id"), index=True)
    role: Mapped[str] = mapped_column(String(20), default="")
    state: Mapped[str] = mapped_column(String(10), default="open", comment="open, used, declined or ended")
    invited_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Source(Base):
    """An endpoint for one provider's webhooks into one workspace: `/hooks/<provider>/<key>`.

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


#: Whatever people, templates and settings belong to.
Tenant = Agency | Workspace


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
