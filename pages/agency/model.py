"""The accounts of an agency as its dashboard shows them: invited, not linked, or managed with their figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.db.tenants import ENDED, INVITED, MANAGING, Agency, AgencyMember, GivenAccount, User
from dashapp.ui.language.say import later
from data.lake.lake import Lake
from pages.agency.attention import Attention, attention
from pages.agency.rows import Account, managed_rows, other_rows, with_figures
from pages.home.overview import Total, total
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
    "leads": later("New leads"),
    "response": later("First response"),
    "sent": later("E-mails sent"),
    "replies": later("Reply rate"),
    "positive": later("Positive replies"),
    "event": later("Last event"),
    "opened": later("Link opened"),
}


@dataclass(frozen=True)
class Dashboard:
    """The page: one page of the rows an address asks for, and the totals over all managed accounts.

    `tags`, `members`: what can be filtered by; members as (address, name). `leads`: new ones of all of them.
    """

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
    tag: str = ""
    member: str = ""
    tags: Sequence[str] = ()
    members: Sequence[tuple[str, str]] = ()
    leads: int | None = None
    attention: Attention = field(default_factory=Attention)

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.count // MOST_ROWS))


def dashboard(
    lake: Lake, session: Session, viewer: Viewer, agency: Agency, asked: Mapping[str, str]
) -> Dashboard:
    """The accounts of an agency the viewer was let into; those who work in some of them see these alone."""
    accounts = managed_rows(lake, session, viewer, agency)
    managed = [one for one in accounts if one.overview is not None]
    totals = total(one.overview for one in managed if one.overview is not None) if accounts else None
    counted = [n for one in managed if (n := one.leads) is not None]
    readable = {
        one.workspace_id: (one.slug or "", one.name)
        for one in managed
        if one.workspace_id is not None and one.whole
    }
    of_all = allowed(viewer, "workspace.read", agency.id)
    if of_all:
        accounts += other_rows(session, agency)
    counts = {state: sum(one.state == state for one in accounts) for state in STATES}
    tags = sorted({tag for one in accounts for tag in one.tags}, key=str.casefold)
    given = _given(session, agency) if of_all else {}
    q = "".join(c for c in asked.get("q", "") if c.isprintable()).strip()[:LONGEST_SEARCH].strip()
    state = asked.get("state", "") if asked.get("state") in STATES else ""
    sort = asked.get("sort", "name") if asked.get("sort") in SORTS else "name"
    tag = asked.get("tag", "") if asked.get("tag") in tags else ""
    member = asked.get("member", "") if any(email == asked.get("member") for email, _ in given) else ""
    found = [one for one in accounts if not state or one.state == state]
    if tag:
        found = [one for one in found if tag in one.tags]
    if member:
        theirs = next(ids for (email, _), ids in given.items() if email == member)
        found = [one for one in found if one.workspace_id in theirs]
    if q:
        found = [one for one in found if q.lower() in one.name.lower() or q.lower() in one.email]
    found.sort(key=lambda one: _key(one, sort))
    last = max(1, -(-len(found) // MOST_ROWS))
    said = asked.get("page", "")
    page = min(max(1, int(said[:9]) if said.isascii() and said.isdigit() else 1), last)
    return Dashboard(
        agency=agency,
        rows=with_figures(session, found[(page - 1) * MOST_ROWS : page * MOST_ROWS]),
        count=len(found),
        page=page,
        q=q,
        state=state,
        sort=sort,
        counts=counts,
        totals=totals,
        may_manage=allowed(viewer, "agency.accounts", agency.id),
        tag=tag,
        member=member,
        tags=tags,
        members=list(given),
        leads=sum(counted) if counted else None,
        attention=attention(session, agency, readable),
    )


def _given(session: Session, agency: Agency) -> dict[tuple[str, str], set[int]]:
    """The members who work in single accounts, (address, name) → those."""
    rows = session.execute(
        select(User.email, User.name, GivenAccount.workspace_id)
        .join(GivenAccount, GivenAccount.user_id == User.id)
        .join(
            AgencyMember,
            (AgencyMember.user_id == User.id) & (AgencyMember.agency_id == GivenAccount.agency_id),
        )
        .where(GivenAccount.agency_id == agency.id, AgencyMember.role == "member")
        .order_by(User.email)
    )
    found: dict[tuple[str, str], set[int]] = {}
    for email, name, workspace_id in rows:
        found.setdefault((email, name), set()).add(workspace_id)
    return found


def _key(one: Account, sort: str) -> tuple[float, str, int]:
    """Rows without the figure come last; equal ones by name."""
    overview = one.overview
    value: float | None = None
    if sort == "leads":
        value = one.leads
    elif sort == "response":
        value = one.response_s
    elif sort == "sent" and overview is not None:
        value = overview.sent
    elif sort == "replies" and overview is not None:
        value = overview.replies.rate
    elif sort == "positive" and overview is not None:
        value = overview.positive.n
    elif sort == "event" and overview is not None and overview.told.last_event_at is not None:
        value = overview.told.last_event_at.timestamp()
    elif sort == "opened" and one.opened_at is not None:
        value = one.opened_at.timestamp()
    return (float("inf") if value is None else -value, one.name.lower(), one.link_id)
