"""The rows of an agency's list: the accounts it manages with their figures, and those it has no access to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import entered_of, managed_by
from dashapp.access.standing import standing
from dashapp.access.viewer import Viewer
from dashapp.agencies import account_figures
from dashapp.agencies.account_figures import Figures
from dashapp.db.base import UtcDateTime, now
from dashapp.db.reports import Share
from dashapp.db.tenants import ENDED, INVITED, MANAGING, Agency, AgencyLink, Invitation, Workspace
from dashapp.ui.language.say import say
from data.lake.lake import Lake
from pages.home.glance import Glance
from pages.home.page import looks


@dataclass(frozen=True)
class Account:
    """One row. `glance`, `kept` (figures as stored): of a managed account. `opened_at`: when its client last opened
    a link."""

    link_id: int
    state: str
    name: str
    email: str
    at: datetime
    slug: str | None = None
    plan: str = ""
    enabled: bool = True
    tags: Sequence[str] = ()
    workspace_id: int | None = None
    #: Whether the viewer sees all of it, not only what they sent themselves.
    whole: bool = False
    glance: Glance | None = None
    kept: Mapping[str, Any] | None = None
    opened_at: datetime | None = None
    ended_side: str = ""
    expired: bool = False

    @cached_property
    def figures(self) -> Figures | None:
        """What the worker kept of it; read when somebody looks at the row."""
        return None if self.kept is None else Figures.model_validate(self.kept)

    def figure(self, name: str) -> float | None:
        """One number of it, to sort and add up by."""
        return None if self.kept is None else self.kept.get(name)


def plan_of(workspace: Workspace, at: datetime | None = None) -> str:
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
    glances = {one.slug: one for one in looks(lake, [readable])}
    opened = opened_by_clients(session, agency)
    links = select(
        AgencyLink.workspace_id,
        AgencyLink.id,
        AgencyLink.email,
        func.coalesce(AgencyLink.granted_at, AgencyLink.asked_at, type_=UtcDateTime),
        AgencyLink.tags,
    ).where(AgencyLink.agency_id == agency.id, AgencyLink.state == MANAGING)
    by_workspace = {row[0]: (row[1], row[2], row[3], row[4]) for row in session.execute(links)}
    managed = select(AgencyLink.workspace_id).where(
        AgencyLink.agency_id == agency.id, AgencyLink.state == MANAGING
    )
    kept = account_figures.kept_rows(session, managed)
    whole = {key for key, scope in readable.scopes.items() if scope.user is None}
    at = now()
    rows = list(readable.workspaces)
    if allowed(viewer, "workspace.enable", agency.id):
        closed = select(Workspace).where(managed_by(agency.id), Workspace.enabled.is_(False))
        rows += session.scalars(closed)
    return [
        Account(
            link_id=by_workspace[row.id][0],
            state=MANAGING,
            name=row.name,
            email=by_workspace[row.id][1],
            at=by_workspace[row.id][2],
            slug=row.slug,
            plan=plan_of(row, at),
            enabled=row.enabled,
            tags=by_workspace[row.id][3],
            workspace_id=row.id,
            whole=row.id in whole,
            glance=glances.get(row.slug),
            # Of their own part alone it would tell what others did.
            kept=kept.get(row.id) if row.id in whole else None,
            opened_at=opened.get(row.id),
        )
        for row in rows
        if row.id in by_workspace
    ]


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
