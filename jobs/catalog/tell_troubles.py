"""Mails the owners of an agency when something goes wrong with its data, and when it is resolved.

It reads the current state: open freshness alarms, open check failures, dead letters, refused deliveries, reports
that did not reach their recipients. Whoever raised them writes no mail, so none is lost when a worker is killed in
between.
"""

from __future__ import annotations

from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, select

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import DEAD, EVERYBODY, FreshnessAlarm, JobRun
from dashapp.db.tenants import Source
from dashapp.mail import troubles
from dashapp.mail.troubles import CHECKS, LATE, REFUSED, REPORTS, RUNS, MailContext, Seen
from dashapp.schedules.unsent import unsent, unsent_words
from dashapp.ui import trouble_mails
from data.intake import refusals
from data.lake.manifest import utc
from data.marts.check_tables import check_failure
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

#: Providers retry for hours, at growing intervals: a problem is over once nothing was refused for longer than
#: that.
REFUSED_WITHIN = timedelta(hours=6)


def _run(task: Task) -> None:
    settings = task.settings
    server = None if settings is None else settings.mail_server
    place = MailContext(
        None if settings is None else settings.public_url,
        partial(trouble_mails.write, tell={REPORTS: unsent_words}),
        server.operator if server else "",
    )
    with reading(task.lake.engine).connect() as connection:
        seen = [
            *_late(connection),
            *_checks(connection),
            *_dead(connection),
            *_refused(connection),
            *unsent(connection),
        ]
    with task.effects() as connection:
        task.amount = troubles.tell(connection, seen, now(), place)
        task.detail = f"{len(seen)} troubles, {task.amount} mails written"


def _late(connection: Connection) -> list[Seen]:
    rows = connection.execute(
        select(FreshnessAlarm.id, FreshnessAlarm.workspace_id, FreshnessAlarm.since).where(
            FreshnessAlarm.ended_at.is_(None)
        )
    )
    return [Seen(LATE, str(row.id), row.workspace_id, row.since) for row in rows]


def _checks(connection: Connection) -> list[Seen]:
    rows = connection.execute(select(check_failure).where(check_failure.c.closed_at.is_(None)))
    return [
        Seen(CHECKS, str(row.id), row.workspace_id, utc(row.found_at) or now(), f"{row.mart}.{row.name}")
        for row in rows
    ]


def _dead(connection: Connection) -> list[Seen]:
    """Dead letters; a later one of the same job and workspace counts as the same problem."""
    rows = connection.execute(
        select(JobRun.id, JobRun.job, JobRun.tenant, JobRun.finished_at)
        .where(JobRun.state == DEAD)
        .order_by(JobRun.id)
    )
    found: dict[tuple[str, int], Seen] = {}
    for row in rows:
        workspace_id = None if row.tenant == EVERYBODY else row.tenant
        name = f"{row.job}:{row.tenant}"
        found.setdefault(
            (row.job, row.tenant), Seen(RUNS, name[:40], workspace_id, row.finished_at or now(), row.job)
        )
    return list(found.values())


def _refused(connection: Connection) -> list[Seen]:
    """Sources whose deliveries are refused repeatedly; resolved once none was refused for some hours."""
    labels = {row.id: row.provider for row in connection.execute(select(Source.id, Source.provider))}
    return [
        Seen(
            REFUSED,
            f"{one.source_id}:{one.reason}",
            one.workspace_id,
            one.first_at,
            f"{labels.get(one.source_id, 'source')} ({one.reason}, {one.count})",
        )
        for one in refusals.repeating(connection, now() - REFUSED_WITHIN, refusals.REPEATED)
    ]


JOB = Job(
    "tell-troubles",
    "Tells owners by mail what goes wrong, and when it is over.",
    _run,
    Every(60),
    urgent=True,
)
