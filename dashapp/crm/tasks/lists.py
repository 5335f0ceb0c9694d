"""Lists of tasks: due today, overdue, upcoming, done, and those about a contact."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal, get_args
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select, tuple_
from sqlalchemy.orm import Session

from dashapp.crm.tasks.desk import Desk, Task, shown, visible
from dashapp.db.crm import TaskRow
from dashapp.errors import Refused

Which = Literal["due", "overdue", "upcoming", "done"]
LISTS: Final[tuple[Which, ...]] = get_args(Which)
#: Tasks of one page.
PAGE: Final = 50


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
        .where(visible(desk, user), or_(open_, TaskRow.done_at >= begins))
        .order_by(case((TaskRow.done_at.is_(None), 0), else_=1), TaskRow.due_on, TaskRow.id)
        .limit(most)
    )
    return [shown(row, desk) for row in rows]


def of_leads(session: Session, desk: Desk, leads: Sequence[str], most: int = 50) -> list[Task]:
    """The tasks about a contact: the open ones, the oldest first, then the latest that were completed."""
    rows = session.scalars(
        select(TaskRow)
        .where(visible(desk, None), TaskRow.lead.in_(list(leads)))
        .order_by(
            case((TaskRow.done_at.is_(None), 0), else_=1), TaskRow.done_at.desc(), TaskRow.due_on, TaskRow.id
        )
        .limit(most)
    )
    return [shown(row, desk) for row in rows]


def open_tasks(session: Session, desk: Desk, most: int) -> list[Task]:
    """The open tasks the viewer may see, the earliest due first."""
    rows = session.scalars(
        select(TaskRow)
        .where(visible(desk, None), TaskRow.done_at.is_(None))
        .order_by(TaskRow.due_on, TaskRow.id)
        .limit(most)
    )
    return [shown(row, desk) for row in rows]


def listed(
    session: Session, desk: Desk, which: Which, user: str | None = None, after: str | None = None
) -> Page:
    """A page of one of the lists: due today, overdue, upcoming (the next first), done (the latest first)."""
    rows = select(TaskRow).where(visible(desk, user), _in(which, desk.today))
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
    return Page([shown(row, desk) for row in found[:PAGE]], next_)


def counts(session: Session, desk: Desk, user: str | None = None) -> dict[Which, int]:
    """How many tasks each list has."""
    columns = [func.sum(case((_in(which, desk.today), 1), else_=0)) for which in LISTS]
    row = session.execute(select(*columns).where(visible(desk, user))).one()
    return {which: int(n or 0) for which, n in zip(LISTS, row, strict=True)}


def stamp(session: Session, desk: Desk) -> str:
    """What differs when a task of the workspace does: an open page asks for it."""
    row = session.execute(
        select(func.count(), func.max(TaskRow.updated_at), func.sum(TaskRow.revision)).where(
            TaskRow.workspace_id == desk.workspace.id
        )
    ).one()
    return f"{row[0]}/{row[1]}/{row[2]}/{desk.today}"


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
