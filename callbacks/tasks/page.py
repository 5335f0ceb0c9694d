"""Tasks are completed, undone, made and changed."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from dash import Input, Output, State
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import Day, Path
from callbacks.guard import Args, Caller, Guard
from dashapp.crm import completing, tasks
from dashapp.crm.completing import UNDO
from dashapp.errors import NotFound, Refused
from dashapp.services import Services
from pages.frame.address import slug_at
from pages.frame.team import desk_of

Id = Annotated[int, Field(ge=1, lt=2**31)]
Short = Annotated[str, Field(max_length=600)]


class Complete(Args):
    """One's own task is done. `note`: its limit is told by the task itself."""

    op: Literal["complete"]
    id: Id
    note: str
    disposition: Annotated[str, Field(max_length=20)] | None
    at: int


class Undo(Args):
    """The completion is taken back."""

    op: Literal["undo"]
    id: Id
    at: int


class Create(Args):
    """A new task."""

    op: Literal["create"]
    title: Short
    channel: Short
    due_on: Day
    assignee: Short
    repeat: Short
    lead: Short
    at: int


class Change(Args):
    """An open task is moved, given away, renamed or repeated. `revision`: as it was seen."""

    op: Literal["change"]
    id: Id
    revision: Annotated[int, Field(ge=1, lt=2**31)]
    title: Short
    due_on: Day
    assignee: Short
    repeat: Short
    at: int


class Act(Args):
    """An action, on the page of the address."""

    act: Annotated[Complete | Undo | Create | Change, Field(discriminator="op")]
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Register the callbacks of tasks."""

    @guard.callback(
        Output("task-acted", "data"),
        Input("task-act", "data"),
        State("url", "pathname"),
        verb="task.work",
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    guard.clientside(
        ClientsideFunction("tasks", "acted"), Output("task-done", "children"), Input("task-acted", "data")
    )


def act(caller: Caller, asked: Act) -> dict[str, Any]:
    """Carry it out; NotFound, NotAllowed, Conflict and Refused are sentences for whoever sent it."""
    workspace, scope = caller.workspace(slug_at(asked.path, "dashboard", "analytics", "tasks"))
    desk = desk_of(caller.viewer, workspace, scope)
    if desk is None:
        raise NotFound("There is no such task.")
    session, one = caller.session, asked.act
    undo_ms = 0
    match one:
        case Complete():
            done = completing.complete(session, desk, one.id, note=one.note, disposition=one.disposition)
            undo_ms = int(UNDO.total_seconds() * 1_000)
        case Undo():
            done = completing.undo(session, desk, one.id)
        case Create():
            done = tasks.create(
                session,
                desk,
                channel=one.channel,
                title=one.title,
                due_on=_day(one.due_on),
                assignee=one.assignee,
                lead=one.lead,
                repeat=one.repeat,
            )
        case Change():
            done = tasks.change(
                session,
                desk,
                one.id,
                one.revision,
                due_on=_day(one.due_on),
                assignee=one.assignee,
                title=one.title,
                repeat=one.repeat,
            )
    caller.note(f"task.{one.op}", workspace, f"task {done.id}")
    return {"op": one.op, "id": done.id, "title": done.title, "undo_ms": undo_ms, "at": one.at}


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise Refused("There is no such day.") from error
