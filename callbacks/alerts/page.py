"""Alerts are made, changed, acknowledged, silenced, switched and removed."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dash import Input, Output, State, no_update
from dash.dependencies import ClientsideFunction
from pydantic import Field

from callbacks.fields import At, Path, RowId, Search
from callbacks.guard import Args, Caller, Guard
from callbacks.rail import rail_of
from dashapp.access.scopes import by_own_role
from dashapp.alerts import store
from dashapp.alerts.measure import Kind, stored_measure
from dashapp.alerts.store import AlertSettings
from dashapp.errors import Refused
from dashapp.languages import typed_number
from dashapp.services import Services
from dashapp.ui.language.say import language, say
from pages.alerts.listing import asked_measure, body, rows_of
from pages.alerts.page import VERB
from pages.editor.context import view_id_of
from pages.frame.address import slug_at
from pages.frame.page_spec import query_of

Number = Annotated[str, Field(max_length=20)]


class Fields(Args):
    """What the form says. Numbers come as they were typed."""

    at: At
    name: Annotated[str, Field(max_length=2_000)]
    kind: Kind
    limit: Number
    least: Number
    recipients: Annotated[str, Field(max_length=1_500_000)]


class Create(Fields):
    """A new alert on the tile of the address."""

    op: Literal["create"]
    id: Literal[0]


class Change(Fields):
    """Another limit or other recipients."""

    op: Literal["change"]
    id: RowId


class Row(Args):
    """A button of one alert."""

    op: Literal["acknowledge", "on", "off", "remove", "snooze-0", "snooze-1", "snooze-7", "snooze-30"]
    at: At
    id: RowId


class Act(Args):
    """Something on the page was sent."""

    #: None when the page has just come: the rail is there before it, so Dash asks.
    act: Annotated[Create | Change | Row, Field(discriminator="op")] | None
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the page."""

    @guard.callback(
        Output("alerts-body", "html"),
        Output("alerts-go", "data"),
        Output("rail", "children", allow_duplicate=True),
        Input("alerts-act", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb=VERB,
        args=Act,
        writes=True,
        prevent_initial_call=True,
    )
    def _act(caller: Caller, asked: Act) -> Any:
        return act(caller, asked)

    guard.clientside(
        ClientsideFunction("forms", "go"), Output("alerts-gone", "children"), Input("alerts-go", "data")
    )


def act(caller: Caller, asked: Act) -> tuple[Any, Any, Any]:
    """Carry it out, and count what still waits; errors are sentences for whoever sent it."""
    if asked.act is None:
        return no_update, no_update, no_update
    workspace, _ = caller.workspace(slug_at(asked.path, "alerts"))
    session, one, actor = caller.session, asked.act, caller.viewer.actor
    here = f"/w/{workspace.slug}/alerts"
    if isinstance(one, Create):
        search = query_of(asked.search or "")
        measure, title = asked_measure(session, caller.viewer, workspace, search)
        alert = store.create(
            session,
            workspace,
            measure,
            wish_of(one),
            view_id=view_id_of(search),
            tile_id=search["tile"],
            title=title,
            language=language(),
            own=by_own_role(caller.viewer, caller.verb, workspace),
            actor=actor,
        )
        return no_update, f"{here}?alert={alert.id}", no_update
    alert = store.alert_of(session, workspace, one.id)
    if isinstance(one, Change):
        store.change(session, workspace, alert, stored_measure(alert.measure), wish_of(one), actor=actor)
        return no_update, f"{here}?alert={alert.id}", no_update
    if one.op == "acknowledge":
        store.acknowledge(session, workspace, alert, actor=actor)
    elif one.op in {"on", "off"}:
        store.switch(session, workspace, alert, on=one.op == "on", actor=actor)
    elif one.op == "remove":
        store.remove(session, workspace, alert, actor=actor)
    else:
        store.snooze(session, workspace, alert, int(one.op.removeprefix("snooze-")), actor=actor)
    said = {"acknowledge": say("Acknowledged."), "remove": say("The alert is removed.")}.get(
        one.op, say("Saved.")
    )
    shown = str(body(rows_of(session, workspace, one.id), None, said))
    return shown, no_update, rail_of(caller, workspace.slug, "alerts")


def wish_of(fields: Fields) -> AlertSettings:
    """The form as numbers. Raises Refused for what is none."""
    return AlertSettings(
        kind=fields.kind,
        limit=_number(fields.limit, say("The limit is a number.")),
        least=int(_number(fields.least or "0", say("The minimum volume is a whole number, 0 or more."))),
        recipients=[fields.recipients],
        name=fields.name,
    )


def _number(text: str, problem: str) -> float:
    """ "2", "2.5", "1,000" or, in German, "2,5", "1.000"."""
    try:
        value = typed_number(text, language())
    except ValueError as error:
        raise Refused(problem) from error
    if not abs(value) < 1e12:
        raise Refused(problem)
    return value
