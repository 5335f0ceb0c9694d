"""The sources page: give a reply that belongs to no e-mail to the one it answers."""

from __future__ import annotations

from typing import Annotated, Any

from dash import Input, Output, State, no_update
from pydantic import Field

from callbacks.fields import Path
from callbacks.guard import Args, Caller, Guard
from dashapp.db.base import now
from dashapp.services import Services
from dashapp.ui.language.say import say, say_error
from data.errors import BadQuery
from data.query import assigning
from pages.frame.address import slug_at
from pages.sources import page as sources
from pages.sources import unattributed


class Assign(Args):
    """The button was pressed: which reply, and the address or id of the e-mail it answers."""

    n: Annotated[int, Field(ge=1)]
    path: Path
    event: Annotated[str, Field(max_length=1_000)] | None
    message: Annotated[str, Field(max_length=400)] | None


def register(guard: Guard, services: Services) -> None:
    """Wire the form. It needs "source.manage" in the workspace of the address."""

    @guard.callback(
        Output("unattributed-told", "children"),
        Output("unattributed-event", "options"),
        Output("unattributed-event", "value"),
        Output("unattributed-message", "value"),
        Input("unattributed-assign", "n_clicks"),
        State("url", "pathname"),
        State("unattributed-event", "value"),
        State("unattributed-message", "value"),
        verb="source.manage",
        args=Assign,
        writes=True,
        prevent_initial_call=True,
        running=[(Output("unattributed-assign", "disabled"), True, False)],
    )
    def _assign(caller: Caller, asked: Assign) -> Any:
        return assign(caller, asked)


def assign(caller: Caller, asked: Assign) -> tuple[Any, Any, Any, Any]:
    """One reply for one press; what is left to choose is told anew."""
    workspace, scope = caller.workspace(slug_at(asked.path, "sources"))
    if not asked.event or not asked.message or not asked.message.strip():
        why = say("Choose a reply, and say which e-mail it answers.")
        return unattributed.told(why, ok=False), no_update, no_update, no_update
    lake = caller.services.lake
    try:
        event = assigning.find(lake, scope, workspace.id, asked.event, asked.message.strip())
    except BadQuery as error:
        return unattributed.told(say_error(error), ok=False), no_update, no_update, no_update
    if not assigning.assign(caller.session.connection(), workspace.id, event, None, now()):
        return unattributed.told(say("It was assigned already."), ok=False), no_update, no_update, no_update
    caller.note("data.assign", workspace, f"event {asked.event} to e-mail {event.message_id}")
    model = sources.unattributed_of(lake, scope, workspace)
    rows = [row for row in model.rows if row["event_id"] != asked.event]
    left = unattributed.options(unattributed.Unattributed(rows, len(rows), workspace.timezone))
    said = unattributed.told(say("Assigned; it is on the way into the figures."), ok=True)
    return said, left, next(iter(left), None), ""
