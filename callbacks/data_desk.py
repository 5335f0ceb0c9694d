"""The data team's page: look at a parked record, try it again, have a job run, retry a dead letter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from flask import request
from pydantic import Field

from callbacks.guard import Args, Caller, Guard
from dashapp.access import audit
from dashapp.db.base import now
from dashapp.db.jobs import DEAD, JobRun
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.services import Services
from data import replay
from jobs import ledger
from jobs.registry import jobs
from pages import data_desk, data_model, data_parked
from pages.data_model import MANAGE, READ, Whose
from pages.spec import page_at, query_of

Id = Annotated[int, Field(ge=1, lt=2**31)]
Path = Annotated[str, Field(max_length=500)]
Search = Annotated[str, Field(max_length=2000)] | None

_NO_RUN = "There is no such run."
_NO_RECORD = "There is no such record."


class Look(Args):
    """Which parked record; none closes the one that is open."""

    id: Id | None
    at: int


class Inspect(Args):
    """A record of the agency of the address."""

    look: Look
    path: Path
    search: Search


class _Deed(Args):
    at: int


class RunNow(_Deed):
    """A job for one workspace."""

    op: Literal["run"]
    job: Annotated[str, Field(max_length=40)]
    workspace: Id


class Retry(_Deed):
    """A dead letter starts again."""

    op: Literal["retry"]
    id: Id


class Replay(_Deed):
    """A parked record is read again."""

    op: Literal["replay"]
    id: Id


class Act(Args):
    """A deed on the page of the address."""

    act: Annotated[RunNow | Retry | Replay, Field(discriminator="op")]
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the page. Whose data is meant is decided by the address and the viewer (`_mine`)."""

    @guard.callback(
        Output("data-raw", "children"),
        Input("data-look", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb=READ,
        args=Inspect,
        prevent_initial_call=True,
    )
    def _inspect(caller: Caller, asked: Inspect) -> Any:
        return inspect(caller, asked)

    # Not `writes`: a queued run is a transaction of its own (ledger), and SQLite has one writer at a time.
    @guard.callback(
        Output("data-told", "children"),
        Output("data-body", "children"),
        Input("data-act", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb=MANAGE,
        args=Act,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    guard.clientside(
        ClientsideFunction("data", "shown"), Output("data-seen", "children"), Input("data-raw", "children")
    )


def inspect(caller: Caller, asked: Inspect) -> Any:
    """The record as it came, as text."""
    mine = _mine(caller, asked.path, asked.search)
    if asked.look.id is None:
        return []
    row = replay.find(caller.session.connection(), mine.scope, asked.look.id)
    if row is None:
        raise NotFound(_NO_RECORD)
    text, cut = replay.readable(row["raw"], data_parked.RAW_LIMIT)
    source = data_model.source_name(row, data_model.provider_of(caller.session, row))
    may = data_model.may_manage(caller.viewer, mine.agency)
    return data_parked.raw(row, text, source, cut=cut, may_manage=may)


def act(caller: Caller, asked: Act) -> Any:
    """Do it, and show what became of it."""
    mine = _mine(caller, asked.path, asked.search)
    match asked.act:
        case RunNow():
            told = _run(caller, mine, asked.act)
        case Retry():
            told = _retry(caller, mine, asked.act.id)
        case Replay():
            told = _replay(caller, mine, asked.act.id)
    good, text = told
    return data_desk.told(text, good=good), _body(caller, asked.search) if good else no_update


def _mine(caller: Caller, path: str, search: str | None) -> Whose:
    found = page_at(path)
    if found is None or found[0].name != "data":
        raise NotFound("There is no such page.")
    return data_model.whose(caller.session, caller.viewer, query_of(search or ""), caller.verb)


def _body(caller: Caller, search: str | None) -> Any:
    """The page as it is after what was done: `caller.session` may still see what was before."""
    with caller.services.reading() as session:
        return data_desk.body(
            data_model.read(caller.services.lake, session, caller.viewer, query_of(search or ""))
        )


def _run(caller: Caller, mine: Whose, asked: RunNow) -> tuple[bool, str]:
    workspace = mine.workspace(asked.workspace)
    job = jobs().get(asked.job)
    if job is None or not job.takes_workspace:
        raise NotFound("There is no such job for a workspace.")
    run_id = ledger.run_now(caller.services.engine, job.name, workspace.id)
    _note(caller, "data.run", workspace, f"run {run_id} of {job.name}")
    return True, f"Run {run_id} of {job.name} is queued for {workspace.name}; the next free worker takes it."


def _retry(caller: Caller, mine: Whose, run_id: int) -> tuple[bool, str]:
    run = caller.session.get(JobRun, run_id)
    if run is None or run.tenant not in mine.scope.workspace_ids:
        raise NotFound(_NO_RUN)
    if run.state != DEAD or not ledger.retry(caller.services.engine, run_id):
        return False, f"Run {run_id} is no dead letter any more; show the latest to see what it does."
    workspace = mine.workspace(run.tenant)
    _note(caller, "data.retry", workspace, f"run {run_id} of {run.job}")
    return True, f"Run {run_id} of {run.job} is queued again with all its tries."


def _replay(caller: Caller, mine: Whose, parked_id: int) -> tuple[bool, str]:
    with caller.services.session() as session:
        row = replay.find(session.connection(), mine.scope, parked_id)
        if row is None:
            raise NotFound(_NO_RECORD)
        provider = data_model.provider_of(session, row)
        done = replay.replay(session.connection(), row, provider, now())
        if not done.taken:
            return False, f"Record {parked_id} stays parked: {done.why.rstrip('.')}."
        workspace = mine.workspace(row["workspace_id"])
        audit.record(
            session,
            caller.viewer.actor,
            "data.replay",
            agency_id=workspace.agency_id,
            workspace_id=workspace.id,
            detail=f"parked record {parked_id}: {done.new} new events",
            ip=request.remote_addr or "",
        )
    if not done.new:
        return True, f"Record {parked_id} is an event that was taken in before; it is not parked any more."
    return True, f"Record {parked_id} is in the inbox: {done.new} new, on the way into the figures."


def _note(caller: Caller, verb: str, workspace: Workspace, detail: str) -> None:
    with caller.services.session() as session:
        audit.record(
            session,
            caller.viewer.actor,
            verb,
            agency_id=workspace.agency_id,
            workspace_id=workspace.id,
            detail=detail,
            ip=request.remote_addr or "",
        )
