"""Tasks made, given to somebody, moved and renamed.

Whoever sees only their own figures (`Scope.user`) makes only their own tasks; everybody else of the team can give
them to anybody of the team.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Final

from sqlalchemy.orm import Session

from dashapp.agencies.names import clean_email
from dashapp.crm.contacts import require_not_erased
from dashapp.crm.tasks.desk import CHANNELS, REPEATS, Desk, Task, of, shown, touch
from dashapp.crm.team import team_of
from dashapp.db.crm import TaskRow
from dashapp.db.tenants import User
from dashapp.errors import Conflict, Refused

LONGEST_TITLE: Final = 200
LONGEST_NOTE: Final = 10_000
FIRST_DAY, LAST_DAY = date(1990, 1, 1), date(2199, 12, 31)


def assignable(session: Session, desk: Desk) -> tuple[tuple[str, str], ...]:
    """(e-mail, name) of everybody the viewer can give a task to, by name."""
    only = [] if desk.user is None else [User.email == desk.user]
    return team_of(session, desk.workspace, *only)


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
        lead=_lead(session, desk, lead),
        campaign=(campaign or "").strip()[:500] or None,
        assignee=_assignee(session, desk, assignee or desk.viewer),
        due_on=_day(due_on),
        repeat=_one_of(repeat, REPEATS, "repetition"),
        created_by=desk.viewer,
    )
    session.add(row)
    session.flush()
    return shown(row, desk)


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
    return shown(row, desk)


def _title(text: str) -> str:
    title = " ".join(text.split())
    if not 1 <= len(title) <= LONGEST_TITLE or not title.isprintable():
        raise Refused("A task’s title has 1 to {most} printable characters.", most=LONGEST_TITLE)
    return title


def _lead(session: Session, desk: Desk, text: str | None) -> str | None:
    """A contact by e-mail or id, as events name it."""
    lead = (text or "").strip().lower()
    if len(lead) > 320 or not lead.isprintable():
        raise Refused("A contact can have at most 320 printable characters.")
    if lead:
        require_not_erased(session, desk.workspace.id, lead)
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
