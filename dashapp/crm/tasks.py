"""Tasks of a workspace: which there are, and making, assigning and moving them.

Whoever sees only their own figures (`Scope.user`) sees and makes only their own tasks; everybody else of the team
sees all and can give them to anybody of the team. What is not the viewer's to see is not there.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from dashapp.agencies.names import clean_email
from dashapp.db.base import now
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import AgencyMember, GivenAccount, User, Workspace, WorkspaceMember
from dashapp.errors import Conflict, NotFound, Refused

Channel = Literal["phone", "linkedin", "other"]
Repeat = Literal["none", "daily", "weekly", "monthly"]
Which = Literal["due", "overdue", "upcoming", "done"]
CHANNELS: Final[tuple[Channel, ...]] = get_args(Channel)
REPEATS: Final[tuple[Repeat, ...]] = get_args(Repeat)
LISTS: Final[tuple[Which, ...]] = get_args(Which)
#: Tasks of one page.
PAGE: Final = 50
LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 10_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)
_NONE: Final = "There is no such task."
#: Roles whose people do no tasks: they look.
_LOOK_ONLY: Final = frozenset({"client"})


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose tasks are looked at, by whom. `user`: they see only their own (`Scope.user`); None: everybody's."""

    workspace: Workspace
    viewer: str
    user: str | None

    @property
    def today(self) -> date:
        """The workspace's own day."""
        return now().astimezone(ZoneInfo(self.workspace.timezone)).date()


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it is shown. `mine`: the viewer does it."""

    id: int
    channel: str
    title: str
    lead: str | None
    campaign: str | None
    assignee: str
    due_on: date
    repeat: str
    note: str
    disposition: str | None
    done_at: datetime | None
    revision: int
    mine: bool


@dataclass(frozen=True, slots=True)
class Page:
    """Some tasks of a list, and after which the next ones come (None: there are no more)."""

    tasks: Sequence[Task]
    after: str | None


def due_today(session: Session, desk: Desk, user: str | None = None, most: int = 100) -> list[Task]:
    """The open tasks due up to today, the oldest first, then what was completed today; of one person or all."""
    begins = datetime.combine(desk.today, datetime.min.time(), ZoneInfo(desk.workspace.timezone))
    open_ = and_(TaskRow.done_at.is_(None), TaskRow.due_on <= desk.today)
    rows = session.scalars(
        select(TaskRow)
        .where(_visible(desk, user), or_(open_, TaskRow.done_at >= begins))
        .order_by(case((TaskRow.done_at.is_(None), 0), else_=1), TaskRow.due_on, TaskRow.id)
        .limit(most)
    )
    return [_task(row, desk) for row in rows]


def listed(
    session: Session, desk: Desk, which: Which, user: str | None = None, after: str | None = None
) -> Page:
    """A page of one of the lists: due today, overdue, upcoming (the next first), done (the latest first)."""
    rows = select(TaskRow).where(_visible(desk, user), _in(which, desk.today))
    place = _place(after, which)
    if which == "done":
        if place is not None:
            rows = rows.where(tuple_(TaskRow.done_at, TaskRow.id) < tuple_(*place))
        rows = rows.order_by(TaskRow.done_at.desc(), TaskRow.id.desc())
    else:
        if place is not None:
            rows = rows.where(tuple_(TaskRow.due_on, TaskRow.id) > tuple_(*place))
        rows = rows.order_by(TaskRow.due_on, TaskRow.id)
    found = list(session.scalars(rows.limit(PAGE + 1)))
    last = found[PAGE - 1] if len(found) > PAGE else None
    next_ = None if last is None else _mark(last, which)
    return Page([_task(row, desk) for row in found[:PAGE]], next_)


def counts(session: Session, desk: Desk, user: str | None = None) -> dict[Which, int]:
    """How many tasks each list has."""
    columns = [func.sum(case((_in(which, desk.today), 1), else_=0)) for which in LISTS]
    row = session.execute(select(*columns).where(_visible(desk, user))).one()
    return {which: int(n or 0) for which, n in zip(LISTS, row, strict=True)}


def assignable(session: Session, desk: Desk) -> list[tuple[str, str]]:
    """(e-mail, name) of everybody the viewer can give a task to, by name."""
    given = select(GivenAccount.user_id).where(GivenAccount.workspace_id == desk.workspace.id)
    team = select(AgencyMember.user_id).where(
        AgencyMember.agency_id == desk.workspace.managing_agency_id,
        (AgencyMember.role != "member") | AgencyMember.all_accounts | AgencyMember.user_id.in_(given),
    )
    own = select(WorkspaceMember.user_id).where(
        WorkspaceMember.workspace_id == desk.workspace.id, WorkspaceMember.role.not_in(_LOOK_ONLY)
    )
    wanted = select(User.email, User.name).where(User.active, User.id.in_(team) | User.id.in_(own))
    if desk.user is not None:
        wanted = wanted.where(User.email == desk.user)
    found = [(email, name or email.partition("@")[0]) for email, name in session.execute(wanted)]
    return sorted(found, key=lambda one: (one[1].casefold(), one[0]))


def create(
    session: Session,
    desk: Desk,
    *,
    channel: str,
    title: str,
    due_on: date,
    assignee: str | None = None,
    lead: str | None = None,
    campaign: str | None = None,
    repeat: str = "none",
) -> Task:
    """A new task, the viewer's own unless told. Raises Refused."""
    row = TaskRow(
        workspace_id=desk.workspace.id,
        channel=_one_of(channel, CHANNELS, "type"),
        title=_title(title),
        lead=_lead(lead),
        campaign=(campaign or "").strip()[:500] or None,
        assignee=_assignee(session, desk, assignee or desk.viewer),
        due_on=_day(due_on),
        repeat=_one_of(repeat, REPEATS, "repetition"),
        created_by=desk.viewer,
    )
    session.add(row)
    session.flush()
    return _task(row, desk)


