"""Agency links: invite an account, grant or decline, cancel, resend, unlink from either side, remove from the list.

Plain functions within the caller's transaction; each writes the audit trail of both sides. A link that ended stays
as it ended: who is invited again gets a new one, so nothing that was made through the old one opens again.
"""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.access import audit, limits
from dashapp.agencies import invitations
from dashapp.agencies.accounts import create_workspace
from dashapp.agencies.names import clean_email, clean_name
from dashapp.agencies.roles import set_workspace_role
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.crm import TaskRow
from dashapp.db.mail import Trouble
from dashapp.db.tenants import (
    ENDED,
    INVITED,
    MANAGING,
    Agency,
    AgencyLink,
    GivenAccount,
    Invitation,
    User,
    Workspace,
    WorkspaceMember,
)
from dashapp.errors import NotFound, Refused

#: How long a new account may use everything.
TRIAL = timedelta(days=14)
#: Who may let an agency into a workspace, and end that.
GRANTING = ("owner", "admin")
_VERBS = {"cancelled": "link.cancel", "declined": "link.decline", "unlinked": "link.unlink"}
#: Tags of an account, and characters of one.
MOST_TAGS, LONGEST_TAG = 10, 30
_NO_LINK = "There is no such account."
#: Told neutrally: who manages it is nobody's business but its own people's.
TAKEN = "This account is managed already. That has to be ended first, in its settings."


def invite_account(
    session: Session, settings: Settings, agency: Agency, email: str, account_name: str, *, actor: str
) -> Invitation:
    """Ask the person of an address to let the agency manage their account. Raises Refused.

    Whether there is an account with this address makes no difference to what is answered.
    """
    email, account_name = clean_email(email), clean_name(account_name, "an account")
    waiting = select(AgencyLink.id).where(
        AgencyLink.agency_id == agency.id,
        AgencyLink.state == INVITED,
        AgencyLink.email == email,
        AgencyLink.account_name == account_name,
    )
    if session.execute(waiting.limit(1)).first() is not None:
        raise Refused("This account is invited already; send the invitation again from the list.")
    link = AgencyLink(
        agency_id=agency.id, state=INVITED, email=email, account_name=account_name, asked_by=actor
    )
    session.add(link)
    session.flush()
    audit.record(session, actor, "link.invite", agency_id=agency.id, detail=_told(link))
    return _invite(session, settings, link, actor)


def resend(session: Session, settings: Settings, link: AgencyLink, *, actor: str) -> Invitation:
    """A new invitation: the one before ends. Of a link that ended a new one is begun in its place."""
    if link.state == MANAGING:
        raise Refused("This account is managed by your agency already.")
    if link.state == ENDED:
        if not link.email:
            raise Refused("This account was never invited by e-mail; invite it with its address.")
        link.hidden = True
        agency = session.get_one(Agency, link.agency_id)
        return invite_account(session, settings, agency, link.email, link.account_name, actor=actor)
    invitations.end_open(session, Invitation.link_id == link.id)
    audit.record(session, actor, "link.resend", agency_id=link.agency_id, detail=_told(link))
    return _invite(session, settings, link, actor)


def cancel(session: Session, link: AgencyLink, *, actor: str) -> None:
    """Take an invitation back. Raises Refused when it was answered meanwhile."""
    _end(session, link, INVITED, "agency", "cancelled", actor)


def remove(session: Session, link: AgencyLink, *, actor: str) -> None:
    """Take a link that ended off the agency's list."""
    if link.state != ENDED:
        raise Refused("Only an account that is not linked can be removed from the list.")
    link.hidden = True
    session.flush()
    audit.record(session, actor, "link.remove", agency_id=link.agency_id, detail=_told(link))


def grant(
    session: Session,
    invitation: Invitation,
    user: User,
    workspace: Workspace | None,
    *,
    timezone: str = "UTC",
) -> Workspace:
    """Let the agency of an invitation manage `workspace`, or a new account of this person; it is used up.

    Raises NotFound when it is not theirs or not open any more, and for a workspace they may not let anybody into;
    Refused when an agency manages that already, or the agency's plan has no room.
    """
    link = _link_of(session, invitation)
    if workspace is not None and not may_grant(session, user.id, workspace.id):
        raise NotFound("There is no such workspace.")
    limits.check_room(session, session.get_one(Agency, link.agency_id), "workspaces")
    invitations.answer(session, invitation, user.email, "used")
    if workspace is None:
        workspace = open_account(session, user, link.account_name, timezone)
    try:
        with session.begin_nested():
            changed = session.execute(
                update(AgencyLink)
                .where(AgencyLink.id == link.id, AgencyLink.state == INVITED)
                .values(state=MANAGING, workspace_id=workspace.id, granted_by=user.email, granted_at=now())
                .execution_options(synchronize_session=False)
            )
    except IntegrityError as error:  # at most one managing link a workspace
        raise Refused(TAKEN) from error
    if getattr(changed, "rowcount", 0) != 1:
        raise NotFound(invitations.NO_INVITATION)
    session.refresh(link)
    session.refresh(workspace)
    _record(session, user.email, "link.grant", link)
    return workspace


def decline(session: Session, invitation: Invitation, user: User) -> None:
    """Say no to an agency. Raises NotFound as `grant` does."""
    link = _link_of(session, invitation)
    invitations.answer(session, invitation, user.email, "declined")
    _end(session, link, INVITED, "workspace", "declined", user.email)


