"""The ledger of runs: each is planned once, claimed by one worker at a time, and ended in one transaction.

What is due is found in the database, not in a clock's memory: after an outage the newest run that was missed is
made up for, those before it are not.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, Engine, and_, delete, func, or_, select, update
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.mail import Mail
from dashapp.db.schedules import PLANNED, Schedule, ScheduleRun, SentReport
from dashapp.mail.bundles import forget_bundles
from dashapp.schedules.keeping import rhythm_of
from dashapp.schedules.rhythm import CLOSED
from dashapp.tiles.periods import period_ending
from data.upsert import insert_for

#: Waits before the second and the third try of a run that could not be made; then it is stopped.
WAITS: Final = (timedelta(minutes=5), timedelta(minutes=15))
#: The longest anything waits: a period that is not ripe, for the next day of its zone, which may leave a date out.
LONGEST_WAIT: Final = timedelta(days=2, hours=1)
#: Far longer than a report takes to be made: whoever had the run before is dead.
CLAIM_LASTS: Final = timedelta(minutes=15)
#: Runs and what they sent are kept as long as the log of who looked.
KEPT: Final = timedelta(days=400)


def plan_due(engine: Engine, at: datetime | None = None) -> int:
    """Write what is due into the ledger; how many runs are new. Any number of workers may do it at once."""
    at = at or now()
    with reading(engine).connect() as connection:
        ids = connection.scalars(
            select(Schedule.id).where(Schedule.next_at <= at).order_by(Schedule.id)
        ).all()
    return sum(_plan(engine, schedule_id, at) for schedule_id in ids)


def _plan(engine: Engine, schedule_id: int, at: datetime) -> bool:
    with Session(engine) as session, session.begin():
        schedule = session.get(Schedule, schedule_id, with_for_update=True)
        if schedule is None or schedule.next_at is None or schedule.next_at > at:
            return False  # paused, deleted or planned by somebody else meanwhile
        rhythm = rhythm_of(schedule)
        last = rhythm.last_until(at, schedule.active_from)
        schedule.next_at = rhythm.next_after(at)[1]
        if last is None:
            return False
        slot = last[0].isoformat()
        if schedule.cadence in CLOSED:
            slot = f"closed {period_ending(at, schedule.timezone, schedule.period).to.isoformat()}"
        return _add(session.connection(), schedule.id, slot, last[1])


def ask_now(session: Session, schedule: Schedule, *, actor: str) -> bool:
    """Plan a run at once, for a person; False while one that was asked for is still to be made."""
    open_runs = select(ScheduleRun.id).where(
        ScheduleRun.schedule_id == schedule.id, ScheduleRun.state == PLANNED, ScheduleRun.asked_by != ""
    )
    if session.scalars(open_runs).first() is not None:
        return False
    return _add(session.connection(), schedule.id, f"now {secrets.token_hex(8)}", now(), actor)


def claim(engine: Engine, only: int | None = None) -> tuple[int, str] | None:
    """(the run that waits longest, the claim on it); None when there is none. `only`: of this schedule."""
    with reading(engine).connect() as connection:
        if connection.execute(_waiting(now(), only)).first() is None:
            return None
    with engine.begin() as connection:
        at, mine = now(), secrets.token_hex(16)
        run_id = connection.execute(_waiting(at, only).with_for_update(skip_locked=True)).scalar_one_or_none()
        if run_id is None:
            return None
        connection.execute(
            update(ScheduleRun)
            .where(ScheduleRun.id == run_id)
            .values(claim=mine, claimed_at=at, tries=ScheduleRun.tries + 1)
        )
    return run_id, mine


def end(session: Session, run_id: int, claim: str, **values: Any) -> bool:
    """End a try within the caller's transaction; False when the run is another worker's: keep nothing then."""
    mine = (ScheduleRun.id == run_id, ScheduleRun.claim == claim, ScheduleRun.state == PLANNED)
    done = session.execute(
        update(ScheduleRun).where(*mine).values(claim=None, claimed_at=None, **values),
        execution_options={"synchronize_session": False},
    )
    return bool(done.rowcount == 1)  # type: ignore[attr-defined]


def mail_states(session: Session, run_ids: Sequence[int]) -> dict[int, dict[str, int]]:
    """{run: {state of a mail: how many}} of the mails these runs put into the outbox."""
    rows = session.execute(
        select(SentReport.run_id, Mail.state, func.count())
        .join(Mail, Mail.bundle_id == SentReport.bundle_id)
        .where(SentReport.run_id.in_(list(run_ids)))
        .group_by(SentReport.run_id, Mail.state)
    )
    found: dict[int, dict[str, int]] = {}
    for run_id, state, count in rows:
        found.setdefault(run_id, {})[state] = count
    return found


def runs_of(session: Session, schedule_ids: Sequence[int], most: int) -> list[ScheduleRun]:
    """The newest runs of these schedules."""
    rows = select(ScheduleRun).where(ScheduleRun.schedule_id.in_(list(schedule_ids)))
    return list(session.scalars(rows.order_by(ScheduleRun.id.desc()).limit(most)))


def forget(connection: Connection, at: datetime) -> int:
    """Remove runs of more than 13 months ago with what they sent; how many."""
    old = select(ScheduleRun.id).where(ScheduleRun.due < at - KEPT, ScheduleRun.state != PLANNED)
    bundles = connection.scalars(select(SentReport.bundle_id).where(SentReport.run_id.in_(old))).all()
    connection.execute(delete(SentReport).where(SentReport.run_id.in_(old)))
    forget_bundles(connection, [one for one in bundles if one is not None])
    gone = and_(ScheduleRun.due < at - KEPT, ScheduleRun.state != PLANNED)
    return connection.execute(delete(ScheduleRun).where(gone)).rowcount


def _add(connection: Connection, schedule_id: int, slot: str, due: datetime, asked_by: str = "") -> bool:
    made = connection.execute(
        insert_for(connection, ScheduleRun)
        .values(schedule_id=schedule_id, slot=slot, due=due, asked_by=asked_by[:254])
        .on_conflict_do_nothing(index_elements=[ScheduleRun.schedule_id, ScheduleRun.slot])
        .returning(ScheduleRun.id)
    )
    return made.scalar_one_or_none() is not None


def _waiting(at: datetime, only: int | None) -> Any:
    rows = select(ScheduleRun.id).where(
        ScheduleRun.state == PLANNED,
        # A time further away than any wait comes from a clock that was set back.
        or_(ScheduleRun.next_try_at <= at, ScheduleRun.next_try_at > at + LONGEST_WAIT),
        or_(ScheduleRun.claimed_at.is_(None), ScheduleRun.claimed_at < at - CLAIM_LASTS),
    )
    if only is not None:
        rows = rows.where(ScheduleRun.schedule_id == only)
    return rows.order_by(ScheduleRun.next_try_at, ScheduleRun.id).limit(1)
