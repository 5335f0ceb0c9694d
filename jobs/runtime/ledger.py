"""The ledger of runs: queueing, claiming and ending them. Each change is one statement that can succeed only
once.

Nothing here knows APScheduler; the web processes request runs through `run_now`.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, Select, Update, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import aliased

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import CLOCK, DEAD, DONE, PERSON, QUEUED, RUNNING, JobRun
from data.upsert import insert_for
from jobs.runtime.job import Overtaken
from jobs.runtime.timing import IdleDetector, Timing


@dataclass(frozen=True)
class Claim:
    """A run this worker has claimed. `fence`: of this claim; later claims of the same row have a greater one."""

    id: int
    job: str
    tenant: int
    slot: str
    origin: str
    tries: int
    holder: str
    fence: int


def add(connection: Connection, job: str, tenant: int, slots: Sequence[str], origin: str = CLOCK) -> None:
    """Queue a run for each slot that is not in the ledger yet."""
    at = now()
    rows = [
        {"job": job, "tenant": tenant, "slot": slot, "origin": origin, "state": QUEUED}
        | {"queued_at": at, "due_at": at, "tries": 0, "holder": "", "fence": 0, "detail": ""}
        for slot in slots
    ]
    if rows:
        connection.execute(insert_for(connection, JobRun).on_conflict_do_nothing(), rows)


def run_now(engine: Engine, job: str, tenant: int) -> int:
    """Queue a run at a person's request; returns its id. A run that is still waiting is not queued twice."""
    with engine.begin() as connection:
        waiting = select(JobRun.id).where(
            JobRun.job == job, JobRun.tenant == tenant, JobRun.origin == PERSON, JobRun.state == QUEUED
        )
        found = connection.execute(waiting.limit(1)).scalar_one_or_none()
        if found is not None:
            return int(found)
        slot = f"now {now():%Y-%m-%dT%H:%M:%SZ} {secrets.token_hex(4)}"
        values = {"job": job, "tenant": tenant, "slot": slot, "origin": PERSON, "state": QUEUED}
        made = connection.execute(insert(JobRun).values(**values).returning(JobRun.id))
        return int(made.scalar_one())


def newest_slots(connection: Connection, job: str, until: str | None = None) -> dict[int, str]:
    """The latest scheduled slot of this job per tenant; with `until`, none later than that."""
    wanted = select(JobRun.tenant, func.max(JobRun.slot).label("slot")).where(
        JobRun.job == job, JobRun.origin == CLOCK
    )
    if until is not None:
        wanted = wanted.where(JobRun.slot <= until)
    return {row.tenant: row.slot for row in connection.execute(wanted.group_by(JobRun.tenant))}


def queued_tenants(connection: Connection, job: str) -> set[int]:
    """Tenants with a scheduled run of this job that still waits."""
    rows = connection.scalars(
        select(JobRun.tenant).where(JobRun.job == job, JobRun.origin == CLOCK, JobRun.state == QUEUED)
    )
    return set(rows)


def claim(engine: Engine, holder: str, jobs: Sequence[str], timing: Timing) -> Claim | None:
    """Claim the run that has been due longest, among the jobs this worker knows; None when there is none."""
    with reading(engine).connect() as connection:  # on SQLite a read needs no write lock
        if connection.execute(_due(jobs, now(), timing)).first() is None:
            return None
    with engine.begin() as connection:
        at = now()
        wanted = _due(jobs, at, timing).with_for_update(skip_locked=True)
        row_id = connection.execute(wanted).scalar_one_or_none()
        if row_id is None:
            return None
        row = connection.execute(
            update(JobRun)
            .where(JobRun.id == row_id, JobRun.state == QUEUED)
            .values(
                state=RUNNING,
                holder=holder,
                fence=JobRun.fence + 1,
                tries=JobRun.tries + 1,
                started_at=at,
                heartbeat_at=at,
            )
            .returning(JobRun.job, JobRun.tenant, JobRun.slot, JobRun.origin, JobRun.tries, JobRun.fence)
        ).one()
    return Claim(row_id, row.job, row.tenant, row.slot, row.origin, row.tries, holder, row.fence)