def unlink(session: Session, link: AgencyLink, side: str, *, actor: str) -> None:
    """End the management of a workspace; `side`: whose person does, "agency" or "workspace".

    From the next request on all the agency has there is without access. Raises Refused when it has ended already.
    """
    workspace_id = link.workspace_id
    _end(session, link, MANAGING, side, "unlinked", actor)
    session.execute(
        GivenAccount.__table__.delete().where(  # type: ignore[attr-defined]
            GivenAccount.workspace_id == workspace_id, GivenAccount.agency_id == link.agency_id
        )
    )
    _hand_tasks_over(session, workspace_id)
    # What goes wrong there from now on, and that it is over, is no news of the agency any more.
    session.execute(update(Trouble).where(Trouble.workspace_id == workspace_id).values(agency_id=None))
    # Nor is who was asked into the workspace by the agency's people.
    invitations.end_open(
        session, Invitation.workspace_id == workspace_id, Invitation.agency_id == link.agency_id
    )
    for workspace in session.scalars(select(Workspace).where(Workspace.id == workspace_id)):
        session.refresh(workspace)


def _hand_tasks_over(session: Session, workspace_id: int | None) -> None:
    """Tasks of people who have no role of their own here become those of the owner: nobody else could do them."""
    stay = (
        select(User.email)
        .join(WorkspaceMember, WorkspaceMember.user_id == User.id)
        .where(WorkspaceMember.workspace_id == workspace_id, WorkspaceMember.role != "client")
    )
    owner = session.scalar(
        stay.where(WorkspaceMember.role == "owner").order_by(WorkspaceMember.user_id).limit(1)
    )
    if owner is not None:
        session.execute(
            update(TaskRow)
            .where(TaskRow.workspace_id == workspace_id, TaskRow.assignee.not_in(stay))
            .values(assignee=owner, revision=TaskRow.revision + 1)
        )


def may_grant(session: Session, user_id: int, workspace_id: int) -> bool:
    """Whether this person owns or administers the workspace."""
    role = session.get(WorkspaceMember, {"user_id": user_id, "workspace_id": workspace_id})
    return role is not None and role.role in GRANTING


def open_account(session: Session, user: User, name: str, timezone: str = "UTC") -> Workspace:
    """A workspace of this person's own, on trial."""
    workspace = create_workspace(
        session,
        None,
        clean_name(name, "an account"),
        timezone,
        plan="trial",
        trial_ends=now() + TRIAL,
        actor=user.email,
    )
    set_workspace_role(session, user, workspace, "owner", actor=user.email)
    return workspace


def link_of_agency(session: Session, agency: Agency, link_id: int) -> AgencyLink:
    """A link of this agency that is on its list. Raises NotFound when it is another's."""
    link = session.get(AgencyLink, link_id) if type(link_id) is int and 0 < link_id < 2**31 else None
    if link is None or link.agency_id != agency.id or link.hidden:
        raise NotFound(_NO_LINK)
    return link


def tag(session: Session, link: AgencyLink, text: str, *, actor: str) -> None:
    """The agency's words for an account, written with commas between them. Raises Refused."""
    tags: dict[str, str] = {}
    for part in text.split(","):
        word = " ".join(part.split())
        if word:
            tags.setdefault(word.casefold(), word)
    if len(tags) > MOST_TAGS or any(len(one) > LONGEST_TAG or not one.isprintable() for one in tags.values()):
        raise Refused("An account has at most 10 tags of at most 30 printable characters.")
    link.tags = sorted(tags.values(), key=str.casefold)
    session.flush()
    audit.record(
        session,
        actor,
        "link.tag",
        agency_id=link.agency_id,
        workspace_id=link.workspace_id,
        detail=f"{_told(link)}: {', '.join(link.tags)}",
    )


def _invite(session: Session, settings: Settings, link: AgencyLink, actor: str) -> Invitation:
    return invitations.make(
        session, settings, "link", link.email, actor=actor, agency_id=link.agency_id, link_id=link.id
    )


def _link_of(session: Session, invitation: Invitation) -> AgencyLink:
    if invitation.kind != "link" or invitation.link_id is None:
        raise NotFound(invitations.NO_INVITATION)
    return session.get_one(AgencyLink, invitation.link_id)


def _end(session: Session, link: AgencyLink, state: str, side: str, how: str, actor: str) -> None:
    """By compare-and-set: of two who end it, or of one who grants meanwhile, one succeeds."""
    done = session.execute(
        update(AgencyLink)
        .where(AgencyLink.id == link.id, AgencyLink.state == state)
        .values(state=ENDED, ended_by=actor, ended_at=now(), ended_side=side, ended_how=how)
        .execution_options(synchronize_session=False)
    )
    session.refresh(link)
    if getattr(done, "rowcount", 0) != 1:
        raise Refused("This has changed meanwhile; load the page again.")
    invitations.end_open(session, Invitation.link_id == link.id)
    _record(session, actor, _VERBS[how], link)


def _record(session: Session, actor: str, verb: str, link: AgencyLink) -> None:
    audit.record(
        session,
        actor,
        verb,
        agency_id=link.agency_id,
        workspace_id=link.workspace_id,
        detail=_told(link),
    )


def _told(link: AgencyLink) -> str:
    return f"link {link.id}: {link.account_name} {link.email}".strip()
