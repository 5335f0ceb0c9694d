"""Wiring of pages whose body is drawn anew after each act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, State, no_update

from callbacks.guard import Args, Caller, Guard
from callbacks.rail import rail_of
from pages.frame.address import slug_at


def redraws_its_body(
    guard: Guard,
    name: str,
    verb: str,
    args: type[Args],
    act: Callable[[Caller, Any], str],
    *,
    counted: str | None = None,
) -> None:
    """`act` handles what `<name>-act` sends, with the address as its `path`, and gives the new `<name>-body`.

    `counted`: the page's name, where the rail counts what waits on it.
    """
    rail = [] if counted is None else [Output("rail", "children", allow_duplicate=True)]

    @guard.callback(
        Output(f"{name}-body", "html"),
        *rail,
        Input(f"{name}-act", "data"),
        State("url", "pathname"),
        verb=verb,
        args=args,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Any) -> Any:
        if counted is None:
            return act(caller, asked)
        if asked.act is None:  # the page has just come, beside a rail that was there
            return no_update, no_update
        return act(caller, asked), rail_of(caller, slug_at(asked.path, counted), counted)
