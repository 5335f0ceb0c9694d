"""What goes wrong is told to the owners of its agency by mail: once when it begins, once when it is over.

Called every minute with all that is wrong just then. Troubles that begin together are told together, and an agency
gets at most one mail a kind in QUIET: what began and was over within it is not told at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlencode

from sqlalchemy import Connection, delete, func, insert, select, update

from dashapp.db.mail import Trouble
from dashapp.db.tenants import MANAGING, Agency, AgencyLink, AgencyMember, User, Workspace
from dashapp.mail import outbox

#: Kinds of trouble: figures that are late, checks of marts that failed, runs that are dead letters, deliveries that
#: are refused again and again, scheduled reports that were not sent.
LATE, CHECKS, RUNS, REFUSED, REPORTS = "late", "checks", "runs", "refused", "reports"
QUIET = timedelta(minutes=15)
Phase = Literal["began", "over"]


@dataclass(frozen=True)
class Line:
    """One thing that goes wrong: where (a workspace's name; "": the installation), what, since when."""

    where: str
    what: str
    since: datetime
    over: datetime | None = None


class Writer(Protocol):
    """Writes one mail, in the language `lang` (None: not known); `link`: the way there. Gives subject and text."""

    def __call__(
        self,
        topic: str,
        phase: Phase,
        lines: Sequence[Line],
        agency: str | None,
        link: str | None,
        lang: str | None,
        /,
    ) -> tuple[str, str]: ...


@dataclass(frozen=True)
class Seen:
    """A trouble there is now. `ref` names it for good; `workspace_id` None: it is the installation's.

    `agency_id`: whom it is told instead of the agency that manages the workspace now.
    """

    topic: str
    ref: str
    workspace_id: int | None
    since: datetime
    what: str = ""
    agency_id: int | None = None


@dataclass(frozen=True)
class MailContext:
    """Where mails are made: the address people use, how they are written, and who is told of the installation's own
    troubles.
    """

    public_url: str | None
    write: Writer
    operator: str = ""


def tell(connection: Connection, seen: Iterable[Seen], at: datetime, place: MailContext) -> int:
    """Keep what began and what is over, and write the mails that are due; gives how many were written."""
    _keep(connection, list(seen), at)
    written = 0
    for agency_id, topic in _untold(connection):
        written += _write(connection, agency_id, topic, "began", at, place)
        written += _write(connection, agency_id, topic, "over", at, place)
    return written


def forget(connection: Connection, over_before: datetime) -> int:
    """Remove troubles that have been over for long; how many."""
    return connection.execute(delete(Trouble).where(Trouble.over_at < over_before)).rowcount


def _keep(connection: Connection, seen: Sequence[Seen], at: datetime) -> None:
    agencies = {
        row[0]: row[1]
        for row in connection.execute(
            select(Workspace.id, AgencyLink.agency_id).outerjoin(
                AgencyLink, (AgencyLink.workspace_id == Workspace.id) & (AgencyLink.state == MANAGING)
            )
        )
    }
    now_wrong = {
        (one.topic, one.ref): one for one in seen if one.workspace_id is None or one.workspace_id in agencies
    }
    known = {
        (row.topic, row.ref): row
        for row in connection.execute(select(Trouble.id, Trouble.topic, Trouble.ref, Trouble.over_at))
    }
    new = [
        {
            "agency_id": one.agency_id or (None if one.workspace_id is None else agencies[one.workspace_id]),
            "workspace_id": one.workspace_id,
            "topic": one.topic,
            "ref": one.ref,
            "what": one.what[:300],
            "since": one.since,
        }
        for name, one in now_wrong.items()
        if name not in known
    ]
    if new:
        connection.execute(insert(Trouble), new)
    for name, row in known.items():
        if name in now_wrong and row.over_at is not None:  # such as a dead letter that is dead again
            again = now_wrong[name]
            fresh = {"over_at": None, "told_at": None, "over_told_at": None, "since": again.since}
            connection.execute(
                update(Trouble).where(Trouble.id == row.id).values(**fresh, what=again.what[:300])
            )
    over = [row.id for name, row in known.items() if name not in now_wrong and row.over_at is None]
    if over:
        connection.execute(update(Trouble).where(Trouble.id.in_(over)).values(over_at=at))


def _untold(connection: Connection) -> list[tuple[int | None, str]]:
    """The agencies and kinds of which something is still to be told."""
    rows = connection.execute(
        select(Trouble.agency_id, Trouble.topic)
        .where(
            (Trouble.over_at.is_(None) & Trouble.told_at.is_(None))
            | (Trouble.over_at.is_not(None) & Trouble.told_at.is_not(None) & Trouble.over_told_at.is_(None))
        )
        .distinct()
    )
    return [(row.agency_id, row.topic) for row in rows]


def _write(
    connection: Connection, agency_id: int | None, topic: str, phase: Phase, at: datetime, place: MailContext
) -> int:
    """The mails of one kind to an agency's owners, unless the last of them is too young; how many."""
    told = Trouble.told_at if phase == "began" else Trouble.over_told_at
    mine = (
        Trouble.agency_id.is_(None) if agency_id is None else Trouble.agency_id == agency_id,
        Trouble.topic == topic,
    )
    last = connection.scalar(select(func.max(told)).where(*mine))
    if last is not None and at - last < QUIET:
        return 0
    due = (
        (Trouble.over_at.is_(None), Trouble.told_at.is_(None))
        if phase == "began"
        else (Trouble.over_at.is_not(None), Trouble.told_at.is_not(None), Trouble.over_told_at.is_(None))
    )
    rows = connection.execute(
        select(Trouble.id, Trouble.workspace_id, Trouble.what, Trouble.since, Trouble.over_at, Workspace.name)
        .outerjoin(Workspace, Workspace.id == Trouble.workspace_id)
        .where(*mine, *due)
        .order_by(Trouble.since, Trouble.id)
    ).all()
    if not rows:
        return 0
    connection.execute(
        update(Trouble)
        .where(Trouble.id.in_([row.id for row in rows]))
        .values({"told_at" if phase == "began" else "over_told_at": at})
    )
    agency = connection.execute(select(Agency.name, Agency.slug).where(Agency.id == agency_id)).one_or_none()
    name, link = (None, None) if agency is None else (agency.name, _link(agency.slug, place))
    lines = [Line(row.name or name or "", row.what, row.since, row.over_at) for row in rows]
    key = f"{topic}:{rows[0].id}:{phase}:{int(rows[0].since.timestamp())}"
    places = {row.workspace_id for row in rows}
    about = next(iter(places)) if len(places) == 1 else None
    written = 0
    for person in _people(connection, agency_id, place):
        subject, text = place.write(topic, phase, lines, name, link, person.language)
        written += outbox.put(
            connection,
            key=f"{key}:{person.id}",
            agency_id=agency_id,
            workspace_id=about,
            to=person.email,
            subject=subject,
            text=text,
        )
    return written


@dataclass(frozen=True)
class _Person:
    id: int
    email: str
    language: str | None


def _people(connection: Connection, agency_id: int | None, place: MailContext) -> list[_Person]:
    """Who is told: the agency's owners, or whoever runs the server."""
    if agency_id is None:
        return [_Person(0, place.operator, None)] if place.operator else []
    rows = connection.execute(
        select(User.id, User.email, User.language)
        .join(AgencyMember, AgencyMember.user_id == User.id)
        .where(AgencyMember.agency_id == agency_id, AgencyMember.role == "owner", User.active)
        .order_by(User.id)
    )
    return [_Person(row.id, row.email, row.language) for row in rows]


def _link(slug: str, place: MailContext) -> str | None:
    return f"{place.public_url}/data?{urlencode({'agency': slug})}" if place.public_url else None
