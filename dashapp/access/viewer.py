"""Who is asking. Always one of four, never None, and always read from the database at this request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from sqlalchemy import ColumnElement, and_, false, not_, or_, select
from sqlalchemy.orm import Session

from dashapp.db.people import AgencySecurity, Passkey, TotpSecret
from dashapp.db.tenants import AgencyMember, GivenAccount, User, Workspace, WorkspaceMember


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
    #: The agency that manages each workspace in `workspace_roles`, of those that are managed.
    workspace_agencies: Mapping[int, int] = field(default_factory=lambda: MappingProxyType({}))
    #: The agencies whose member they are with all accounts; (agency, workspace) where single ones were given.
    all_accounts: frozenset[int] = frozenset()
    given: frozenset[tuple[int, int]] = frozenset()
    #: The language they chose; none: what their browser asks for.
    language: str | None = None
    #: The clock they chose ("12", "24"); none: their language's.
    clock: str | None = None
    #: The workspace they looked at last.
    last_workspace_id: int | None = None
    #: An agency asks its owners and admins for a second factor, and they have none.
    lacks_second_factor: bool = False

    @property
    def actor(self) -> str:
        """How the audit trail names them."""
        return self.email


@dataclass(frozen=True, slots=True)
class Guest:
    """Whoever holds a share link: what the share shows of one workspace, nothing else.

    `views`: the ids of the views it shows, None among them for the workspace's default one. What of the figures
    they may read (campaigns, days, people) is in the scope that comes with them.
    """

    share_id: int
    workspace_id: int
    agency_id: int | None
    views: tuple[int | None, ...] = (None,)
    shows_campaigns: bool = False
    downloads: bool = True

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
    #: A workspace's own people made it: what it makes lives whoever manages the workspace.
    own: bool = False

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
    return _load(session, user_id, _lacks_second_factor(user_id))


def load_recipient(session: Session, user_id: int) -> Member | None:
    """The same for who is written to: nothing is asked of second factors, so a worker's own role may."""
    return _load(session, user_id, false())


def _load(session: Session, user_id: int, lacks: ColumnElement[bool]) -> Member | None:
    rows = session.execute(
        select(
            User.id,
            User.email,
            User.name,
            User.active,
            User.language,
            User.clock,
            User.last_workspace_id,
            AgencyMember.agency_id,
            AgencyMember.role,
            AgencyMember.all_accounts,
            lacks.label("lacks"),
        )
        .outerjoin(AgencyMember, AgencyMember.user_id == User.id)
        .where(User.id == user_id)
    ).all()
    user = rows[0] if rows else None
    if user is None or not user.active:
        return None
    agencies = [row for row in rows if row.agency_id is not None]
    workspaces = session.execute(
        select(WorkspaceMember.workspace_id, WorkspaceMember.role, Workspace.managing_agency_id)
        .join(Workspace, Workspace.id == WorkspaceMember.workspace_id)
        .where(WorkspaceMember.user_id == user_id)
    ).all()
    some = {row.agency_id for row in agencies if row.role == "member" and not row.all_accounts}
    given = (
        session.execute(
            select(GivenAccount.agency_id, GivenAccount.workspace_id).where(
                GivenAccount.user_id == user_id, GivenAccount.agency_id.in_(some)
            )
        )
        if some
        else ()
    )
    return Member(
        user_id=user.id,
        email=user.email,
        name=user.name,
        agency_roles=MappingProxyType({row.agency_id: row.role for row in agencies}),
        workspace_roles=MappingProxyType({row[0]: row[1] for row in workspaces}),
        workspace_agencies=MappingProxyType({row[0]: row[2] for row in workspaces if row[2] is not None}),
        all_accounts=frozenset(row.agency_id for row in agencies if row.all_accounts),
        given=frozenset((row.agency_id, row.workspace_id) for row in given),
        language=user.language,
        clock=user.clock,
        last_workspace_id=user.last_workspace_id,
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
