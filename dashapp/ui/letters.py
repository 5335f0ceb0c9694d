"""The mails people get about accounts, as text and as a page: invitations, their answers, an unlinked account.

Each goes to one person in their own language where it is known, else in that of the agency they work for or of
whoever caused it. `send_*` writes it to the outbox within the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.agencies import invitations
from dashapp.agencies.accounts import user_by_email
from dashapp.config import Settings
from dashapp.db.tenants import (
    DEFAULT_BRAND,
    Agency,
    AgencyLink,
    AgencyMember,
    Invitation,
    User,
    Workspace,
    WorkspaceMember,
)
from dashapp.languages import supported
from dashapp.mail import outbox
from dashapp.ui.brand import brand_vars
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, later, say, speaking

#: The roles as people read them; the same words on the pages of people.
ROLES = {
    "owner": later("Owner|role"),
    "admin": later("Admin"),
    "manager": later("Manager"),
    "member": later("Member"),
    "client": later("Client"),
}


@dataclass(frozen=True)
class Letter:
    """What a mail says: a subject, paragraphs, and buttons as (label, address). `sender`: whose name is on it."""

    subject: str
    paragraphs: Sequence[str]
    buttons: Sequence[tuple[str, str]] = ()
    small: str = ""
    sender: str = "Vitrine"
    brand: str = DEFAULT_BRAND
    #: Shown between paragraphs and buttons: what a picture the mail carries is called, and what it shows.
    picture: str = ""
    pictured: str = ""

    @property
    def text(self) -> str:
        """As plain text."""
        ways = [f"{label}: {url}" for label, url in self.buttons]
        return "\n\n".join([*self.paragraphs, *ways, *([self.small] if self.small else [])]) + "\n"

    @property
    def html(self) -> str:
        """As a page of its own: no picture, script or style sheet is fetched for it."""
        colours = brand_vars(self.brand)["light"]
        return str(
            render(
                "ui/letter.html",
                letter=self,
                language=language(),
                brand=colours["--brand"],
                on_brand=colours["--on-brand"],
            )
        )


def send_invitation(session: Session, settings: Settings, invitation: Invitation) -> None:
    """The mail that brings an invitation."""
    with speaking(_language_of(session, invitation.email)):
        letter = invitation_letter(session, settings, invitation)
        # The workspace's own mails are no agency's to read.
        _send(session, f"invitation:{invitation.id}", invitation.agency_id, invitation.email, letter)


def invitation_letter(session: Session, settings: Settings, invitation: Invitation) -> Letter:
    """What the mail of an invitation says, in the language spoken now."""
    url = invitations.address(settings, invitation)
    known = user_by_email(session, invitation.email) is not None
    button = (say("View invite") if known else say("Create account"), url)
    small = say(
        "This invitation is for {email}, works once, and ends after 72 hours. "
        "If you did not expect it, do nothing.",
        email=invitation.email,
    )
    agency = None if invitation.agency_id is None else session.get_one(Agency, invitation.agency_id)
    wears = agency or agency_around(session, invitation)
    look = {} if wears is None else {"sender": wears.name, "brand": wears.brand}
    if invitation.kind == "link":
        assert agency is not None
        assert invitation.link_id is not None
        account = session.get_one(AgencyLink, invitation.link_id).account_name
        return Letter(
            _subject(say("Allow {agency} to manage your account?", agency=_short(agency.name))),
            (
                say("{agency} asks to manage the account “{account}”.", agency=agency.name, account=account),
                say(
                    "If you grant it, its people see all leads, campaigns and figures of the account and can "
                    "change its views, sources and links. You keep your account and can unlink it at any time."
                ),
            ),
            (button,),
            small,
            **look,
        )
    place = invitation_place(session, invitation)
    role = say(ROLES[invitation.role])
    return Letter(
        _subject(say("Join {place}", place=_short(place))),
        (
            say(
                "{who} invites you to {place}, with the role “{role}”.",
                who=invitation.invited_by,
                place=place,
                role=role,
            ),
        ),
        (button,),
        small,
        **look,
    )


def agency_around(session: Session, invitation: Invitation) -> Agency | None:
    """The agency that manages the workspace an invitation of the workspace's own leads into."""
    if invitation.kind != "workspace" or invitation.workspace_id is None:
        return None
    return session.get_one(Workspace, invitation.workspace_id).managing_agency


