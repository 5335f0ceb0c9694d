"""Tables and SQL: an owner's statement goes to the sealed process, its answer to the browser's grid."""

from __future__ import annotations

from time import monotonic
from typing import Annotated, Any

from dash import Input, Output, State
from dash.dependencies import ClientsideFunction
from flask import request
from pydantic import Field

from callbacks.fields import Path, Search
from callbacks.guard import Args, Caller, Guard
from dashapp.data_team.statements import ask
from dashapp.errors import NotFound, TooMany
from dashapp.services import Services
from dashapp.ui.language.say import say_error
from data.engines.sealed_process import LONGEST_SQL
from data.errors import BadQuery, DamagedFile, OutOfRoom
from pages.data_team import model as data_model
from pages.data_team import sql as data_sql
from pages.data_team import tables as data_tables
from pages.data_team.model import MANAGE
from pages.frame.page_spec import page_at, query_of


class Statement(Args):
    """A statement, and when it was sent."""

    sql: Annotated[str, Field(max_length=LONGEST_SQL + 1)]
    at: int


class Asked(Args):
    """A statement over what the address names."""

    asked: Statement
    path: Path
    search: Search


def register(guard: Guard, services: Services) -> None:
    """Wire the page."""

    @guard.callback(
        Output("sql-answer", "data"),
        Input("sql-ask", "data"),
        State("url", "pathname"),
        State("url", "search"),
        verb=MANAGE,
        args=Asked,
        prevent_initial_call=True,
    )
    def _ask(caller: Caller, asked: Asked) -> Any:
        return answer(caller, asked)

    guard.clientside(
        ClientsideFunction("tables", "grid"), Output("rows-grid", "children"), Input("rows-shown", "data")
    )
    guard.clientside(
        ClientsideFunction("tables", "answer"),
        Output("sql-grid", "children"),
        Output("sql-told", "children"),
        Input("sql-answer", "data"),
    )


def answer(caller: Caller, asked: Asked) -> dict[str, Any]:
    """The answer as a grid, or the sentence of why there is none."""
    found = page_at(asked.path)
    if found is None or found[0].name != "data-tables":
        raise NotFound("There is no such page.")
    search = query_of(asked.search or "")
    mine = data_model.whose(caller.session, caller.viewer, search, caller.verb)
    picked = data_tables.chosen(caller.services.lake, mine, search)
    caller.let_go()
    began = monotonic()
    try:
        result = ask(
            caller.services,
            caller.viewer.actor,
            mine.agency.id,
            mine.scope,
            picked.slugs,
            asked.asked.sql,
            ip=request.remote_addr or "",
            limits=data_sql.LIMITS,
        )
    except (BadQuery, TooMany, DamagedFile, OutOfRoom) as error:
        return {"at": asked.asked.at, "problem": say_error(error)}
    return {
        "at": asked.asked.at,
        **data_tables.grid(result.columns, result.rows),
        "told": data_sql.told(result, monotonic() - began),
    }
