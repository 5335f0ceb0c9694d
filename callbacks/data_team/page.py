"""The data team's page: look at a parked record, try it again, have a job run, retry a dead letter."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.data_team import parked as data_parking
from callbacks.data_team.progress import LOOK_AGAIN_MS, Done, finished, going, of_run
from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.db.base import now
from dashapp.db.jobs import DEAD, DONE, JobRun
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.services import Services
from dashapp.ui.language.say import reason, say
from data.intake import parked as mending
from data.intake import replay
from jobs.registry import jobs
from jobs.runtime import ledger
from pages.data_team import model as data_model
from pages.data_team import page as data_desk
from pages.data_team import parked as data_parked
from pages.data_team.faults import fault
from pages.data_team.model import MANAGE, READ, ManagedData
from pages.data_team.not_taken import provider_of, source_name
from pages.frame.page_spec import page_at, query_of

Id = Annotated[int, Field(ge=1, lt=2**31)]
Count = Annotated[int, Field(ge=0, lt=2**53)]

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


class _Action(Args):
    at: int


class RunNow(_Action):
    """A job for one workspace."""

    op: Literal["run"]
    job: Annotated[str, Field(max_length=40)]
    workspace: Id


class Retry(_Action):
    """A dead letter starts again."""

    op: Literal["retry"]
    id: Id


class Replay(_Action):
    """A parked record is read again."""

    op: Literal["replay"]
    id: Id


class Mend(_Action):
    """A parked record is read as somebody edited it."""

    op: Literal["mend"]
    id: Id
    text: Annotated[str, Field(max_length=mending.LONGEST_EDIT)]


class ReplayAll(_Action):
    """Records of one reason are read again, some at a time: those after the id `after`, up to `until`."""

    op: Literal["replay_all"]
    why: Annotated[str, Field(max_length=10_000)]
    after: Count = 0
    until: Count = 0
    total: Count = 0
    taken: Count = 0
    left: Count = 0


class Watch(_Action):
    """How far a run is."""

    op: Literal["watch"]
    run: Id


class Act(Args):
    """An action on the page of the address."""

    act: Annotated[RunNow | Retry | Replay | Mend | ReplayAll | Watch, Field(discriminator="op")]
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Register the page's callbacks. The address and the viewer decide whose data is meant (`_mine`)."""

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
        Output("data-going", "data"),
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
    guard.clientside(
        ClientsideFunction("data", "told"), Output("data-read", "children"), Input("data-told", "children")
    )
    guard.clientside(
        ClientsideFunction("data", "going"), Output("data-gone", "children"), Input("data-going", "data")
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
    source = source_name(row, provider_of(caller.session, row))
    may = data_model.may_manage(caller.viewer, mine.agency)
    return data_parked.raw(row, text, source, cut=cut, may_manage=may)


def act(caller: Caller, asked: Act) -> Any:
    """Carry it out, and show the result."""
    mine = _mine(caller, asked.path, asked.search)
    match asked.act:
        case RunNow():
            done = _run(caller, mine, asked.act)
        case Retry():
            done = _retry(caller, mine, asked.act.id)
        case Replay():
            done = data_parking.replay_one(caller, mine, asked.act.id)
        case Mend():
            done = data_parking.mend_one(caller, mine, asked.act.id, asked.act.text)
        case ReplayAll():
            done = data_parking.replay_some(caller, mine, asked.act)
        case Watch():
            done = _watch(caller, mine, asked.act.run)
    if not done.text:
        return no_update, no_update, done.going
    body = _body(caller, asked.search) if done.good else no_update
    return data_desk.told(done.text, good=done.good), body, done.going


def _mine(caller: Caller, path: str, search: str | None) -> ManagedData:
    found = page_at(path)
    if found is None or found[0].name != "data":
        raise NotFound("There is no such page.")
    return data_model.whose(caller.session, caller.viewer, query_of(search or ""), caller.verb)


def _body(caller: Caller, search: str | None) -> Any:
    """The updated page: `caller.session` may still see the former state."""
    with caller.services.reading() as session:
        return data_desk.body(
            data_model.read(caller.services.lake, session, caller.viewer, query_of(search or ""))
        )


def _run(caller: Caller, mine: ManagedData, asked: RunNow) -> Done:
    workspace = mine.workspace(asked.workspace)
    job = jobs().get(asked.job)
    if job is None or not job.takes_workspace:
        raise NotFound("There is no such job for a workspace.")
    run_id = ledger.run_now(caller.services.engine, job.name, workspace.id)
    _note(caller, "data.run", workspace, f"run {run_id} of {job.name}")
    told = say(
        "Run {n} of {job} is queued for {name}; the next free worker takes it.",
        n=run_id,
        job=job.name,
        name=workspace.name,
    )
    return Done(True, told, _watching(run_id, job.name))


def _retry(caller: Caller, mine: ManagedData, run_id: int) -> Done:
    run = _run_of(caller, mine, run_id)
    if run.state != DEAD or not ledger.retry(caller.services.engine, run_id):
        told = say("Run {n} is no dead letter any more; show the latest to see what it does.", n=run_id)
        return Done(False, told, finished())
    workspace = mine.workspace(run.tenant)
    _note(caller, "data.retry", workspace, f"run {run_id} of {run.job}")
    return Done(
        True,
        say("Run {n} of {job} is queued again with all its tries.", n=run_id, job=run.job),
        _watching(run_id, run.job),
    )


def _watching(run_id: int, job: str) -> dict[str, Any]:
    label = say("Run {n} of {job} waits for a worker", n=run_id, job=job)
    return going(label, None, {"op": "watch", "run": run_id}, LOOK_AGAIN_MS)


def _watch(caller: Caller, mine: ManagedData, run_id: int) -> Done:
    run = _run_of(caller, mine, run_id)
    name = mine.workspace(run.tenant).name
    if run.state == DONE:
        return Done(
            True,
            say(
                "Run {n} of {job} for {name} is done: {what}.",
                n=run_id,
                job=run.job,
                name=name,
                what=reason(run.detail) or say("nothing to do"),
            ),
            finished(),
        )
    if run.state == DEAD:
        return Done(
            False,
            say(
                "Run {n} of {job} for {name} failed at every try: {detail}",
                n=run_id,
                job=run.job,
                name=name,
                detail=fault(run.detail).said,
            ),
            finished(),
        )
    typical = ledger.typical_ms(caller.session.connection(), run.job, run.tenant)
    return Done(True, "", of_run(run, typical, now()))


def _run_of(caller: Caller, mine: ManagedData, run_id: int) -> JobRun:
    run = caller.session.get(JobRun, run_id)
    if run is None or run.tenant not in mine.scope.workspace_ids:
        raise NotFound(_NO_RUN)
    return run


def _note(caller: Caller, verb: str, workspace: Workspace, detail: str) -> None:
    """In a transaction of its own, as the run it tells of was written in one."""
    with caller.services.session() as session:
        data_parking.note(session, caller, workspace, verb, detail)