def invitation_place(session: Session, invitation: Invitation) -> str:
    """The name of what an invitation to join leads into."""
    if invitation.kind == "workspace":
        assert invitation.workspace_id is not None
        return session.get_one(Workspace, invitation.workspace_id).name
    assert invitation.agency_id is not None
    return session.get_one(Agency, invitation.agency_id).name


def send_answer(session: Session, settings: Settings, link: AgencyLink) -> None:
    """Tell who invited an account that it was granted or declined."""
    agency = session.get_one(Agency, link.agency_id)
    with speaking(_language_of(session, link.asked_by, agency)):
        if link.ended_at is None:
            subject = say(
                "{account} is managed by {agency} now", account=link.account_name, agency=agency.name
            )
            told = say(
                "{email} granted it. The account is on your agency’s dashboard.",
                email=link.granted_by,
            )
        else:
            subject = say("{email} declined the invitation", email=link.email)
            told = say("The account “{account}” is not linked.", account=link.account_name)
        button = (say("Open the dashboard"), f"{settings.public_url}/agency?agency={agency.slug}")
        letter = Letter(_subject(subject), (told,), (button,), sender=agency.name, brand=agency.brand)
        if user_by_email(session, link.asked_by) is not None:  # the command line has no address
            _send(session, f"link:{link.id}:answer", agency.id, link.asked_by, letter)


def send_unlinked(session: Session, link: AgencyLink) -> None:
    """Tell both sides that a workspace is not managed any more: the agency's owners and admins, the workspace's."""
    assert link.workspace_id is not None
    agency = session.get_one(Agency, link.agency_id)
    workspace = session.get_one(Workspace, link.workspace_id)
    theirs = _people(session, AgencyMember, AgencyMember.agency_id == agency.id)
    own = _people(session, WorkspaceMember, WorkspaceMember.workspace_id == workspace.id)
    for email in theirs:
        with speaking(_language_of(session, email, agency)):
            told = say(
                "{who} ended it. Your agency’s people, links, templates and brand are without access to it. "
                "It can be invited again from the dashboard.",
                who=link.ended_by,
            )
            letter = Letter(
                _subject(say("{account} is not linked to {agency} any more", **_names(workspace, agency))),
                (told,),
                sender=agency.name,
                brand=agency.brand,
            )
            _send(session, f"link:{link.id}:ended:agency:{email}", agency.id, email, letter)
    for email in own:
        with speaking(_language_of(session, email)):
            told = say(
                "{who} ended it. Its people cannot see or change anything in your account any more, and links they "
                "made are closed. Your data and your own views are as they were.",
                who=link.ended_by,
            )
            letter = Letter(
                _subject(say("{agency} does not manage {account} any more", **_names(workspace, agency))),
                (told,),
            )
            _send(session, f"link:{link.id}:ended:workspace:{email}", None, email, letter)


def _names(workspace: Workspace, agency: Agency) -> dict[str, str]:
    return {"account": _short(workspace.name), "agency": _short(agency.name)}


def _people(
    session: Session, table: type[AgencyMember] | type[WorkspaceMember], where: object
) -> Sequence[str]:
    rows = select(User.email).join(table, table.user_id == User.id)
    mine = rows.where(where, table.role.in_(("owner", "admin")), User.active.is_(True))  # type: ignore[arg-type]
    return list(session.scalars(mine.order_by(User.email)))


def _language_of(session: Session, email: str, agency: Agency | None = None) -> str:
    """Their own; else that of the agency they work for, else that of whoever caused the mail."""
    user = user_by_email(session, email)
    own = None if user is None else supported(user.language)
    return own or (None if agency is None else supported(agency.language)) or language()


def _short(name: str) -> str:
    return name if len(name) <= 60 else f"{name[:59]}…"


def _subject(text: str) -> str:
    line = "".join(c if c.isprintable() else " " for c in text)
    return line if len(line) <= outbox.LONGEST_SUBJECT else f"{line[: outbox.LONGEST_SUBJECT - 1]}…"


def _send(session: Session, key: str, agency_id: int | None, to: str, letter: Letter) -> None:
    outbox.put(
        session,
        key=key,
        agency_id=agency_id,
        to=to,
        from_name=outbox.sender_name(letter.sender),
        subject=letter.subject,
        text=letter.text,
        html=letter.html,
    )
