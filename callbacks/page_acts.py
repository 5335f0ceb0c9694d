"""Wiring of pages whose body is drawn anew after each act."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from dash import Input, Output, State

from callbacks.guard import Args, Caller, Guard


def redraws_its_body(
    guard: Guard, name: str, verb: str, args: type[Args], act: Callable[[Caller, Any], str]
) -> None:
    """`act` handles what `<name>-act` sends, with the address as its `path`, and gives the new `<name>-body`."""

    @guard.callback(
        Output(f"{name}-body", "html"),
        Input(f"{name}-act", "data"),
        State("url", "pathname"),
        verb=verb,
        args=args,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Any) -> Any:
        return act(caller, asked)
