"""A figure was opened: its panel, more of its rows, and the file of all of them."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State
from dash.dependencies import ClientsideFunction
from flask import request
from pydantic import Field

from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.access import audit
from dashapp.crm.names import named
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.seats import ANSWER, seated_as
from dashapp.services import Services
from dashapp.views import store
from data.drilldown import PAGE
from data.scope import Scope
from pages.dashboard import board
from pages.drilldown import cells
from pages.editor.context import context_at, view_id_of
from pages.frame.address import slug_at
from pages.frame.page_spec import page_at, query_of
from pages.frame.reach import search_within, shown_view
from pages.frame.team import contacts_at
from pages.plots.choices import Choices, read_choices
from pages.templates import page as templates
from pages.view_controls.controls import read_controls


class _Cell(Args):
    tile: Annotated[str, Field(max_length=60)]
    cell: Annotated[str, Field(max_length=6_000)]
    part: Literal["n", "base", "held"]
    at: int


class Show(_Cell):
    """The panel of a cell."""

    op: Literal["show"]


class More(_Cell):
    """The rows after those shown."""

    op: Literal["more"]
    after: Annotated[str, Field(max_length=6_000)]


class Ask(Args):
    """Which cell, on the page of the address."""

    ask: Annotated[Show | More, Field(discriminator="op")]
    path: Path
    search: Search


class File(Args):
    """All rows of a cell."""

    ask: _Cell
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the panel."""

    @guard.callback(
        Output("cell-answered", "data"),
        Input("cell-asked", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="workspace.read",
        args=Ask,
        prevent_initial_call=True,
    )
    def _ask(caller: Caller, asked: Ask) -> Any:
        return answer(caller, asked)

    @guard.callback(
        Output("cell-filed", "data"),
        Input("cell-file", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb="events.read",
        args=File,
        prevent_initial_call=True,
    )
    def _file(caller: Caller, asked: File) -> Any:
        return file(caller, asked)

    guard.clientside(
        ClientsideFunction("cells", "answered"),
        Output("cell-done", "children"),
        Input("cell-answered", "data"),
    )
    guard.clientside(
        ClientsideFunction("cells", "filed"), Output("cell-saved", "children"), Input("cell-filed", "data")
    )
    guard.clientside(
        ClientsideFunction("cells", "plotted"),
        Output("explored-opened", "children"),
        Input("explored", "clickData"),
        prevent_initial_call=True,
    )
    guard.clientside(
        ClientsideFunction("explore", "themed"),
        Output("explored", "figure"),
        Input("explored-theme", "data"),
        State("explored", "figure"),
    )


def answer(caller: Caller, asked: Ask) -> dict[str, Any]:
    """The panel or the next rows; NotFound for a workspace, view, tile or cell that is not the caller's."""
    workspace, scope, found = _found(caller, asked.ask, asked.path, asked.search)
    lake = caller.services.lake
    if isinstance(asked.ask, Show):
        made = cells.panel(lake, scope, workspace, caller.viewer, found, asked.ask.part)
    else:
        if not cells.may_see_rows(caller.viewer, workspace):
            raise NotFound("There is nothing here.")
        made = cells.more(lake, scope, workspace, found, asked.ask.part, asked.ask.after)
    if contacts_at(caller.viewer, workspace):
        made = {
            key: str(named(caller.session, workspace.id, part)) if key in {"html", "rows"} else part
            for key, part in made.items()
        }
    return {"op": asked.ask.op, "at": asked.ask.at, "page": PAGE, **made}


def file(caller: Caller, asked: File) -> dict[str, Any]:
    """The file of a cell's rows; who took it is noted."""
    workspace, scope, found = _found(caller, asked.ask, asked.path, asked.search)
    caller.let_go()
    with caller.services.seats.seat(seated_as(workspace.managing_agency_id, workspace.id), ANSWER):
        name, text, rows = cells.file(caller.services.lake, scope, workspace, found, asked.ask.part)
    with caller.services.session() as session:
        audit.record(
            session,
            caller.viewer.actor,
            "rows.exported",
            agency_id=workspace.managing_agency_id,
            workspace_id=workspace.id,
            detail=f"{rows} rows of {found.title}"[:200],
            ip=request.remote_addr or "",
        )
    return {"name": name, "text": text, "at": asked.ask.at}


def _found(
    caller: Caller, cell: _Cell, path: str, search: str | None
) -> tuple[Workspace, Scope, cells.Opened]:
    asked = query_of(search or "")
    found = page_at(path)
    if found is not None and found[0].name == "templates":
        context = context_at(caller.services.lake, caller.session, caller.viewer, path, asked)
        stored = templates.stored_at(store.list_templates(caller.session, context.templates_of), asked)
        view = templates.shown_view(stored)
        workspace, scope = caller.workspace(context.preview.slug)
        controls = read_controls(asked)
    elif found is not None and found[0].name == "dashboard":
        workspace, scope = caller.workspace(found[1]["slug"])
        view, controls = board.view_of(asked), board.controls_of(caller.viewer, workspace, scope, asked)
    else:
        workspace, scope = caller.workspace(slug_at(path, "analytics", "explore"))
        asked = dict(search_within(caller.viewer, workspace, asked))
        view = shown_view(caller.session, caller.viewer, workspace, view_id_of(asked)).resolved.view
        controls = read_controls(asked)
    explored = found is not None and found[0].name == "explore"
    choices = read_choices(asked) if explored else Choices()
    return workspace, scope, cells.open_cell(view, workspace, controls, cell.tile, cell.cell, choices)
