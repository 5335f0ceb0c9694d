"""The demo's accounts beside those with data: invited, unlinked, on every plan, with people of their own."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import select

from dashapp.agencies import accounts, managing
from dashapp.db.base import now
from dashapp.db.tenants import MANAGING, Agency, AgencyLink, Workspace
from dashapp.ui import letters

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.demo.plan import Client
    from dashapp.services import Services

#: Accounts that were asked and have not answered: (address, account name).
INVITED = (("grace@juniperdental.example", "Juniper Dental"), ("ops@oakline.example", "Oakline Studio"))
#: One that ended it again: its owner, its name.
UNLINKED = ("owner@lumenoptics.example", "Lumen Optics")
#: The shown client's own people: (address, name, role). The member sees what goes out under their address.
PEOPLE = (
    ("owner@brightwater.example", "Nora Brightwater", "owner"),
    ("manager@brightwater.example", "Sam Ortiz", "manager"),
    ("ines@marlowepine.example", "Ines Duarte", "member"),
)
#: Who sends, by the first part of their address: members of their client's workspace, who see what is their own.
SENDERS = {
    "tom": "Tom Reyes",
    "priya": "Priya Nair",
    "marc": "Marc Lefort",
    "dana": "Dana Whitfield",
    "yuki": "Yuki Tanaka",
    "omar": "Omar Aziz",
    "claire": "Claire Besson",
    "hugo": "Hugo Marchand",
    "lea": "Léa Fontaine",
    "sigrid": "Sigrid Dahl",
    "jonas": "Jonas Berg",
    "anika": "Anika Rao",
    "rahul": "Rahul Menon",
    "grace": "Grace Ellery",
    "amelia": "Amelia Stone",
}
#: By the name of a client: the agency's own words for it.
TAGS = {
    "Brightwater Analytics": "key account, SaaS",
    "Kestrel Robotics": "hardware",
    "Sundara Health": "key account",
}
#: By the name of a client: its plan and, of a trial, how many days are left at first.
PLANS = {
    "Brightwater Analytics": ("pro", None),
    "Kestrel Robotics": ("pro", None),
    "Maison Verdier": ("trial", 9),
    "Sundara Health": ("trial", 1),
}


def people() -> tuple[str, ...]:
    """Everybody here who can log in."""
    return (UNLINKED[0], *(email for email, _, _ in PEOPLE))


def name_senders(session: Session, client: Client, workspace: Workspace) -> None:
    """Whoever sends for a client has a name; they log in by a link they ask for, as no password is set."""
    for mailbox in client.mailboxes:
        name = SENDERS.get(mailbox.user.partition("@")[0])
        if name is not None:
            accounts.create_user(
                session, mailbox.user, name=name, workspace=workspace, workspace_role="member", actor="demo"
            )


def make(session: Session, services: Services, agency: Agency, shown: Workspace) -> None:
    """Make what is missing; what somebody changed since stays."""
    for workspace in session.scalars(select(Workspace).where(Workspace.name.in_(PLANS))):
        plan, days = PLANS[workspace.name]
        if workspace.plan == "free":
            workspace.plan = plan
            workspace.trial_ends = None if days is None else now() + timedelta(days=days)
    for email, name, role in PEOPLE:
        if accounts.user_by_email(session, email) is None:
            accounts.create_user(
                session, email, name=name, workspace=shown, workspace_role=role, actor="demo"
            )
    known = {
        row.email for row in session.scalars(select(AgencyLink).where(AgencyLink.agency_id == agency.id))
    }
    owner = next(email for email in _owners(session, agency))
    for email, name in INVITED:
        if email not in known:
            made = managing.invite_account(session, services.settings, agency, email, name, actor=owner)
            letters.send_invitation(session, services.settings, made)
    if UNLINKED[0] not in known:
        _tagged(session, agency, owner)
        _unlinked(session, services, agency, owner)


def _tagged(session: Session, agency: Agency, owner: str) -> None:
    managed = select(AgencyLink).where(AgencyLink.agency_id == agency.id, AgencyLink.state == MANAGING)
    for link in session.scalars(managed):
        if link.account_name in TAGS:
            managing.tag(session, link, TAGS[link.account_name], actor=owner)


def _unlinked(session: Session, services: Services, agency: Agency, owner: str) -> None:
    """Invited, granted and ended by the account: with everything that leaves in mails and trail."""
    email, name = UNLINKED
    user = accounts.create_user(session, email, name="Ada Lumen", actor="demo")
    workspace = managing.open_account(session, user, name, "Europe/Lisbon")
    invitation = managing.invite_account(session, services.settings, agency, email, name, actor=owner)
    managing.grant(session, invitation, user, workspace)
    link = session.get_one(AgencyLink, invitation.link_id)
    letters.send_answer(session, services.settings, link)
    managing.unlink(session, link, "workspace", actor=email)
    letters.send_unlinked(session, link)


def _owners(session: Session, agency: Agency) -> list[str]:
    from dashapp.agencies.people import people_of

    return [one.email for one in people_of(session, agency) if one.role == "owner"]
