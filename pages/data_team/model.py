"""What the data team's page shows, read within one agency: its lake, its queue, its runs, its freshness."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, func, select
from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.scopes import agencies_of, agency_for, agency_scope
from dashapp.access.viewer import Viewer
from dashapp.access.workspaces import managed_by
from dashapp.db.base import now
from dashapp.db.jobs import DEAD, EVERYBODY, FreshnessAlarm, FreshnessSample, JobRun
from dashapp.db.mail import Mail
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.mail import outbox
from dashapp.ui.language.say import say
from dashapp.ui.language.spoken import clock
from data.building import failures
from data.building.failures import Failure
from data.intake import parked as mending
from data.intake import refusals
from data.intake.parked import Reason
from data.lake.lake import Lake
from data.scope import Scope
from data.tables.stock import Stock, WorkspaceStock, stock
from jobs.registry import jobs
from jobs.runtime import ledger
from jobs.runtime.job import Job
from jobs.runtime.slots import Daily
from pages.data_team import freshness as data_fresh
from pages.data_team.not_taken import PARKED, REFUSED_FOR, ParkedRow, RefusedRow, parked_rows, refused_rows
from pages.data_team.watched_rows import WatchedRow, watched_rows

#: Rows of a page of a list; runs and dead letters are the newest so many.
WORKSPACES, RUNS, REASONS, MAILS = 25, 40, 8, 20
#: How far back the freshness is drawn, and how many bars that makes.
SPAN, BARS = timedelta(hours=24), 48
#: The verb one needs to look, and the one to do something.
READ, MANAGE = "data.read", "data.manage"


@dataclass(frozen=True)
class Lag:
    """How late a workspace's figures were: the worst of each half hour (None: nothing came), the last sample."""

    worst: Sequence[int | None] = (None,) * BARS
    last_ms: int | None = None
    last_at: datetime | None = None
    late_since: datetime | None = None


@dataclass(frozen=True)
class WorkspaceStatus:
    """A workspace with what the lake holds of it."""

    workspace: Workspace
    standing: WorkspaceStock
    lag: Lag
    days: Sequence[data_fresh.Day] = ()


@dataclass(frozen=True)
class Run:
    """A run of a job for one workspace."""

    row: JobRun
    workspace: Workspace


@dataclass(frozen=True)
class JobLine:
    """A job with its newest run: what that did may tell of others, so only its state.

    `where`: it was for this workspace alone, as of jobs that never run for all at once; else for the installation.
    """

    job: Job
    when: str
    last: JobRun | None
    where: Workspace | None = None


@dataclass(frozen=True)
class DataTeamPage:
    """The whole page. `rooms` and `parked` are one page of their lists (`page`, `parked_page` from 1)."""

    agency: Agency
    workspaces: Sequence[Workspace]
    stock: Stock
    rooms: Sequence[WorkspaceStatus]
    page: int
    parked: Sequence[ParkedRow]
    parked_page: int
    reasons: Sequence[Reason]
    jobs: Sequence[JobLine]
    runs: Sequence[Run]
    dead: Sequence[Run]
    dead_count: int
    may_manage: bool
    at: datetime
    failures: Sequence[Failure] = ()
    mails: Sequence[Mail] = ()
    refused: Sequence[RefusedRow] = ()
    refused_count: int = 0
    watched: Sequence[WatchedRow] = ()


@dataclass(frozen=True)
class ManagedData:
    """An agency with those of its workspaces whose data the viewer may manage."""

    agency: Agency
    workspaces: Sequence[Workspace]
    scope: Scope

    def workspace(self, workspace_id: int) -> Workspace:
        """One of them; NotFound for any other, whoever has it."""
        for one in self.workspaces:
            if one.id == workspace_id:
                return one
        raise NotFound("There is no such workspace.")


def whose(session: Session, viewer: Viewer, search: Mapping[str, str], verb: str = READ) -> ManagedData:
    """The agency of the address (without one the viewer's first). Raises NotFound; also without a workspace."""
    agency = agency_for(session, viewer, search.get("agency"), verb)
    agency, workspaces, scope = agency_scope(session, viewer, agency.slug, verb)
    return ManagedData(agency, workspaces, scope)


def empty_agency(session: Session, viewer: Viewer, search: Mapping[str, str]) -> Agency | None:
    """The agency of the address when it has no workspace yet."""
    agency = agency_for(session, viewer, search.get("agency"), READ)
    has = session.scalar(
        select(func.count()).select_from(Workspace).where(managed_by(agency.id), Workspace.enabled)
    )
    return None if has else agency


