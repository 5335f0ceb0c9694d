"""The people of an installation or an agency, with their roles and open sessions."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashapp.access.sessions import open_sessions
from dashapp.access.workspaces import managed_by
from dashapp.db.security import LoginSession
from dashapp.db.tenants import Agency, AgencyMember, User, Workspace, WorkspaceMember


@dataclass(frozen=True, slots=True)
class Role:
    """A role in one place. `kind`: agency or workspace; `place`: its slug."""

    kind: str
    place: str
    role: str


@dataclass(frozen=True, slots=True)
class Person:
    """An account. `sessions`: how many browsers are logged in now."""

    user: str
    name: str
    active: bool
    has_password: bool
    sessions: int
    roles: tuple[Role, ...]

    def as_dict(self) -> dict[str, Any]:
        """For a JSON document."""
        return asdict(self)


def list_users(session: Session, agency: Agency | None = None) -> list[Person]:
    """Everybody by address; with an `agency` only who has a role in it or one of its workspaces, and only
    those roles. Four statements, however many people there are.
    """
    roles = _roles(session, agency)
    counted = select(LoginSession.user_id, func.count()).where(open_sessions()).group_by(LoginSession.user_id)
    sessions = dict(session.execute(counted).tuples().all())
    users = session.scalars(select(User).order_by(User.email))
    return [
        Person(
            user.email,
            user.name,
            user.active,
            user.password_hash is not None,
            sessions.get(user.id, 0),
            tuple(roles.get(user.id, ())),
        )
        for user in users
        if agency is None or user.id in roles
    ]


def _roles(session: Session, agency: Agency | None) -> dict[int, list[Role]]:
    in_agencies = select(AgencyMember.user_id, Agency.slug, AgencyMember.role).join(
        Agency, Agency.id == AgencyMember.agency_id
    )
    in_workspaces = select(WorkspaceMember.user_id, Workspace.slug, WorkspaceMember.role).join(
        Workspace, Workspace.id == WorkspaceMember.workspace_id
    )
    if agency is not None:
        in_agencies = in_agencies.where(Agency.id == agency.id)
        in_workspaces = in_workspaces.where(managed_by(agency.id))
    found: dict[int, list[Role]] = defaultdict(list)
    for kind, query in (
        ("agency", in_agencies.order_by(Agency.slug)),
        ("workspace", in_workspaces.order_by(Workspace.slug)),
    ):
        for user_id, slug, role in session.execute(query):
            found[user_id].append(Role(kind, slug, role))
    return found
