"""What goes wrong is told to the owners of its agency by mail: once when it begins, once when it is over.

A report that an account without an agency mails on a schedule is told to the account's own owners.

Called every minute with all that is wrong just then. Troubles that begin together are told together, and an agency
gets at most one mail a kind in QUIET: what began and was over within it is not told at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, Protocol
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select, update

from dashapp.db.mail import Trouble
from dashapp.db.tenants import (
    MANAGING,
    Agency,
    AgencyLink,
    AgencyMember,
    User,
    Workspace,
    WorkspaceMember,
)
from dashapp.mail import outbox

#: Kinds of trouble: figures that are late, checks of marts that failed, runs that are dead letters, deliveries that
#: are refused again and again, scheduled reports that were not sent.
LATE, CHECKS, RUNS, REFUSED, REPORTS = "late", "checks", "runs", "refused", "reports"
#: Kinds that the owners of an account are told of where no agency manages it; of all others the operator is.
ACCOUNTS_OWN = frozenset({REPORTS})
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
    for told in _untold(connection):
        written += _write(connection, told, "began", at, place)
        written += _write(connection, told, "over", at, place)
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


@dataclass(frozen=True, slots=True)
class _Told:
    """Whose mail it is, and of which kind: an agency's, an account's own, or without either the installation's."""

    agency_id: int | None
    workspace_id: int | None
    topic: str

    @property
    def rows(self) -> tuple[ColumnElement[bool], ...]:
        """The troubles it tells of."""
        kind = Trouble.topic == self.topic
        if self.agency_id is not None:
            return (Trouble.agency_id == self.agency_id, kind)
        nobodys = (Trouble.agency_id.is_(None), kind)
        if self.workspace_id is not None:
            return (*nobodys, Trouble.workspace_id == self.workspace_id)
        return (*nobodys, Trouble.workspace_id.is_(None)) if self.topic in ACCOUNTS_OWN else nobodys


def _untold(connection: Connection) -> list[_Told]:
    """The mails of which something is still to be told."""
    rows = connection.execute(
        select(Trouble.agency_id, Trouble.workspace_id, Trouble.topic)
        .where(
            (Trouble.over_at.is_(None) & Trouble.told_at.is_(None))
            | (Trouble.over_at.is_not(None) & Trouble.told_at.is_not(None) & Trouble.over_told_at.is_(None))
        )
        .distinct()
    )
    found = (
        _Told(
            row.agency_id,
            row.workspace_id if row.agency_id is None and row.topic in ACCOUNTS_OWN else None,
            row.topic,
        )
        for row in rows
    )
    return list(dict.fromkeys(found))


def _write(connection: Connection, whose: _Told, phase: Phase, at: datetime, place: MailContext) -> int:
    """The mails of one kind to those it concerns, unless the last of them is too young; how many."""
    told = Trouble.told_at if phase == "began" else Trouble.over_told_at
    agency_id, topic, mine = whose.agency_id, whose.topic, whose.rows
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
    name, link = _place(connection, whose, place)
    lines = [Line(row.name or name or "", row.what, row.since, row.over_at) for row in rows]
    key = f"{topic}:{rows[0].id}:{phase}:{int(rows[0].since.timestamp())}"
    places = sorted({row.workspace_id for row in rows if row.workspace_id is not None})
    written = 0
    for person in _people(connection, whose, place):
        subject, text = place.write(topic, phase, lines, name, link, person.language)
        written += outbox.put(
            connection,
            key=f"{key}:{person.id}",
            agency_id=agency_id,
            workspace_id=places[0] if len(places) == 1 else None,
            about=places if len(places) > 1 else (),
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


def _people(connection: Connection, whose: _Told, place: MailContext) -> list[_Person]:
    """Who is told: the agency's owners, the account's, or whoever runs the server."""
    people = select(User.id, User.email, User.language).where(User.active).order_by(User.id)
    if whose.agency_id is not None:
        people = people.join(AgencyMember, AgencyMember.user_id == User.id).where(
            AgencyMember.agency_id == whose.agency_id, AgencyMember.role == "owner"
        )
    elif whose.workspace_id is not None:
        people = people.join(WorkspaceMember, WorkspaceMember.user_id == User.id).where(
            WorkspaceMember.workspace_id == whose.workspace_id, WorkspaceMember.role == "owner"
        )
    else:
        return _operator(place)
    found = [_Person(row.id, row.email, row.language) for row in connection.execute(people)]
    return found or (_operator(place) if whose.agency_id is None else [])


def _operator(place: MailContext) -> list[_Person]:
    return [_Person(0, place.operator, None)] if place.operator else []


def _place(connection: Connection, whose: _Told, place: MailContext) -> tuple[str | None, str | None]:
    """Who it concerns, by name, and the way there; nobody by name for the installation."""
    if whose.agency_id is not None:
        agency = connection.execute(
            select(Agency.name, Agency.slug).where(Agency.id == whose.agency_id)
        ).one()
        return agency.name, _link(place, f"/data?{urlencode({'agency': agency.slug})}")
    if whose.workspace_id is not None:
        about = select(Workspace.name, Workspace.slug).where(Workspace.id == whose.workspace_id)
        workspace = connection.execute(about).one()
        return workspace.name, _link(place, f"/w/{workspace.slug}/schedules")
    return None, None


def _link(place: MailContext, path: str) -> str | None:
    return f"{place.public_url}{path}" if place.public_url else None
