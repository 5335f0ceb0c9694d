"""The people of a workspace or an agency: who they are, inviting, joining, another role, leaving.

Who may do what at all is decided before (`access/`). Here stands what even those may not: nobody gives or takes the
role of an owner but an owner, a place keeps one, and nobody changes their own role to a higher one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.agencies import accounts, invitations, roles
from dashapp.agencies.names import clean_email
from dashapp.config import Settings
from dashapp.db.tenants import (
    AGENCY_ROLES,
    WORKSPACE_ROLES,
    Agency,
    AgencyMember,
    GivenAccount,
    Invitation,
    Tenant,
    User,
    Workspace,
    WorkspaceMember,
)
from dashapp.errors import NotAllowed, NotFound, Refused

_NOBODY = "There is no such person here."


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with a role in a place. `accounts`: of an agency's member, how many were given (None: all)."""

    user_id: int
    email: str
    name: str
    role: str
    active: bool
    accounts: int | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """Somebody who was invited and has not answered yet."""

    id: int
    email: str
    role: str
    invitation: Invitation


def roles_of(place: Tenant) -> tuple[str, ...]:
    """The roles there are in a place, the most powerful first."""
    return AGENCY_ROLES if isinstance(place, Agency) else WORKSPACE_ROLES


def people_of(session: Session, place: Tenant) -> list[Person]:
    """Everybody with a role in the place, by role and then by address."""
    table = _table(place)
    rows = session.execute(
        select(User, table.role)
        .join(table, table.user_id == User.id)
        .where(_here(place))
        .order_by(User.email)
    ).all()
    given: dict[int, int] = {}
    everywhere: set[int] = set()
    if isinstance(place, Agency):
        counts = select(GivenAccount.user_id, func.count()).where(GivenAccount.agency_id == place.id)
        given = {row[0]: row[1] for row in session.execute(counts.group_by(GivenAccount.user_id))}
        everywhere = set(
            session.scalars(
                select(AgencyMember.user_id).where(
                    AgencyMember.agency_id == place.id, AgencyMember.all_accounts.is_(True)
                )
            )
        )
    known = roles_of(place)
    found = [
        Person(
            user.id,
            user.email,
            user.name,
            role,
            user.active,
            given.get(user.id, 0) if role == "member" and user.id not in everywhere else None,
        )
        for user, role in rows
    ]
    return sorted(found, key=lambda one: (known.index(one.role), one.email))


def asked_of(session: Session, place: Tenant) -> list[Asked]:
    """Open invitations to join the place, oldest first."""
    kind, here = _invited_to(place)
    rows = session.scalars(
        select(Invitation)
        .where(Invitation.kind == kind, here, Invitation.state == "open")
        .order_by(Invitation.id)
    )
    return [Asked(row.id, row.email, row.role, row) for row in rows if invitations.is_open(row)]


def invite(
    session: Session,
    settings: Settings,
    place: Tenant,
    email: str,
    role: str,
    *,
    actor: str,
    actor_role: str,
    through: int | None = None,
) -> Invitation:
    """Ask a person to join with a role; an open invitation of theirs to this place ends.

    `actor_role`: the actor's own role in the place, "" when they act by an agency's link, whose id of the agency is
    then `through`. Raises Refused, NotAllowed.
    """
    email = clean_email(email)
    _check_role(place, role)
    _check_owner(session, place, role, actor_role)
    user = accounts.user_by_email(session, email)
    if through is not None and user is not None and _is_of_agency(session, through, user.id):
        raise Refused("People of your agency work here by their role in it.")
    if user is not None and session.get(_table(place), _key(place, user.id)) is not None:
        raise Refused("{email} is here already; change the role in the list.", email=email)
    kind, here = _invited_to(place)
    invitations.end_open(session, Invitation.kind == kind, here, Invitation.email == email)
    made = invitations.make(
        session,
        settings,
        kind,
        email,
        actor=actor,
        agency_id=place.id if isinstance(place, Agency) else through,
        workspace_id=None if isinstance(place, Agency) else place.id,
        role=role,
    )
    _record(session, place, actor, "people.invite", f"{email}: {role}")
    return made


def take_back(session: Session, place: Tenant, invitation_id: int, *, actor: str) -> None:
    """End an open invitation to this place. Raises NotFound."""
    found = next((one for one in asked_of(session, place) if one.id == invitation_id), None)
    if found is None:
        raise NotFound(invitations.NO_INVITATION)
    invitations.end_open(session, Invitation.id == found.id)
    _record(session, place, actor, "people.cancel", found.email)


def join(session: Session, invitation: Invitation, user: User) -> Tenant:
    """The role of an invitation for the person it was sent to. Raises NotFound."""
    place = place_of(session, invitation)
    invitations.answer(session, invitation, user.email, "used")
    if session.get(_table(place), _key(place, user.id)) is None:  # who got a role meanwhile keeps that one
        if isinstance(place, Agency):
            roles.set_agency_role(session, user, place, invitation.role, actor=user.email)
        else:
            roles.set_workspace_role(session, user, place, invitation.role, actor=user.email)
    return place


