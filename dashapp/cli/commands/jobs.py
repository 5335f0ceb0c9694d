"""`jobs list`, `jobs run`, `jobs dead`, `jobs retry`: what runs in the background, and what does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from dashapp.cli.command import BIG_ROW_ID, Answer, Group, nearest
from dashapp.cli.installation import open_house, workspace_of
from dashapp.errors import NotFound, Refused

if TYPE_CHECKING:
    from sqlalchemy.orm import Session

    from dashapp.db.jobs import JobRun
    from jobs.runtime.job import Job

#: How many of the newest runs of a job are listed with --json.
LISTED = 20


@click.group(cls=Group)
def jobs() -> None:
    """Background jobs: list, run now, dead letters, retry."""


@jobs.command("list")
def list_jobs() -> Answer:
    """Every job, when it runs, and what became of its last runs."""
    from jobs.intake.refresh import FOLD
    from jobs.registry import jobs as all_jobs
    from jobs.runtime import ledger

    services = open_house()
    told, lines = [], []
    with services.reading() as session:
        connection = session.connection()
        slugs = _slugs(session)
        for name, job in all_jobs().items():
            runs = [_told(run, slugs) for run in ledger.latest(connection, name, LISTED)]
            told.append({"job": name, "does": job.does, "when": _when(job), "runs": runs})
            last = (
                f"{runs[0]['state']} {runs[0]['finished_at'] or ''}: {runs[0]['detail']}"
                if runs
                else "never ran"
            )
            lines.append(f"{name:<17} {_when(job):<14} {last}")
        rounds = [_told(run, slugs) for run in ledger.latest(connection, FOLD, LISTED)]
    return Answer({"jobs": told, "fold": rounds}, "\n".join(lines))


@jobs.command("run")
@click.argument("name", metavar="JOB")
@click.option("--workspace", "workspace_slug", metavar="W", help="For this one only; without it for all.")
def run(name: str, workspace_slug: str | None) -> Answer:
    """Queue a run; the next free worker takes it."""
    from dashapp.db.jobs import EVERYBODY
    from jobs.registry import jobs as all_jobs
    from jobs.runtime import ledger

    job = all_jobs().get(name)
    if job is None:
        known = list(all_jobs())
        raise NotFound(f"There is no job {name!r}; there are {', '.join(known)}.{nearest(name, known)}")
    services = open_house()
    tenant = EVERYBODY
    if workspace_slug:
        if not job.takes_workspace:
            raise Refused(f"{name} is for the whole installation; leave --workspace out.")
        with services.reading() as session:
            tenant = workspace_of(session, workspace_slug)[0].id
    elif job.each_workspace:
        raise Refused(f"{name} runs for one workspace; name it with --workspace.")
    run_id = ledger.run_now(services.engine, name, tenant)
    document = {"id": run_id, "job": name, "workspace": workspace_slug}
    return Answer(document, f"Run {run_id} is queued; `vitrine worker` takes it.")


@jobs.command("dead")
def dead() -> Answer:
    """Runs that failed at every try, and why."""
    from jobs.runtime import ledger

    with open_house().reading() as session:
        told = [_told(letter, _slugs(session)) for letter in ledger.dead(session.connection())]
    lines = [
        f"{row['id']:>6}  {row['job']} {row['workspace'] or ''} {row['slot']}: {row['detail']}"
        for row in told
    ]
    return Answer({"dead": told}, "\n".join(lines) or "There is nothing.")


@jobs.command("retry")
@click.argument("run_id", metavar="ID", type=BIG_ROW_ID)
def retry(run_id: int) -> Answer:
    """Try a dead run again, with all its tries."""
    from jobs.runtime import ledger

    if not ledger.retry(open_house().engine, run_id):
        raise NotFound(f"Run {run_id} is not a dead one; `vitrine jobs dead` lists them.")
    return Answer({"id": run_id, "state": "queued"}, f"Run {run_id} is queued again.")


def _when(job: Job) -> str:
    """In words, for the list."""
    from jobs.runtime.slots import Daily

    if job.when is None:
        return "when asked"
    if isinstance(job.when, Daily):
        return f"daily at {job.when.hour:02d}:00"
    seconds = job.when.seconds
    return f"every {seconds // 60} min" if seconds < 3_600 else f"every {seconds // 3_600} h"


def _slugs(session: Session) -> dict[int, str]:
    from sqlalchemy import select

    from dashapp.db.tenants import Workspace

    return {row.id: row.slug for row in session.execute(select(Workspace.id, Workspace.slug))}


def _told(run: JobRun, slugs: dict[int, str]) -> dict[str, Any]:
    """A run as a document; `workspace` null: the whole installation."""
    moments = {
        name: None if at is None else f"{at:%Y-%m-%dT%H:%M:%SZ}"
        for name, at in (("started_at", run.started_at), ("finished_at", run.finished_at))
    }
    return {
        "id": run.id,
        "job": run.job,
        "workspace": slugs.get(run.tenant),
        "slot": run.slot,
        "origin": run.origin,
        "state": run.state,
        "tries": run.tries,
        **moments,
        "busy_ms": run.busy_ms,
        "amount": run.amount,
        "detail": run.detail,
    }
