"""Making agencies, workspaces and people, and changing what people may enter.

Every function works in the caller's transaction and writes the audit trail there. Names and roles are checked
here, whoever calls.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from dashapp.access import audit, limits, passwords
from dashapp.agencies import roles
from dashapp.agencies.names import clean_email, clean_name, clean_timezone, slug_for
from dashapp.db.base import now
from dashapp.db.security import LoginSession
from dashapp.db.tenants import (
    MANAGING,
    Agency,
    AgencyLink,
    AgencyMember,
    User,
    Workspace,
)
from dashapp.errors import NotFound, Refused


def create_agency(
    session: Session, name: str, owner_email: str, password: str | None = None, *, actor: str = "cli"
) -> tuple[Agency, User]:
    """An agency and its owner. An owner who has an account already keeps it, with its password.

    Raises Refused on a bad name, address or password. Without a password a new owner cannot log in yet.
    """
    name = clean_name(name, "an agency")
    agency = Agency(slug=slug_for(session, Agency, name, "agency"), name=name)
    session.add(agency)
    session.flush()
    owner = _person(session, owner_email, password, context=(name,), actor=actor)
    roles.put_role(session, AgencyMember, {"user_id": owner.id, "agency_id": agency.id}, "owner")
    audit.record(
        session, actor, "agency.create", agency_id=agency.id, detail=f"{agency.slug}, owner {owner.email}"
    )
    return agency, owner


def rename_agency(session: Session, agency: Agency, name: str, footer: str, *, actor: str = "cli") -> None:
    """Another name and line at the foot of portals ("": who prepared them). The slug stays. Raises Refused."""
    name, footer = clean_name(name, "an agency"), " ".join(footer.split())
    if len(footer) > 200 or not footer.isprintable():
        raise Refused("The footer has at most 200 printable characters.")
    if (name, footer) == (agency.name, agency.footer):
        return
    agency.name, agency.footer = name, footer
    session.flush()
    audit.record(session, actor, "agency.edit", agency_id=agency.id, detail=f"{name}; {footer}")


def speak(session: Session, user_id: int, language: str) -> None:
    """Keep the language a person chose. Flushes, does not commit."""
    person = session.get(User, user_id)
    if person is None:
        raise NotFound("There is no such person.")
    person.language = language
    session.flush()


def looked_at(session: Session, user_id: int, workspace_id: int) -> None:
    """Keep which workspace a person looked at last."""
    session.execute(update(User).where(User.id == user_id).values(last_workspace_id=workspace_id))


def create_workspace(
    session: Session,
    agency: Agency | None,
    name: str,
    timezone: str = "UTC",
    *,
    plan: str = "free",
    trial_ends: datetime | None = None,
    actor: str = "cli",
) -> Workspace:
    """A workspace, managed by `agency` from the start where one is given. Raises Refused on a bad name or zone."""
    name = clean_name(name, "a workspace")
    limits.check_room(session, agency, "workspaces")
    workspace = Workspace(
        slug=slug_for(session, Workspace, name, "workspace"),
        name=name,
        timezone=clean_timezone(timezone),
        plan=plan,
        trial_ends=trial_ends,
    )
    if agency is not None:
        workspace.links.append(
            AgencyLink(
                agency_id=agency.id,
                state=MANAGING,
                account_name=name,
                asked_by=actor,
                granted_by=actor,
                granted_at=now(),
            )
        )
    session.add(workspace)
    session.flush()
    session.refresh(workspace)
    audit.record(
        session,
        actor,
        "workspace.create",
        agency_id=None if agency is None else agency.id,
        workspace_id=workspace.id,
        detail=workspace.slug,
    )
    return workspace


def create_user(
    session: Session,
    email: str,
    password: str | None = None,
    *,
    agency: Agency | None = None,
    agency_role: str | None = None,
    all_accounts: bool = False,
    workspace: Workspace | None = None,
    workspace_role: str | None = None,
    name: str = "",
    actor: str = "cli",
) -> User:
    """A person with the given roles; someone who has an account gets the roles added.

    Raises Refused on an unknown role, a role without its place, or a password for an account that has one.
    """
    if (agency is None) != (agency_role is None) or (workspace is None) != (workspace_role is None):
        raise Refused("A role needs the agency or workspace it is for, and the other way round.")
    context = tuple(place.name for place in (agency, workspace) if place is not None)
    user = _person(session, email, password, context=context, name=name, actor=actor)
    if agency is not None and agency_role is not None:
        roles.set_agency_role(session, user, agency, agency_role, all_accounts=all_accounts, actor=actor)
    if workspace is not None and workspace_role is not None:
        roles.set_workspace_role(session, user, workspace, workspace_role, actor=actor)
    return user


def set_password(
    session: Session, user: User, password: str, *, actor: str = "cli", keep_session: int | None = None
) -> None:
    """Change a password; every session of the person but `keep_session` (a row id) ends."""
    passwords.check(password, _context(user.email))
    user.password_hash = passwords.hash_password(password)
    _delete_sessions(session, user, keep=keep_session)
    audit.record(session, actor, "password.set", detail=user.email)


def set_active(session: Session, user: User, active: bool, *, actor: str = "cli") -> None:
    """Disable or enable an account; disabling ends every session.

    Raises Refused when an agency would be left without an owner who can log in.
    """
    if not active:
        for agency in _owned_by(session, user):
            roles.keep_an_owner(session, user, agency)
        _delete_sessions(session, user)
    user.active = active
    session.flush()
    audit.record(session, actor, "user.enable" if active else "user.disable", detail=user.email)


def end_sessions(session: Session, user: User, *, keep: int | None = None, actor: str = "cli") -> int:
    """Log a person out everywhere, but for the session row `keep`; gives how many sessions ended."""
    ended = _delete_sessions(session, user, keep=keep)
    audit.record(session, actor, "sessions.end", detail=f"{user.email}: {ended}")
    return ended


def _delete_sessions(session: Session, user: User, *, keep: int | None = None) -> int:
    ended = delete(LoginSession).where(LoginSession.user_id == user.id)
    if keep is not None:
        ended = ended.where(LoginSession.id != keep)
    return int(session.execute(ended).rowcount)  # type: ignore[attr-defined]


def agency_by_slug(session: Session, slug: str) -> Agency:
    """For the command line. Raises NotFound with a sentence."""
    agency = session.scalars(select(Agency).where(Agency.slug == slug)).one_or_none()
    if agency is None:
        raise NotFound("There is no agency {name}.", name=repr(slug))
    return agency


def only_agency(session: Session) -> Agency:
    """The agency when there is just one: then the command line need not name it. Raises Refused."""
    agencies = session.scalars(select(Agency).limit(2)).all()
    if len(agencies) != 1:
        raise Refused(
            "Say which agency with --agency: there is " + ("more than one." if agencies else "none yet.")
        )
    return agencies[0]


def user_by_email(session: Session, email: str) -> User | None:
    """The account of an address, or None."""
    return session.scalars(select(User).where(User.email == email.strip().lower())).one_or_none()


def known_user(session: Session, email: str) -> User:
    """The account of an address. Raises NotFound with a sentence."""
    user = user_by_email(session, email)
    if user is None:
        raise NotFound("There is no account of {email}.", email=repr(email.strip()[:80]))
    return user


def _person(
    session: Session,
    email: str,
    password: str | None,
    context: tuple[str, ...],
    name: str = "",
    *,
    actor: str,
) -> User:
    email = clean_email(email)
    user = user_by_email(session, email)
    if user is not None:
        if password is not None and user.password_hash is not None:
            raise Refused(
                "{email} has an account and a password already; leave the password out.", email=email
            )
    else:
        user = User(email=email, name=clean_name(name, "a person") if name else "")
        session.add(user)
        audit.record(session, actor, "user.create", detail=email)
    if password is not None:
        passwords.check(password, (*_context(email), *context))
        user.password_hash = passwords.hash_password(password)
        audit.record(session, actor, "password.set", detail=email)
    session.flush()
    return user


def _context(email: str) -> tuple[str, ...]:
    local, _, domain = email.partition("@")
    return (local, domain.rpartition(".")[0])


def _owned_by(session: Session, user: User) -> list[Agency]:
    owned = select(Agency).join(AgencyMember, AgencyMember.agency_id == Agency.id)
    return list(
        session.scalars(
            owned.where(AgencyMember.user_id == user.id, AgencyMember.role == "owner").order_by(Agency.id)
        )
    )
