"""Teams & permissions of a workspace or an agency: who has which role, and who was invited."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.policy import AGENCY_VERBS
from dashapp.access.scopes import may_in
from dashapp.access.viewer import Member, Viewer
from dashapp.access.workspaces import workspaces_of
from dashapp.agencies import people
from dashapp.agencies.people import Asked, Person, roles_of
from dashapp.db.tenants import Agency, GivenAccount, Tenant
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from dashapp.ui.letters import ROLES

#: What each role may do, in a line.
MEANINGS = {
    ("workspace", "owner"): later("Everything, also owners and the agency that manages it."),
    ("workspace", "admin"): later("People, sources, views, links; lets an agency in and out."),
    ("workspace", "manager"): later("Sources, views and links; all figures."),
    ("workspace", "member"): later("Only what they sent themselves."),
    ("workspace", "client"): later("All figures, without the rows behind them."),
    ("agency", "owner"): later("Everything, also owners."),
    ("agency", "admin"): later("People, accounts, brand and data; all accounts."),
    ("agency", "manager"): later("Templates, and sources, views and links of all accounts."),
    ("agency", "member"): later("Views and links of the accounts given to them."),
}


@dataclass(frozen=True)
class Given:
    """The accounts an agency has and those a member was given."""

    user_id: int
    everywhere: bool
    accounts: tuple[tuple[int, str, bool], ...]


def body(session: Session, viewer: Viewer, place: Tenant) -> Markup:
    """The lists and the form; what may be changed only for who may change it."""
    in_agency = isinstance(place, Agency)
    own_role = _own_role(viewer, place)
    rows = people.people_of(session, place)
    has_owner = any(one.role == "owner" for one in rows)
    kind = "agency" if in_agency else "workspace"
    offered = [role for role in roles_of(place) if role != "owner" or own_role == "owner" or not has_owner]
    return render(
        "ui/people.html",
        kind=kind,
        store="people-agency-act" if in_agency else "people-act",
        place=place,
        may_change=_may_change(viewer, place),
        may_switch=not isinstance(place, Agency) and may_in(viewer, "workspace.enable", place),
        rows=rows,
        given=_given(session, place, rows) if isinstance(place, Agency) else {},
        asked=people.asked_of(session, place),
        roles=[(role, say(ROLES[role])) for role in offered],
        role_names={role: say(text) for role, text in ROLES.items()},
        meanings=[(say(ROLES[role]), say(MEANINGS[kind, role])) for role in roles_of(place)],
        locked=lambda person: person.role == "owner" and own_role != "owner",
        me=viewer.user_id if isinstance(viewer, Member) else 0,
        ends=_ends,
        integer=format.integer,
        icons=PATHS,
    )


def _ends(one: Asked) -> str:
    return format.day(one.invitation.expires_at.date())


def _own_role(viewer: Viewer, place: Tenant) -> str:
    if not isinstance(viewer, Member):
        return ""
    return (viewer.agency_roles if isinstance(place, Agency) else viewer.workspace_roles).get(place.id, "")


def _may_change(viewer: Viewer, place: Tenant) -> bool:
    if not isinstance(place, Agency):
        return may_in(viewer, "workspace.people", place)
    return "agency.members" in AGENCY_VERBS.get(_own_role(viewer, place), frozenset())


def _given(session: Session, agency: Agency, rows: list[Person]) -> dict[int, Given]:
    """By member of the agency, the accounts to choose of."""
    members = [one for one in rows if one.role == "member"]
    if not members:
        return {}
    names = [(row.id, row.name) for row in workspaces_of(session, agency.id)]
    rows_given = session.execute(
        select(GivenAccount.user_id, GivenAccount.workspace_id).where(GivenAccount.agency_id == agency.id)
    )
    have = {(row[0], row[1]) for row in rows_given}
    return {
        one.user_id: Given(
            one.user_id,
            one.accounts is None,
            tuple((key, name, (one.user_id, key) in have) for key, name in names),
        )
        for one in members
    }
