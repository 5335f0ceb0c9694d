"""An open analytics page asks whether its data changed, and gets new tiles only when they did."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.crm.names import named
from dashapp.services import Services
from pages.analytics.current_view import CurrentView, now_of
from pages.dashboard.board import Board, board_of
from pages.frame.address import slug_at
from pages.frame.page_spec import page_at, query_of
from pages.frame.parts import complete_to
from pages.tasks.list import TaskList, task_list_of

#: The pages that follow their data, each with what it shows now.
LIVE: Mapping[str, Callable[..., CurrentView | Board | TaskList]] = {
    "analytics": now_of,
    "dashboard": board_of,
    "tasks": task_list_of,
}


class Tick(Args):
    """The page's clock, its address, and the mark of what it shows."""

    n: int | None
    path: Path
    search: Search
    shown: Annotated[str, Field(max_length=100)] | None


def register(guard: Guard, services: Services) -> None:
    """Wire the clock to the tiles."""

    @guard.callback(
        Output("tiles", "html"),
        Output("fresh", "children"),
        Output("shown", "data"),
        Input("live", "n_intervals"),
        State("url", "pathname"),
        State("url", "search"),
        State("shown", "data"),
        verb="workspace.read",
        args=Tick,
        prevent_initial_call=True,
    )
    def _tick(caller: Caller, tick: Tick) -> Any:
        return live(caller, tick)


def live(caller: Caller, tick: Tick) -> tuple[Any, Any, Any]:
    """New tiles when data, view, period or day differ from what is shown; else nothing to update."""
    workspace, scope = caller.workspace(slug_at(tick.path, *LIVE))
    found = page_at(tick.path)
    of = LIVE[found[0].name] if found else now_of
    now = of(
        caller.services.lake, caller.session, caller.viewer, workspace, scope, query_of(tick.search or "")
    )
    if now.shown == tick.shown:
        return no_update, no_update, no_update
    page = now.page
    fresh = complete_to(
        now.complete_to,
        workspace.timezone,
        held=page.held and not page.late,
        behind=page.behind is not None or page.late,
    )
    return str(named(caller.session, workspace.id, now.tiles())), fresh, now.shown
