"""The timeline is opened: what a line holds, the action behind it, and older lines."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from dash import Input, Output, State
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.crm import replies
from dashapp.crm.names import named
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.services import Services
from dashapp.views import store
from pages.dashboard import board
from pages.editor.context import view_id_of
from pages.frame.address import slug_at
from pages.frame.page_spec import page_at, query_of
from pages.frame.team import contacts_at
from pages.timeline import lines as timeline_lines
from pages.view_controls.controls import read_controls

Tile = Annotated[str, Field(max_length=60)]
Line = Annotated[str, Field(max_length=4_000)]


class Open(Args):
    """The events of a line, or the action behind it."""

    op: Literal["list", "more"]
    tile: Tile
    line: Line
    at: int


class Older(Args):
    """The lines after a place."""

    op: Literal["older"]
    tile: Tile
    after: Line
    at: int


class Ask(Args):
    """What is asked, on the page of the address."""

    ask: Annotated[Open | Older, Field(discriminator="op")]
    path: Path
    search: Search


class Correct(Args):
    """A reply gets another category."""

    tile: Tile
    line: Line
    event_id: Annotated[str, Field(max_length=1_000)]
    category: Annotated[str, Field(max_length=40)]
    at: int


class Categorise(Args):
    """Which reply, on the page of the address."""

    act: Correct
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the lines."""

    @guard.callback(
        Output("line-answered", "data"),
        Input("line-asked", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="events.read",
        args=Ask,
        prevent_initial_call=True,
    )
    def _ask(caller: Caller, asked: Ask) -> Any:
        return answer(caller, asked)

    @guard.callback(
        Output("line-categorised", "data"),
        Input("line-category", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="task.work",
        args=Categorise,
        writes=True,
        prevent_initial_call=True,
    )
    def _categorise(caller: Caller, asked: Categorise) -> Any:
        return categorise(caller, asked)

    guard.clientside(
        ClientsideFunction("timeline", "categorised"),
        Output("line-kept", "children"),
        Input("line-categorised", "data"),
    )
    guard.clientside(
        ClientsideFunction("timeline", "answered"),
        Output("line-done", "children"),
        Input("line-answered", "data"),
    )


def answer(caller: Caller, asked: Ask) -> dict[str, Any]:
    """HTML for the place it was asked from; NotFound for a page, tile or line that is not the caller's."""
    workspace, lines = _lines(caller, asked.path, asked.search, asked.ask.tile)
    one = asked.ask
    if isinstance(one, Older):
        found = lines.older(one.after)
        html = str(named(caller.session, workspace.id, found["html"]))
        return {"op": one.op, "tile": one.tile, "at": one.at, "html": html, "after": found["after"]}
    channel, action, event = _line(one.line)
    html = lines.events(channel, action, event) if one.op == "list" else lines.action(channel, action)
    html = str(named(caller.session, workspace.id, html))
    return {"op": one.op, "tile": one.tile, "line": one.line, "at": one.at, "html": html}


def categorise(caller: Caller, asked: Categorise) -> dict[str, Any]:
    """Keep the category a person gave a reply that they may see; figures follow."""
    one = asked.act
    workspace, lines = _lines(caller, asked.path, asked.search, one.tile)
    channel, action, _ = _line(one.line)
    before, reply = lines.reply_of(channel, action, one.event_id)
    replies.correct(
        caller.session,
        workspace,
        reply,
        one.category,
        before=before,
        changed_by=caller.viewer.actor,
    )
    caller.note("reply.categorise", workspace, f"{one.event_id[:200]}: {before} → {one.category}")
    return {"tile": one.tile, "line": one.line, "at": one.at}


def _lines(caller: Caller, path: str, asked: str | None, tile: str) -> tuple[Workspace, timeline_lines.Lines]:
    """The timeline tile of the page of an address; NotFound when it is not the caller's."""
    search = query_of(asked or "")
    workspace, scope = caller.workspace(slug_at(path, "dashboard", "analytics"))
    found = page_at(path)
    if found is not None and found[0].name == "dashboard":
        view, controls = board.view_of(search), board.controls_of(caller.viewer, workspace, scope, search)
    else:
        view = store.shown(caller.session, workspace, view_id_of(search)).resolved.view
        controls = read_controls(search)
    at = contacts_at(caller.viewer, workspace)
    return workspace, timeline_lines.of(caller.services.lake, scope, workspace, view, controls, tile, at)


def _line(text: str) -> tuple[str, str, str]:
    """The group a line names; what the browser says is only looked for within the caller's scope."""
    try:
        channel, action, event = json.loads(text)
    except (ValueError, TypeError, RecursionError) as error:
        raise NotFound("There is no such line.") from error
    if not all(type(one) is str for one in (channel, action, event)):
        raise NotFound("There is no such line.")
    return channel, action, event