def read(lake: Lake, session: Session, viewer: Viewer, search: Mapping[str, str]) -> DataTeamPage:
    """Everything the page shows. Raises NotFound."""
    mine = whose(session, viewer, search)
    at = now()
    by_id = {one.id: one for one in mine.workspaces}
    held = stock(lake, mine.scope)
    page = page_number(search.get("page"), len(mine.workspaces), WORKSPACES)
    count = sum(one.parked for one in held.workspaces.values())
    parked_page = page_number(search.get("parked"), count, PARKED)
    chosen = mine.workspaces[(page - 1) * WORKSPACES : page * WORKSPACES]
    connection = session.connection()
    lags = _lags(connection, [one.id for one in chosen], at)
    days = data_fresh.days(connection, [one.id for one in chosen], at)
    ids = sorted(by_id)
    return DataTeamPage(
        agency=mine.agency,
        workspaces=mine.workspaces,
        stock=held,
        rooms=[
            WorkspaceStatus(one, held.workspaces[one.id], lags.get(one.id, Lag()), days[one.id])
            for one in chosen
        ],
        page=page,
        parked=parked_rows(session, by_id, parked_page),
        parked_page=parked_page,
        reasons=mending.reasons(connection, mine.scope, REASONS),
        jobs=[_line(connection, job, by_id) for job in jobs().values()],
        runs=[Run(row, by_id[row.tenant]) for row in ledger.of_tenants(connection, ids, RUNS)],
        dead=[Run(row, by_id[row.tenant]) for row in ledger.of_tenants(connection, ids, RUNS, state=DEAD)],
        dead_count=_dead_count(connection, ids),
        may_manage=may_manage(viewer, mine.agency),
        at=at,
        failures=failures.failures(connection, ids),
        mails=outbox.of_agency(session, mine.agency.id, MAILS),
        refused=refused_rows(session, by_id, at),
        refused_count=refusals.hours(connection, ids, at - REFUSED_FOR),
        watched=watched_rows(session, by_id),
    )


def page_number(said: str | None, count: int, size: int) -> int:
    """The page an address asks for, within those there are; anything that is no number is the first."""
    last = max(1, -(-count // size))
    number = int(said) if said and said.isascii() and said.isdigit() and len(said) < 7 else 1
    return min(max(1, number), last)


def others(session: Session, viewer: Viewer, agency: Agency) -> list[Agency]:
    """The viewer's other agencies with such a page."""
    found = agencies_of(session, viewer)
    return [one for one in found if one.id != agency.id and allowed(viewer, READ, one.id)]


def may_manage(viewer: Viewer, agency: Agency) -> bool:
    """Whether the viewer may do something there, not only look."""
    return allowed(viewer, MANAGE, agency.id)


def _dead_count(connection: Connection, ids: Sequence[int]) -> int:
    count = select(func.count()).select_from(JobRun).where(JobRun.state == DEAD, JobRun.tenant.in_(ids))
    return int(connection.scalar(count) or 0)


def _lags(connection: Connection, ids: Sequence[int], at: datetime) -> dict[int, Lag]:
    """The samples of the last day, and of each workspace the last one there is."""
    worst: dict[int, list[int | None]] = {one: [None] * BARS for one in ids}
    width, since = SPAN / BARS, at - SPAN
    samples = select(FreshnessSample.workspace_id, FreshnessSample.at, FreshnessSample.lag_ms)
    of_these = FreshnessSample.workspace_id.in_(ids)
    for workspace_id, when, lag in connection.execute(samples.where(of_these, FreshnessSample.at >= since)):
        bar = min(BARS - 1, max(0, int((when - since) / width)))
        worst[workspace_id][bar] = max(lag, worst[workspace_id][bar] or 0)
    newest = (
        select(FreshnessSample.workspace_id, func.max(FreshnessSample.at).label("at"))
        .where(of_these)
        .group_by(FreshnessSample.workspace_id)
        .subquery()
    )
    last = {
        workspace_id: (when, lag)
        for workspace_id, when, lag in connection.execute(
            samples.join(
                newest,
                (newest.c.workspace_id == FreshnessSample.workspace_id) & (newest.c.at == FreshnessSample.at),
            )
        )
    }
    open_alarms = select(FreshnessAlarm.workspace_id, FreshnessAlarm.since).where(
        FreshnessAlarm.workspace_id.in_(ids), FreshnessAlarm.ended_at.is_(None)
    )
    late: dict[int, datetime] = {row.workspace_id: row.since for row in connection.execute(open_alarms)}
    nothing = (None, None)
    return {
        one: Lag(worst[one], last.get(one, nothing)[1], last.get(one, nothing)[0], late.get(one))
        for one in ids
    }


def _line(connection: Connection, job: Job, rooms: Mapping[int, Workspace]) -> JobLine:
    ran = select(JobRun.__table__).where(JobRun.job == job.name, JobRun.tenant.in_([EVERYBODY, *rooms]))
    last = connection.execute(ran.order_by(JobRun.id.desc()).limit(1)).mappings().first()
    if last is None:
        return JobLine(job, _when(job), None)
    return JobLine(job, _when(job), JobRun(**last), rooms.get(last["tenant"]))


def _when(job: Job) -> str:
    if job.when is None:
        return say("when asked")
    if isinstance(job.when, Daily):
        return say("daily at {time}", time=clock(job.when.hour))
    seconds = job.when.seconds
    return (
        say("every {n} min", n=seconds // 60) if seconds < 3_600 else say("every {n} h", n=seconds // 3_600)
    )
