"""The accounts of an agency as its dashboard shows them: invited, not linked, or managed with their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final, Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import entered_of, managed_by
from dashapp.access.viewer import Viewer
from dashapp.db.base import UtcDateTime, now
from dashapp.db.reports import Share
from dashapp.db.tenants import ENDED, INVITED, MANAGING, Agency, AgencyLink, Invitation, Workspace
from dashapp.ui.language.say import later, say
from data.lake.lake import Lake
from pages.home.glance import Glance, Total, total
from pages.home.page import looks
from pages.home.rows import LONGEST_SEARCH

#: Rows of a page.
MOST_ROWS: Final = 50
State = Literal["managing", "invited", "ended"]
#: The states as they are named, in the order they are listed.
STATES: Final[Mapping[str, str]] = {
    MANAGING: later("Managing account"),
    INVITED: later("Invited"),
    ENDED: later("Not linked"),
}
#: What the list can be sorted by. Figures: the largest first; times: the latest first.
SORTS: Final[Mapping[str, str]] = {
    "name": later("Name"),
    "sent": later("E-mails sent"),
    "replies": later("Reply rate"),
    "positive": later("Positive replies"),
    "event": later("Last event"),
    "opened": later("Link opened"),
}


@dataclass(frozen=True)
class Account:
    """One row. `glance`: of a managed account; `opened_at`: when its client last opened a link."""

    link_id: int
    state: str
    name: str
    email: str
    at: datetime
    slug: str | None = None
    plan: str = ""
    enabled: bool = True
    glance: Glance | None = None
    opened_at: datetime | None = None
    ended_side: str = ""
    expired: bool = False


@dataclass(frozen=True)
class Dashboard:
    """The page: one page of the rows an address asks for, and the totals over all managed accounts."""

    agency: Agency
    rows: Sequence[Account]
    count: int
    page: int
    q: str
    state: str
    sort: str
    counts: Mapping[str, int]
    totals: Total | None
    may_manage: bool

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.count // MOST_ROWS))


def dashboard(
    lake: Lake, session: Session, viewer: Viewer, agency: Agency, asked: Mapping[str, str]
) -> Dashboard:
    """The accounts of an agency the viewer was let into; those who work in some of them see these alone."""
    accounts = _managed(lake, session, viewer, agency)
    totals = total(one.glance for one in accounts if one.glance is not None) if accounts else None
    if allowed(viewer, "workspace.read", agency.id):
        accounts += _others(session, agency)
    counts = {state: sum(one.state == state for one in accounts) for state in STATES}
    q = "".join(c for c in asked.get("q", "") if c.isprintable()).strip()[:LONGEST_SEARCH].strip()
    state = asked.get("state", "") if asked.get("state") in STATES else ""
    sort = asked.get("sort", "name") if asked.get("sort") in SORTS else "name"
    found = [one for one in accounts if not state or one.state == state]
    if q:
        found = [one for one in found if q.lower() in one.name.lower() or q.lower() in one.email]
    found.sort(key=lambda one: _key(one, sort))
    last = max(1, -(-len(found) // MOST_ROWS))
    said = asked.get("page", "")
    page = min(max(1, int(said[:9]) if said.isascii() and said.isdigit() else 1), last)
    return Dashboard(
        agency=agency,
        rows=found[(page - 1) * MOST_ROWS : page * MOST_ROWS],
        count=len(found),
        page=page,
        q=q,
        state=state,
        sort=sort,
        counts=counts,
        totals=totals,
        may_manage=allowed(viewer, "agency.accounts", agency.id),
    )


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
            or_(Share.link_id.is_(None), Share.link_id == Workspace.managing_link_id),
            Share.opened_at.is_not(None),
        )
        .group_by(Share.workspace_id)
    )
    return {row[0]: row[1] for row in rows if row[1] is not None}


def _managed(lake: Lake, session: Session, viewer: Viewer, agency: Agency) -> list[Account]:
    readable = entered_of(session, viewer, agency)
    glances = {one.slug: one for one in looks(lake, [readable])}
    opened = opened_by_clients(session, agency)
    links = select(
        AgencyLink.workspace_id,
        AgencyLink.id,
        AgencyLink.email,
        func.coalesce(AgencyLink.granted_at, AgencyLink.asked_at, type_=UtcDateTime),
    ).where(AgencyLink.agency_id == agency.id, AgencyLink.state == MANAGING)
    by_workspace = {row[0]: (row[1], row[2], row[3]) for row in session.execute(links)}
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
            glance=glances.get(row.slug),
            opened_at=opened.get(row.id),
        )
        for row in rows
        if row.id in by_workspace
    ]


def _others(session: Session, agency: Agency) -> list[Account]:
    """Those it has no access to: nothing of them is shown but what the agency wrote itself."""
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
            at=link.ended_at or link.asked_at,
            ended_side=link.ended_side,
            expired=link.state == INVITED and link.id not in alive,
        )
        for link in links
    ]


def _key(one: Account, sort: str) -> tuple[float, str, int]:
    """Rows without the figure come last; equal ones by name."""
    glance = one.glance
    value: float | None = None
    if sort == "sent" and glance is not None:
        value = glance.sent
    elif sort == "replies" and glance is not None:
        value = glance.replies.rate
    elif sort == "positive" and glance is not None:
        value = glance.positive.n
    elif sort == "event" and glance is not None and glance.complete_to is not None:
        value = (
            glance.complete_to.until or datetime.combine(glance.complete_to.day, time(), UTC)
        ).timestamp()
    elif sort == "opened" and one.opened_at is not None:
        value = one.opened_at.timestamp()
    return (float("inf") if value is None else -value, one.name.lower(), one.link_id)