def _due(jobs: Sequence[str], at: datetime, timing: Timing) -> Select[int]:
    """Queued, known and due.

    A time much further away than any backoff comes from a clock that was set back. Runs of one job and tenant are
    executed one after the other to save work; that running two at once does no harm is up to each job.
    """
    other = aliased(JobRun)
    beside = exists().where(
        other.state == RUNNING, other.job == JobRun.job, other.tenant == JobRun.tenant, other.id != JobRun.id
    )
    longest = timedelta(seconds=timing.longest_backoff)
    return (
        select(JobRun.id)
        .where(
            JobRun.state == QUEUED,
            JobRun.job.in_(jobs),
            or_(JobRun.due_at <= at, JobRun.due_at > at + 2 * longest),
            ~beside,
        )
        .order_by(JobRun.due_at, JobRun.id)
        .limit(1)
    )


def beat(engine: Engine, claims: Sequence[Claim]) -> None:
    """Record heartbeats for these runs."""
    for claimed in claims:
        with engine.begin() as connection:
            connection.execute(_own(claimed).values(heartbeat_at=now()))


@contextmanager
def ending(engine: Engine, claimed: Claim, timing: Timing, result: Any) -> Iterator[Connection]:
    """A transaction that ends the run: the caller's effects and the state `done`, together or not at all.

    `result()` returns amount, detail and busy_ms once the effects are written. Raises Overtaken when the claim is
    no longer valid.
    """
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            limit = str(int(timing.overdue * 1_000))  # a paused process must not keep the row locked for ever
            connection.execute(select(func.set_config("idle_in_transaction_session_timeout", limit, True)))
        mine = select(JobRun.id).where(*_still(claimed)).with_for_update()
        if connection.execute(mine).scalar_one_or_none() is None:
            raise Overtaken(f"run {claimed.id} of {claimed.job} was given to another worker")
        yield connection
        connection.execute(_own(claimed).values(state=DONE, finished_at=now(), **result()))


def failed(engine: Engine, claimed: Claim, why: str, timing: Timing) -> str:
    """The run failed: requeue it with a growing delay, or make it a dead letter. Returns the new state."""
    dead = claimed.tries >= timing.tries
    at = now()
    due = at + timedelta(seconds=timing.wait_after(claimed.tries))
    values: dict[str, Any] = {"state": DEAD, "finished_at": at} if dead else {"state": QUEUED, "due_at": due}
    with engine.begin() as connection:
        changed = connection.execute(_own(claimed).values(detail=why, holder="", **values))
    if changed.rowcount != 1:
        raise Overtaken(f"run {claimed.id} of {claimed.job} was given to another worker")
    return DEAD if dead else QUEUED


def hand_back(engine: Engine, claimed: Claim) -> None:
    """This worker stops before the run ends: another may have it at once, and the attempt does not count."""
    with engine.begin() as connection:
        connection.execute(_own(claimed).values(state=QUEUED, holder="", tries=JobRun.tries - 1))


def return_overdue(engine: Engine, stillness: IdleDetector, timing: Timing) -> int:
    """Release runs whose heartbeat has stopped (killed, paused or hung workers); returns their number."""
    with reading(engine).connect() as connection:
        rows = connection.execute(
            select(JobRun.id, JobRun.fence, JobRun.tries, JobRun.job, JobRun.heartbeat_at).where(
                JobRun.state == RUNNING
            )
        ).all()
    stillness.keep({row.id for row in rows})
    still = [row for row in rows if stillness.still(row.id, (row.fence, row.heartbeat_at))]
    returned = 0
    for row in still:
        dead = row.tries >= timing.tries
        values: dict[str, Any] = {"state": DEAD if dead else QUEUED, "holder": ""}  # it is still the next one
        if dead:
            values |= {"finished_at": now(), "detail": "the worker ended, or hung, at every try"}
        with engine.begin() as connection:
            same = (JobRun.id == row.id, JobRun.fence == row.fence, JobRun.state == RUNNING)
            # On PostgreSQL a locked row is just being finished, or its worker is paused in the commit.
            free = select(JobRun.id).where(*same).with_for_update(skip_locked=True)
            if connection.execute(free).scalar_one_or_none() is not None:
                connection.execute(update(JobRun).where(JobRun.id == row.id).values(**values))
                returned += 1
    return returned


