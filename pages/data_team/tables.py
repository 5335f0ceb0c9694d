"""Tables and SQL, `/data/tables`: the rows of any mart of the agency's workspaces (asking:
pages/data_team/sql.py)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, TooMany
from dashapp.seats import ANSWER
from dashapp.ui.desk import ag_grid
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.shell import notice
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say, say_error
from data.errors import DataError
from data.lake.lake import Lake
from data.tables import browse as looking
from data.tables.browse import Sample
from data.tables.rows import QUERIED, TABLES
from pages.data_team import model as data_model
from pages.data_team import sql as data_sql
from pages.data_team.model import READ, ManagedData
from pages.data_team.parts import GRAINS, section, tabs
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row

PATH: Final = "/data/tables"
CSV: Final = "/data/rows.csv"
#: The choice of no single workspace; no slug looks like it.
ALL: Final = "*"
#: Workspaces whose files are opened to learn the columns of the tables.
_DESCRIBED: Final = 5
#: Beyond so many events of the agency the page opens with one workspace: looking into all takes seconds.
AT_ONCE: Final = 5_000_000


@dataclass(frozen=True)
class Chosen:
    """What the address names: a table, and one workspace or (None) all of the agency's."""

    table: str
    workspace: Workspace | None
    slugs: Mapping[int, str]


def chosen(lake: Lake, mine: ManagedData, search: Mapping[str, str]) -> Chosen:
    """Read the address; where it names no workspace that is all of them, or the first of very much.

    Raises NotFound for a workspace or table that is not there.
    """
    table = search.get("table") or "messages"
    if table not in TABLES:
        raise NotFound("There is no such table.")
    slug = search.get("workspace") or (ALL if looking.events(lake, mine.scope) <= AT_ONCE else "")
    workspace = next((one for one in mine.workspaces if one.slug == slug), None)
    if workspace is None and slug == "":
        workspace = mine.workspaces[0]
    if workspace is None and slug != ALL:
        raise NotFound("There is no such workspace.")
    rooms = mine.workspaces if workspace is None else [workspace]
    return Chosen(table, workspace, {one.id: one.slug for one in rooms})


def layout(visit: Visit) -> Shown:
    """The page of one of the viewer's agencies; NotFound for whoever does not look after its data."""
    lake = visit.services.lake
    with visit.services.reading() as session:
        bare = data_model.empty_agency(session, visit.viewer, visit.search)
        if bare is not None:
            words = say("There is no data to look after: make the agency’s first workspace.")
            return Shown(say("{name} · Tables", name=bare.name), notice(say("No workspace yet"), words))
        mine = data_model.whose(session, visit.viewer, visit.search)
        may_ask = data_model.may_manage(visit.viewer, mine.agency)
        brand = mine.agency.brand
    picked = chosen(lake, mine, visit.search)
    problem, found = "", Sample((), (), 0)
    shapes: dict[str, list[tuple[str, str]]] = {}
    described = dict(list(picked.slugs.items())[:_DESCRIBED]) if may_ask else {}
    try:
        with visit.services.seats.seat(mine.agency.id, ANSWER):
            if may_ask:
                shapes = looking.shapes(lake, mine.scope, described, QUERIED)
            found = looking.sample(lake, mine.scope, picked.slugs, picked.table)
    except (DataError, TooMany) as error:
        problem = say_error(error)
    parts = [
        brand_style(brand),
        title_row(
            say("{name} data", name=mine.agency.name),
            f"{picked.workspace.name if picked.workspace else say('All workspaces')} · {picked.table}",
            [],
        ),
        tabs(PATH, mine.agency.slug),
        rows(mine, picked, found, problem),
    ]
    if may_ask:
        parts.append(data_sql.editor(mine.agency, picked.workspace, shapes))
    return Shown(say("{name} · Tables", name=mine.agency.name), html.Div(parts, className="dk-wrap dd"))


def rows(mine: ManagedData, picked: Chosen, found: Sample, problem: str) -> Component:
    """The newest rows of the chosen table, to sort, filter and take away."""
    shown = len(found.rows)
    words = say("One row is {grain}. ", grain=say(GRAINS[picked.table]))
    if problem:
        words += problem
    elif not found.total:
        words += say("There is none in what you chose.")
    elif not found.exact:
        words += say(
            "The newest {shown} of at most {total} are shown.",
            shown=format.integer(shown),
            total=format.integer(found.total),
        )
    elif shown < found.total:
        words += say(
            "The newest {shown} of {total} are shown.",
            shown=format.integer(shown),
            total=format.integer(found.total),
        )
    else:
        words += say("All {total} are shown.", total=format.integer(found.total))
    children: list[Component] = [_chooser(mine, picked, found)]
    if shown:
        children += [
            html.Div(id="rows-grid", className="dk-card dk-flush dd-grid"),
            dcc.Store(id="rows-shown", data={**grid(found.columns, found.rows), "name": picked.table}),
        ]
    else:
        children.append(html.P(problem or say("Nothing to show."), className="dk-card dd-none"))
    return section(say("View the contents"), words, children)


def grid(columns: Sequence[tuple[str, str]], found: Sequence[Sequence[Any]]) -> dict[str, Any]:
    """What the browser draws a grid of (assets/desk_data.js): values alone, never components."""
    return {
        "script": ag_grid.script_address(),
        "columns": [{"name": name, "type": kind} for name, kind in columns],
        "rows": [list(row) for row in found],
    }


def _chooser(mine: ManagedData, picked: Chosen, found: Sample) -> Component:
    tables = {name: name for name in TABLES}
    rooms = {ALL: say("All workspaces"), **{one.slug: one.name for one in mine.workspaces}}
    slug = picked.workspace.slug if picked.workspace else ""
    actions = []
    if found.total:
        asked = {"agency": mine.agency.slug, "table": picked.table, **({"workspace": slug} if slug else {})}
        most = min(found.total, looking.CSV_ROWS)
        whole = (
            say("CSV, all {most}", most=format.integer(most))
            if most == found.total
            else say("CSV, the first {most}", most=format.integer(most))
        )
        if len(found.rows) < found.total:
            few = say("CSV, these {n}", n=format.integer(len(found.rows)))
            actions.append(_csv(few, {**asked, "sample": "1"}, len(found.rows)))
        actions.append(_csv(whole, asked, most))
    return html.Div(
        [
            _choice("rows-table", say("Table"), tables, picked.table),
            _choice("rows-workspace", say("Workspace"), rooms, slug or ALL),
            html.Div(actions, className="dk-actions dd-take"),
            html.Div(className="dd-bar-place", **attributes({"data-bar": "take"})),
        ],
        className="dk-card dd-form dd-look",
        **attributes({"data-look": f"{PATH}?{urlencode({'agency': mine.agency.slug})}"}),
    )


def _csv(label: str, asked: Mapping[str, str], count: int) -> Component:
    return html.A(
        [icon("download"), html.Span(label)],
        href=f"{CSV}?{urlencode(asked)}",
        download="",
        className="dk-button",
        **attributes({"data-take": str(count)}),
    )


def _choice(name: str, label: str, options: Mapping[str, str], value: str) -> Component:
    listed = [{"label": text, "value": key} for key, text in options.items()]
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            dbc.Select(id=name, options=listed, value=value, class_name="dk-input"),
        ],
        className="dk-field",
    )


PAGE = PageSpec(name="data-tables", path=PATH, layout=layout, verb=READ)
