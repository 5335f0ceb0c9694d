"""Who is asking. Always one of four, never None, and always read from the database at this request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_, not_, or_, select
from sqlalchemy.orm import Session

from dashapp.db.people import AgencySecurity, Passkey, TotpSecret
from dashapp.db.tenants import AgencyMember, User, Workspace, WorkspaceMember


def _frozen() -> Mapping[int, str]:
    return MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Member:
    """A person who has logged in. Roles by agency id and by workspace id; none is no right at all."""

    user_id: int
    email: str
    name: str = ""
    agency_roles: Mapping[int, str] = field(default_factory=_frozen)
    workspace_roles: Mapping[int, str] = field(default_factory=_frozen)
    #: The agency of each workspace in `workspace_roles`.
    workspace_agencies: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    #: The language they chose; none: what their browser asks for.
    language: str | None = None
    #: An agency asks its owners and admins for a second factor, and they have none.
    lacks_second_factor: bool = False

    @property
    def actor(self) -> str:
        """How the audit trail names them."""
        return self.email


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever holds a share link: one view of one workspace, nothing else."""

    share_id: int
    workspace_id: int
    agency_id: int
    view_id: int | None = None
    campaign: str | None = None

    @property
    def actor(self) -> str:
        """How the audit trail names them."""
        return guest_actor(self.share_id)


@dataclass(frozen=True, slots=True)
class Service:
    """A program with a key (the API) or the command line, within one agency or one workspace."""

    name: str
    agency_id: int | None = None
    workspace_id: int | None = None
    #: A key that only reads, which keys of the API do unless they were made to write.
    read_only: bool = False

    @property
    def actor(self) -> str:
        """How the audit trail names them."""
        return self.name


@dataclass(frozen=True, slots=True)
class Anonymous:
    """Nobody we know."""

    @property
    def actor(self) -> str:
        """How the audit trail names them."""
        return "anonymous"


Viewer = Member | Guest | Service | Anonymous


def guest_actor(share_id: int) -> str:
    """How the audit trail names whoever holds a share link."""
    return f"guest:{share_id}"


def load_member(session: Session, user_id: int) -> Member | None:
    """The member with their roles as they are now; None when the user is gone or disabled."""
    user = session.get(User, user_id)
    if user is None or not user.active:
        return None
    agencies = session.execute(
        select(AgencyMember.agency_id, AgencyMember.role, _lacks_second_factor(user_id).label("lacks")).where(
            AgencyMember.user_id == user_id
        )
    ).all()
    agency_roles = {row.agency_id: row.role for row in agencies}
    workspaces = session.execute(
        select(WorkspaceMember.workspace_id, WorkspaceMember.role, Workspace.agency_id)
        .join(Workspace, Workspace.id == WorkspaceMember.workspace_id)
        .where(WorkspaceMember.user_id == user_id)
    ).all()
    return Member(
        user_id=user.id,
        email=user.email,
        name=user.name,
        agency_roles=MappingProxyType(agency_roles),
        workspace_roles=MappingProxyType({row.workspace_id: row.role for row in workspaces}),
        workspace_agencies=MappingProxyType({row.workspace_id: row.agency_id for row in workspaces}),
        language=user.language,
        lacks_second_factor=any(row.lacks for row in agencies),
    )


def _lacks_second_factor(user_id: int) -> ColumnElement[bool]:
    """Of a row of `agency_member`: whether this role asks for a second factor that the person does not have."""
    required = (
        select(AgencySecurity.agency_id)
        .where(AgencySecurity.agency_id == AgencyMember.agency_id, AgencySecurity.second_factor_required)
        .exists()
    )
    app = select(TotpSecret.user_id).where(TotpSecret.user_id == user_id).exists()
    passkey = select(Passkey.id).where(Passkey.user_id == user_id).exists()
    return and_(AgencyMember.role.in_(("owner", "admin")), required, not_(or_(app, passkey)))