def supersede(engine: Engine, claimed: Claim) -> None:
    """Remove the dead letters of earlier slots: this run did their work, or failed at it, too."""
    with engine.begin() as connection:
        connection.execute(
            delete(JobRun).where(
                JobRun.job == claimed.job,
                JobRun.tenant == claimed.tenant,
                JobRun.origin == CLOCK,
                JobRun.state == DEAD,
                JobRun.slot < claimed.slot,
            )
        )


def retry(engine: Engine, run_id: int) -> bool:
    """Requeue a dead letter with all its attempts; False when there is no such dead letter."""
    with engine.begin() as connection:
        changed = connection.execute(
            update(JobRun)
            .where(JobRun.id == run_id, JobRun.state == DEAD)
            .values(state=QUEUED, tries=0, due_at=now(), finished_at=None)
        )
    return bool(changed.rowcount == 1)


def latest(connection: Connection, job: str, limit: int = 1, *, tenant: int | None = None) -> list[JobRun]:
    """The latest runs of a job in any state, latest first; of one tenant, or of all."""
    query = select(JobRun.__table__).where(JobRun.job == job)
    if tenant is not None:
        query = query.where(JobRun.tenant == tenant)
    query = query.order_by(JobRun.id.desc()).limit(limit)
    return [JobRun(**row) for row in connection.execute(query).mappings()]


def typical_ms(connection: Connection, job: str, tenant: int) -> int | None:
    """How long the latest finished run of a job took for a tenant; None when there is none yet."""
    took = select(JobRun.busy_ms).where(
        JobRun.job == job, JobRun.tenant == tenant, JobRun.state == DONE, JobRun.busy_ms.is_not(None)
    )
    return connection.scalar(took.order_by(JobRun.id.desc()).limit(1))


def dead(connection: Connection) -> list[JobRun]:
    """The dead letters, oldest first."""
    query = select(JobRun.__table__).where(JobRun.state == DEAD).order_by(JobRun.id)
    return [JobRun(**row) for row in connection.execute(query).mappings()]


def of_tenants(
    connection: Connection, tenants: Sequence[int], limit: int, *, state: str | None = None
) -> list[JobRun]:
    """The latest runs of these workspaces only, latest first; `state` filters them."""
    query = select(JobRun.__table__).where(JobRun.tenant.in_(tenants))
    if state is not None:
        query = query.where(JobRun.state == state)
    rows = connection.execute(query.order_by(JobRun.id.desc()).limit(limit)).mappings()
    return [JobRun(**row) for row in rows]


def forget(connection: Connection, state: str, finished_before: datetime) -> int:
    """Remove runs that ended this long ago. The latest slot of each job and tenant stays, because it determines
    what is due.
    """
    newest = (
        select(func.max(JobRun.slot))
        .where(JobRun.origin == CLOCK)
        .group_by(JobRun.job, JobRun.tenant)
        .scalar_subquery()
    )
    return connection.execute(
        delete(JobRun).where(
            JobRun.state == state, JobRun.finished_at < finished_before, JobRun.slot.not_in(newest)
        )
    ).rowcount


def _still(claimed: Claim) -> tuple[Any, ...]:
    return (
        JobRun.id == claimed.id,
        JobRun.holder == claimed.holder,
        JobRun.fence == claimed.fence,
        JobRun.state == RUNNING,
    )


def _own(claimed: Claim) -> Update:
    return update(JobRun).where(*_still(claimed))
