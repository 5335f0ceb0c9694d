"""Removes what has expired: sessions, counters, runs, samples, alarms, closed failures, mails and invitations.

After two years also the audit trail, and with it the originals of parked records that were edited. Uploaded files
that were never taken in go after a day. Events, their keys and the segments are kept for good; old versions of
marts are removed when a new one is published.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, or_

from dashapp.access import attempts
from dashapp.access.sessions import ABSOLUTE, IDLE
from dashapp.agencies.attention import reasons
from dashapp.db.base import now
from dashapp.db.jobs import DEAD, DONE, FreshnessAlarm, FreshnessSample
from dashapp.db.security import AuditEntry, LoginSession, WorkerBeat
from dashapp.db.tenants import Invitation
from dashapp.intake import uploads
from dashapp.mail import outbox, troubles
from dashapp.people import one_time
from dashapp.schedules import planning
from dashapp.sharing import view_log
from data.building import failures, restated
from data.intake import parked as mending
from data.intake import refusals
from jobs.runtime import ledger
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Daily

RUNS, DEAD_LETTERS = timedelta(days=14), timedelta(days=90)
SAMPLES, ALARMS = timedelta(days=30), timedelta(days=90)
AUDIT = timedelta(days=730)
BEATS = timedelta(days=1)
MAILS = timedelta(days=90)
REFUSED = timedelta(days=30)
INVITATIONS = timedelta(days=90)


def _run(task: Task) -> None:
    from dashapp.alerts import store as crossings
    from dashapp.sharing import questions

    if task.settings is not None:
        uploads.sweep(task.settings.home)
    at = now()
    over: list[tuple[type[Any], ColumnElement[bool]]] = [
        (LoginSession, or_(LoginSession.seen_at < at - IDLE, LoginSession.created_at < at - ABSOLUTE)),
        (FreshnessSample, FreshnessSample.at < at - SAMPLES),
        (FreshnessAlarm, FreshnessAlarm.ended_at < at - ALARMS),
        (AuditEntry, AuditEntry.at < at - AUDIT),
        (WorkerBeat, WorkerBeat.at < at - BEATS),
        # Answered, ended or too old: nobody can open one; who granted what stands in the link and the audit trail.
        (Invitation, Invitation.expires_at < at - INVITATIONS),
    ]
    with task.effects() as connection:
        counts = [_remove(connection, table, old) for table, old in over]
        counts.append(attempts.sweep(connection))
        counts.append(mending.forget(connection, at - AUDIT))
        counts.append(failures.forget(connection, at))
        counts.append(restated.forget(connection, at))
        counts.append(refusals.forget(connection, at - REFUSED))
        counts.append(outbox.forget(connection, at - MAILS))
        counts.append(one_time.forget(connection, at))
        counts.append(troubles.forget(connection, at - MAILS))
        counts.append(view_log.forget(connection, at))
        counts.append(crossings.forget(connection, at))
        counts.append(questions.forget(connection, at))
        counts.append(planning.forget(connection, at))
        counts.append(reasons.forget(connection, at))
        counts.append(ledger.forget(connection, DONE, at - RUNS))
        counts.append(ledger.forget(connection, DEAD, at - DEAD_LETTERS))
        task.amount = sum(counts)
        task.detail = f"removed {task.amount} rows that were over"


def _remove(connection: Connection, table: type[Any], old: ColumnElement[bool]) -> int:
    return connection.execute(delete(table).where(old)).rowcount


JOB = Job("retention", "Removes expired rows.", _run, Daily(hour=3))
