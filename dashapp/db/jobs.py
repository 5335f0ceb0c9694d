"""The scheduler's tables: who leads, what is to be run and what became of it, and how fresh each workspace was.

`job_run` is the ledger: one row for each job, tenant and slot, made once whatever is killed (UNIQUE).
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, Integer, String, Text, UniqueConstraint, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from dashapp.db.base import Base, UtcDateTime, now
from data.lake.tables import BigId

#: States of a run. `dead`: tried as often as it may be; a person must look.
QUEUED, RUNNING, DONE, DEAD = "queued", "running", "done", "dead"
#: Who asked for a run: the leader's clock, a person ("run now"), or a worker that met a fault.
CLOCK, PERSON, WORKER = "clock", "person", "worker"
#: `tenant` of a run that concerns the whole installation.
EVERYBODY = 0
#: The lease of the one worker whose clock ticks.
LEADER = "leader"


class Lease(Base):
    """One holder at a time, by compare-and-set. `fence` grows with each new holder and never comes again."""

    __tablename__ = "lease"
    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    holder: Mapped[str] = mapped_column(String(80), comment="a worker's name; empty: given back")
    fence: Mapped[int] = mapped_column(BigInteger)
    renewed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires: Mapped[datetime] = mapped_column(UtcDateTime)


class JobRun(Base):
    """One run of a job. `fence` grows with each claim, so that a paused worker's late commit is refused."""

    __tablename__ = "job_run"
    __table_args__ = (
        UniqueConstraint("job", "tenant", "slot"),
        Index("ix_job_run_state_due_at", "state", "due_at"),
        Index("ix_job_run_job_finished_at", "job", "state", "finished_at"),
    )
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    job: Mapped[str] = mapped_column(String(40))
    tenant: Mapped[int] = mapped_column(Integer, comment="a workspace's id; 0: the whole installation")
    slot: Mapped[str] = mapped_column(String(60), comment="business date or period; 'now …' and 'fault …'")
    origin: Mapped[str] = mapped_column(String(10), comment="clock, person or worker")
    state: Mapped[str] = mapped_column(String(10), comment="queued, running, done or dead")
    queued_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    tries: Mapped[int] = mapped_column(Integer, default=0)
    holder: Mapped[str] = mapped_column(String(80), default="")
    fence: Mapped[int] = mapped_column(BigInteger, default=0)
    started_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    busy_ms: Mapped[int | None] = mapped_column(BigInteger, comment="time the work itself took")
    amount: Mapped[int | None] = mapped_column(BigInteger, comment="events, rows or files taken further")
    detail: Mapped[str] = mapped_column(Text, default="", comment="what it did, or why it failed")


class FreshnessSample(Base):
    """The longest wait seen in one workspace within a period; workspaces where nothing came have none."""

    __tablename__ = "freshness_sample"
    workspace_id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UtcDateTime, primary_key=True, comment="start of the period")
    lag_ms: Mapped[int] = mapped_column(BigInteger)


class FreshnessAlarm(Base):
    """A time in which a workspace's figures were late; `ended_at` null: they still are."""

    __tablename__ = "freshness_alarm"
    __table_args__ = (Index("ix_freshness_alarm_workspace_id_since", "workspace_id", "since"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"))
    since: Mapped[datetime] = mapped_column(UtcDateTime)
    worst_ms: Mapped[int] = mapped_column(BigInteger)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


def ask_for(session: Session, job: str, tenant: int = EVERYBODY) -> None:
    """Queue a run of a job for now, in the caller's transaction, unless one waits already."""
    waits = select(JobRun.id).where(JobRun.job == job, JobRun.tenant == tenant, JobRun.state == QUEUED)
    if session.scalars(waits.where(JobRun.due_at <= now()).limit(1)).first() is not None:
        return
    at = now()
    session.add(
        JobRun(job=job, tenant=tenant, slot=f"now {at.isoformat()}", origin=PERSON, state=QUEUED, due_at=at)
    )
    session.flush()
