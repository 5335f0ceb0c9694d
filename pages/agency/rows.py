"""The rows of an agency's list: the accounts it manages with their figures, and those it has no access to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import String, cast, func, select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import entered_of
from dashapp.access.standing import standing
from dashapp.access.viewer import Viewer
from dashapp.access.workspaces import managed_by
from dashapp.agencies.attention import account_figures
from dashapp.agencies.attention.account_figures import Figures
from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.tenants import ENDED, INVITED, MANAGING, Agency, AgencyLink, Invitation, Workspace
from dashapp.ui.language.say import say
from data.lake.lake import Lake
from pages.home.overview import WorkspaceOverview
from pages.home.page import looks

#: Of an account not counted yet.
_NONE: Final = (None, None)


@dataclass(frozen=True)
class Account:
    """One row. `overview`, `leads`, `response_s`: of a managed account. `opened_at`: when its client last opened a
    link. `at`: of the others, when they were asked or ended. `figures`: of a row that is shown (`with_figures`)."""

    link_id: int
    state: str
    name: str
    email: str
    at: datetime | None = None
    slug: str | None = None
    plan: str = ""
    trial_ends: datetime | None = None
    enabled: bool = True
    tags: Sequence[str] = ()
    workspace_id: int | None = None
    #: Whether the viewer sees all of it, not only what they sent themselves.
    whole: bool = False
    overview: WorkspaceOverview | None = None
    leads: int | None = None
    response_s: int | None = None
    figures: Figures | None = None
    opened_at: datetime | None = None
    ended_side: str = ""
    expired: bool = False


class Paid(Protocol):
    """A workspace, or a row that tells of one."""

    @property
    def plan(self) -> str:
        """Its plan."""

    @property
    def trial_ends(self) -> datetime | None:
        """When its trial ends, if it is on one."""


def plan_of(workspace: Paid, at: datetime | None = None) -> str:
    """ "Pro", "Trial, 12 days left", "Free": what the workspace pays for."""
    if workspace.plan == "pro":
        return say("Pro")
    if workspace.plan != "trial" or workspace.trial_ends is None:
        return say("Free")
    left = workspace.trial_ends - (at or now())
    days = -(-int(left.total_seconds()) // 86_400)
    if days <= 0:
        return say("Trial over")
    return say("Trial, 1 day left") if days == 1 else say("Trial, {n} days left", n=days)


def opened_by_clients(session: Session, agency: Agency) -> Mapping[int, datetime]:
    """When a link of each workspace of an agency was last opened, of links that can still be opened."""
    rows = session.execute(
        select(Share.workspace_id, func.max(Share.opened_at))
        .join(Workspace, Workspace.id == Share.workspace_id)
        .where(
            managed_by(agency.id),
            Share.state != "revoked",
            standing(Share),
            Share.opened_at.is_not(None),
        )
        .group_by(Share.workspace_id)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def managed_rows(lake: Lake, session: Session, viewer: Viewer, agency: Agency) -> list[Account]:
    """The accounts the agency manages and the viewer may enter, disabled ones for who may enable them."""
    readable = entered_of(session, viewer, agency)
    overviews = {one.slug: one for one in looks(lake, [readable])}
    opened = opened_by_clients(session, agency)
    theirs = (AgencyLink.agency_id == agency.id, AgencyLink.state == MANAGING)
    links = (
        select(
            Workspace.id,
            Workspace.slug,
            Workspace.name,
            Workspace.plan,
            Workspace.trial_ends,
            Workspace.enabled,
            AgencyLink.id,
            AgencyLink.email,
        )
        .join(AgencyLink, AgencyLink.workspace_id == Workspace.id)
        .where(*theirs)
        .order_by(Workspace.enabled.desc(), Workspace.name, Workspace.id)
    )
    # Few accounts have tags, and a list of them is dear to read.
    tagged = select(AgencyLink.id, AgencyLink.tags).where(*theirs, cast(AgencyLink.tags, String) != "[]")
    tags = {row[0]: row[1] for row in session.execute(tagged)}
    numbers = account_figures.kept_numbers(session, select(AgencyLink.workspace_id).where(*theirs))
    whole = {key for key, scope in readable.scopes.items() if scope.user is None}
    sees_closed = allowed(viewer, "workspace.enable", agency.id)
    found = []
    for key, slug, name, plan, trial_ends, enabled, link_id, email in session.execute(links):
        if key not in readable.scopes and (enabled or not sees_closed):
            continue
        # Of their own part alone these would tell what others did.
        leads, response_s = numbers.get(key, _NONE) if key in whole else _NONE
        found.append(
            Account(
                link_id,
                MANAGING,
                name,
                email,
                slug=slug,
                plan=plan,
                trial_ends=trial_ends,
                enabled=enabled,
                tags=tags.get(link_id, ()),
                workspace_id=key,
                whole=key in whole,
                overview=overviews.get(slug),
                leads=leads,
                response_s=response_s,
                opened_at=opened.get(key),
            )
        )
    return found


def with_figures(session: Session, rows: Sequence[Account]) -> list[Account]:
    """Rows that are shown, with all the worker keeps of them."""
    kept = account_figures.kept(session, [one.workspace_id for one in rows if one.workspace_id and one.whole])
    return [replace(one, figures=kept.get(one.workspace_id or 0)) for one in rows]


def other_rows(session: Session, agency: Agency) -> list[Account]:
    """Accounts it has no access to: nothing of them is shown but what the agency wrote itself."""
    links = session.scalars(
        select(AgencyLink).where(
            AgencyLink.agency_id == agency.id,
            AgencyLink.state.in_((INVITED, ENDED)),
            AgencyLink.hidden.is_(False),
        )
    )
    waiting = select(Invitation.link_id).where(
        Invitation.agency_id == agency.id, Invitation.state == "open", Invitation.expires_at > now()
    )
    alive = set(session.scalars(waiting))
    return [
        Account(
            link_id=link.id,
            state=link.state,
            name=link.account_name,
            email=link.email,
            tags=link.tags,
            at=link.ended_at or link.asked_at,
            ended_side=link.ended_side,
            expired=link.state == INVITED and link.id not in alive,
        )
        for link in links
    ]
