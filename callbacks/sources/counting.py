"""The sources page: save by which rules the workspace's events are counted."""

from __future__ import annotations

from typing import Any, Literal

from dash import Input, Output, State

from callbacks.fields import Path
from callbacks.guard import Args, Caller, Guard
from dashapp.agencies.counting import set_counting
from dashapp.services import Services
from dashapp.ui.language.say import say
from data.marts.counting import Counting
from pages.frame.address import slug_at
from pages.sources import page as sources


class Rules(Args):
    """The form: each rule, whether it is in force. `at` makes each press a new value."""

    op: Literal["save"]
    at: int
    scanners: bool
    previews: bool
    programs: bool
    proxies: bool
    networks: bool
    early_opens: bool
    early_clicks: bool
    source: bool
    fold_plus: bool
    fold_dots: bool


class Save(Args):
    """The form was sent on the page of `path`."""

    rules: Rules
    path: Path


def register(guard: Guard, services: Services) -> None:
    """Wire the form. It needs "source.manage" in the workspace of the address."""

    @guard.callback(
        Output("counting-told", "children"),
        Input("counting-act", "data"),
        State("url", "pathname"),
        verb="source.manage",
        args=Save,
        writes=True,
        prevent_initial_call=True,
    )
    def _save(caller: Caller, asked: Save) -> Any:
        return save(caller, asked)


def save(caller: Caller, asked: Save) -> Any:
    """Keep the rules; the figures follow when they are next looked at."""
    workspace, _ = caller.workspace(slug_at(asked.path, "sources"))
    ticked = asked.rules.model_dump(exclude={"op", "at"})
    folds = [name for name in ("fold_plus", "fold_dots") if ticked.pop(name)]
    counting = Counting.checked([name for name, on in ticked.items() if not on], folds)
    counting = counting.keeping(Counting.of(workspace.counting))
    if not set_counting(caller.session, workspace, counting, actor=caller.viewer.actor):
        return sources.changed(say("Nothing has changed."))
    return sources.changed(say("Saved. The figures are counted anew from all events; this takes a moment."))