def change(
    session: Session,
    desk: Desk,
    task_id: int,
    revision: int,
    *,
    due_on: date | None = None,
    assignee: str | None = None,
    title: str | None = None,
    repeat: str | None = None,
) -> Task:
    """Move, give away, rename or repeat an open task. `revision`: as the viewer saw it.

    Raises NotFound, Refused, and Conflict when it was completed or changed meanwhile.
    """
    row = of(session, desk, task_id, lock=True)
    if row.done_at is not None:
        raise Conflict("This task is completed; it can no longer be changed.")
    if row.revision != revision:
        raise Conflict("Somebody changed this task meanwhile; look at it again.")
    if due_on is not None:
        row.due_on = _day(due_on)
    if assignee is not None:
        row.assignee = _assignee(session, desk, assignee)
    if title is not None:
        row.title = _title(title)
    if repeat is not None:
        row.repeat = _one_of(repeat, REPEATS, "repetition")
    touch(row)
    session.flush()
    return _task(row, desk)


def of(session: Session, desk: Desk, task_id: int, *, lock: bool = False) -> TaskRow:
    """The row of a task the viewer may see; NotFound for any other."""
    query = select(TaskRow).where(TaskRow.id == task_id, _visible(desk, None))
    row = session.scalars(query.with_for_update() if lock else query).one_or_none()
    if row is None:
        raise NotFound(_NONE)
    return row


def shown(row: TaskRow, desk: Desk) -> Task:
    """The row as it is shown."""
    return _task(row, desk)


def touch(row: TaskRow) -> None:
    """Count a change."""
    row.revision += 1
    row.updated_at = now()


def stamp(session: Session, desk: Desk) -> str:
    """What differs when a task of the workspace does: an open page asks for it."""
    row = session.execute(
        select(func.count(), func.max(TaskRow.updated_at), func.sum(TaskRow.revision)).where(
            TaskRow.workspace_id == desk.workspace.id
        )
    ).one()
    return f"{row[0]}/{row[1]}/{row[2]}/{desk.today}"


def _visible(desk: Desk, user: str | None) -> ColumnElement[bool]:
    """Of this workspace; of the viewer alone where they see no others; of `user` where one is chosen."""
    found = TaskRow.workspace_id == desk.workspace.id
    for only in (desk.user, user):
        if only is not None:
            found = and_(found, TaskRow.assignee == only.lower())
    return found


def _in(which: Which, today: date) -> ColumnElement[bool]:
    if which == "done":
        return TaskRow.done_at.is_not(None)
    by_day = {
        "due": TaskRow.due_on == today,
        "overdue": TaskRow.due_on < today,
        "upcoming": TaskRow.due_on > today,
    }
    return and_(TaskRow.done_at.is_(None), by_day[which])


def _mark(row: TaskRow, which: Which) -> str:
    at = row.done_at if which == "done" else row.due_on
    assert at is not None
    return json.dumps([at.isoformat(), row.id])


def _place(text: str | None, which: Which) -> tuple[Any, int] | None:
    if text is None:
        return None
    try:
        at, number = json.loads(text)
        if type(number) is not int or not 0 < number < 2**31:
            raise ValueError(text)
        if which != "done":
            return date.fromisoformat(at), number
        moment = datetime.fromisoformat(at)
        if moment.tzinfo is None:
            raise ValueError(text)
        return moment, number
    except (ValueError, TypeError, RecursionError) as error:
        raise Refused("There is no such page of tasks.") from error


def _task(row: TaskRow, desk: Desk) -> Task:
    return Task(
        row.id,
        row.channel,
        row.title,
        row.lead,
        row.campaign,
        row.assignee,
        row.due_on,
        row.repeat,
        row.note,
        row.disposition,
        row.done_at,
        row.revision,
        row.assignee == desk.viewer,
    )


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise Refused("A task’s title has 1 to {most} printable characters.", most=LONGEST_TITLE)
    return title


def _lead(text: str | None) -> str | None:
    """A contact by e-mail or id, as events name it."""
    lead = (text or "").strip().lower()
    if len(lead) > 320 or not lead.isprintable():
        raise Refused("A contact has 320 printable characters at most.")
    return lead or None


def _day(day: date) -> date:
    if not FIRST_DAY <= day <= LAST_DAY:
        raise Refused("A task is due between 1990 and 2199.")
    return day


def _one_of(value: str, known: Sequence[str], what: str) -> str:
    if value not in known:
        raise Refused("There is no such {what} of a task.", what=what)
    return value


def _assignee(session: Session, desk: Desk, email: str) -> str:
    """Somebody of the team; who sees only their own tasks gives none away."""
    email = clean_email(email)
    if email not in {known for known, _ in assignable(session, desk)}:
        raise Refused("This task can only be given to somebody of the team.")
    return email