def decline(session: Session, invitation: Invitation, user: User) -> None:
    """Say no. Raises NotFound."""
    place = place_of(session, invitation)
    invitations.answer(session, invitation, user.email, "declined")
    _record(session, place, user.email, "people.decline", user.email)


def place_of(session: Session, invitation: Invitation) -> Tenant:
    """What an invitation leads into. Raises NotFound for one that is no invitation to join."""
    if invitation.kind == "agency" and invitation.agency_id is not None:
        return session.get_one(Agency, invitation.agency_id)
    if invitation.kind == "workspace" and invitation.workspace_id is not None:
        return session.get_one(Workspace, invitation.workspace_id)
    raise NotFound(invitations.NO_INVITATION)


def change_role(
    session: Session, place: Tenant, user_id: int, role: str | None, *, actor: str, actor_role: str
) -> Person:
    """Another role, or none: the person leaves. It counts from their next request. Gives who it was.

    Raises NotFound, Refused (the last owner, an unknown role), NotAllowed (owners are owners' business).
    """
    person = person_of(session, place, user_id)
    if role is not None:
        _check_role(place, role)
        _check_owner(session, place, role, actor_role)
    if person.role == "owner" and actor_role != "owner":
        raise NotAllowed("Only an owner changes or removes an owner.")
    user = session.get_one(User, user_id)
    if isinstance(place, Agency):
        roles.set_agency_role(session, user, place, role, actor=actor)
    else:
        roles.set_workspace_role(session, user, place, role, actor=actor)
    # Whoever they asked in joins by a right they may not have any more.
    kind, here = _invited_to(place)
    invitations.end_open(session, Invitation.kind == kind, here, Invitation.invited_by == user.email)
    return person


def person_of(session: Session, place: Tenant, user_id: int) -> Person:
    """Somebody of this place. Raises NotFound for anybody else."""
    for person in people_of(session, place):
        if person.user_id == user_id:
            return person
    raise NotFound(_NOBODY)


def who_can_grant(session: Session, workspace_id: int) -> Sequence[str]:
    """The addresses of those who can let an agency into a workspace."""
    rows = session.scalars(
        select(User.email)
        .join(WorkspaceMember, WorkspaceMember.user_id == User.id)
        .where(
            WorkspaceMember.workspace_id == workspace_id,
            WorkspaceMember.role.in_(("owner", "admin")),
            User.active.is_(True),
        )
        .order_by(User.email)
    )
    return list(rows)


def set_enabled(session: Session, workspace: Workspace, enabled: bool, *, actor: str) -> None:
    """Open or close a workspace. What comes in for it is kept either way."""
    if workspace.enabled is enabled:
        return
    workspace.enabled = enabled
    session.flush()
    _record(session, workspace, actor, "workspace.enable" if enabled else "workspace.disable", workspace.slug)


def _check_role(place: Tenant, role: str) -> None:
    if role not in roles_of(place):
        raise Refused("Choose one of the available roles.")


def _check_owner(session: Session, place: Tenant, role: str, actor_role: str) -> None:
    """Owners make owners; where there is none yet (an agency made the account), whoever may invite at all."""
    if role != "owner" or actor_role == "owner":
        return
    if any(person.role == "owner" for person in people_of(session, place)):
        raise NotAllowed("Only an owner makes somebody an owner.")


def _is_of_agency(session: Session, agency_id: int, user_id: int) -> bool:
    return session.get(AgencyMember, {"user_id": user_id, "agency_id": agency_id}) is not None


def _table(place: Tenant) -> type[AgencyMember] | type[WorkspaceMember]:
    return AgencyMember if isinstance(place, Agency) else WorkspaceMember


def _here(place: Tenant) -> ColumnElement[bool]:
    if isinstance(place, Agency):
        return AgencyMember.agency_id == place.id
    return WorkspaceMember.workspace_id == place.id


def _invited_to(place: Tenant) -> tuple[str, ColumnElement[bool]]:
    """The kind of invitation that leads into the place, and the condition that it leads here."""
    if isinstance(place, Agency):
        return "agency", Invitation.agency_id == place.id
    return "workspace", Invitation.workspace_id == place.id


def _key(place: Tenant, user_id: int) -> dict[str, int]:
    name = "agency_id" if isinstance(place, Agency) else "workspace_id"
    return {"user_id": user_id, name: place.id}


def _record(session: Session, place: Tenant, actor: str, verb: str, detail: str) -> None:
    in_agency = isinstance(place, Agency)
    audit.record(
        session,
        actor,
        verb,
        agency_id=place.id if isinstance(place, Agency) else place.managing_agency_id,
        workspace_id=None if in_agency else place.id,
        detail=detail,
    )
