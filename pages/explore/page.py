"""One tile, opened: zoom, hover, picture, figures. `/w/<slug>/explore?view=…&tile=…`; the only page with Plotly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import Any
from urllib.parse import quote, urlencode

from dash import dcc, html
from dash.development.base_component import Component
from markupsafe import Markup

from dashapp.access.scopes import scope_for_workspace
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.sharing.opening import dress_of
from dashapp.tiles.base import Context, Page
from dashapp.tiles.frame import questions_of
from dashapp.tiles.registry import tile_types
from dashapp.tiles.table import BOM
from dashapp.ui.brand import SURFACES, brand_vars, contrast
from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import language, say
from dashapp.ui.language.spoken import date_range, integer
from dashapp.ui.language.texts import words
from dashapp.views.phrases import tile_label
from dashapp.views.schema import Placed
from data.query import ask as query
from pages.analytics.page import cell_panel
from pages.editor.context import view_id_of
from pages.explore.table import table
from pages.frame.page_spec import PageSpec, Shown, Visit
from pages.frame.parts import brand_style, title_row
from pages.frame.reach import is_team, search_within, shown_view
from pages.plots.choices import NAMES, choosers, chosen_queries, read_choices, title_of
from pages.plots.plot import Explored, as_csv, explore
from pages.plots.weeks import covered
from pages.view_controls import view_menu
from pages.view_controls.controls import page_of, read_controls

#: Where no shade of the agency's is seen on both themes' surfaces.
_PLAIN = "#64748b"
_SEEN = 2.5
#: Characters of the CSV that a page carries, and of the names and cells of a plot's bars.
_MOST_CSV = 200_000
_MOST_NAMES = 20_000
#: Of Plotly's own: looking closer and back. Pictures and figures have their buttons above.
BUTTONS = [["zoom2d", "pan2d"], ["zoomIn2d", "zoomOut2d", "resetScale2d"]]


def layout(visit: Visit, slug: str) -> Shown:
    """The page of one tile of a view the viewer may see; NotFound for any other."""
    lake = visit.services.lake
    with visit.services.reading() as session:
        workspace, scope = scope_for_workspace(session, visit.viewer, slug)
        search = search_within(visit.viewer, workspace, visit.search)
        controls, choices = read_controls(search), read_choices(search)
        view = shown_view(session, visit.viewer, workspace, view_id_of(visit.search)).resolved.view
        brand = dress_of(workspace).brand
    placed = next((tile for tile in view.tiles if tile.id == visit.search.get("tile")), None)
    if placed is None or not tile_types()[placed.type].explores:
        raise NotFound("There is no such tile.")
    page = page_of(controls, workspace.name, workspace.timezone, now())
    tile = questions_of(placed, page, partial(chosen_queries, choices) if choices else None)
    kind, options, own, asked = tile.kind, tile.options, tile.page, tile.queries
    answers = query.ask_all(lake, scope, workspace.id, asked)
    found = explore(
        answers,
        asked,
        page,
        absolute=not choices and getattr(options, "view", "") == "absolute",
        order=kind.order(options, answers) if kind.order and not choices else (),
    )
    told = headline(kind.context(options, answers, own), own) if found.rows and not choices else ""
    title = title_of(choices, options, own) if choices else tile_label(placed, language())
    figures = table(found, asked, page, placed.id, title) if found.rows else None
    keep = {name: visit.search[name] for name in ("view", "tile") if name in visit.search} | choices.pairs
    team = is_team(visit.viewer, workspace)
    names = view_menu.names_of(lake, scope, workspace.id, page, users=team)
    bar = view_menu.controls_bar(controls, page, visit.path, keep, names)
    only = {field: value for field, _, value in view_menu.filter_words(page.filters, dict(page.team))}
    days = covered(answers, asked, own)
    # Another question is another plot: one that was drawn before would keep its size.
    key = urlencode(visit.search)
    shown = ExploreContent(key, title, days, found, told, figures, bar, choosers(choices, team=team), only)
    content = screen(workspace, placed, shown, brand, _back(visit, workspace))
    corrected = None
    if controls.problem:
        corrected = f"{visit.path}?{urlencode({**keep, 'period': controls.period, **controls.pairs})}"
    return Shown(f"{title} · {workspace.name}", content, corrected=corrected)


def _back(visit: Visit, workspace: Workspace) -> str:
    kept = {name: value for name, value in visit.search.items() if name not in {"tile", *NAMES}}
    return f"/w/{workspace.slug}/analytics?{urlencode(kept)}"


@dataclass(frozen=True)
class ExploreContent:
    """What the page shows. `days`: those the figures are of; `told`: the tile's headline; `only`: the filters, by
    field.
    """

    key: str
    title: str
    days: tuple[date, date]
    found: Explored
    told: list[Component] | str
    figures: Markup | None
    bar: Html
    choosers: Markup
    only: Mapping[str, str]


def screen(workspace: Workspace, placed: Placed, shown: ExploreContent, brand: str, back: str) -> Component:
    """The page."""
    title, days, found, figures, only = shown.title, shown.days, shown.found, shown.figures, shown.only
    name = f"{workspace.slug}-{placed.id}-{days[0]}-{days[1]}"
    rows, csv = csv_link([{**row, **only} for row in found.rows])
    told_of = " · ".join([workspace.name, date_range(*days), *only.values()])
    actions: list[Component] = [
        link_to([icon("back"), html.Span(say("Back to the view"))], back, "dk-button"),
        *[
            html.Button(
                [icon("download"), html.Span(kind.upper())],
                type="button",
                className="dk-button",
                **attributes({"data-picture": kind, "data-name": name, "data-title": f"{title}: {told_of}"}),
            )
            for kind in ("png", "svg")
            if found.figure["data"]
        ],
        html.A(
            [
                icon("download"),
                html.Span(
                    say("CSV, first {most_rows}", most_rows=integer(rows))
                    if rows < len(found.rows)
                    else "CSV"
                ),
            ],
            href=csv,
            download=f"{name}.csv",
            className="dk-button",
        ),
    ]
    return html.Div(
        [
            brand_style(brand),
            title_row(title, told_of, actions),
            html.Div([Html(shown.choosers, id="explore-chosen"), shown.bar], className="dk-control-row"),
            html.Div(
                [html.P(shown.told, className="dk-explore-told"), plot(found, brand)]
                if found.rows
                else nothing(),
                className="dk-card dk-explore",
                key=shown.key,
            ),
            *([Html(figures, id="tiles"), *cell_panel()] if figures is not None else []),
            dcc.Store(id="controls-chosen"),
            html.Div(id="controls-kept", hidden=True),
        ],
        className="dk-wrap",
    )


def csv_link(rows: Sequence[dict[str, Any]]) -> tuple[int, str]:
    """(how many rows it holds, an address that is the CSV itself). The page carries it, so it has a bound: of rows
    with very long names the first are in it.
    """
    kept = len(rows)
    while True:
        text = quote(BOM + as_csv(rows[:kept]))
        if len(text) <= _MOST_CSV or kept <= 1:
            return kept, f"data:text/csv;charset=utf-8,{text}"
        kept = max(1, min(kept - 1, kept * _MOST_CSV // len(text)))


def trimmed(trace: dict[str, Any]) -> dict[str, Any]:
    """A trace of bars with so many of them as their names and cells have room for; any other as it is."""
    if trace.get("orientation") != "h":
        return trace
    text, kept = 0, 0
    for name, cell in zip(trace["y"], trace["customdata"], strict=True):
        text += len(str(name)) + len(str(cell))
        if text > _MOST_NAMES and kept:
            break
        kept += 1
    return trace | {key: trace[key][:kept] for key in ("x", "y", "customdata")}


def headline(context: Context, page: Page) -> list[Component] | str:
    """The figure a tile leads with and what it is of, as the tile says it; empty for tiles without one."""
    if context.get("empty") or not context.get("headline"):
        return ""
    of = [context.get("base_note"), page.t("complete_weeks") if "has_current" in context else None]
    return [
        html.Span(context["headline"], className="num"),
        html.Span(" · ".join(one for one in of if one), className="dk-quiet"),
    ]


def plot(found: Explored, brand: str) -> Component:
    """The plot, and for whoever cannot see it the way to its figures. Colours of text and lines are desk.css's."""
    if not found.figure["data"]:
        return html.P(
            say("These figures have no shape of their own; the CSV has them all."), className="dk-none"
        )
    colour = _seen_on_both(brand)
    figure: dict[str, Any] = {
        "data": [
            {**trace, "colorscale": [[0, f"{colour}1a"], [1, colour]]}
            if trace["type"] == "heatmap"
            else trimmed(trace)
            for trace in found.figure["data"]
        ],
        "layout": {
            **found.figure["layout"],
            "colorway": [colour, "gray", "darkorange", "slateblue", "orchid"],
        },
    }
    return html.Div(
        [
            html.Div(
                dcc.Graph(
                    id="explored",
                    figure=figure,
                    style={"height": "100%"},
                    responsive=True,
                    config={"displaylogo": False, "modeBarButtons": BUTTONS},
                ),
                className="dk-graph",
            ),
            dcc.Store(id="explored-theme"),
            html.Div(id="explored-opened", hidden=True),
            *([_key(found.going)] if found.going else []),
            html.P(
                say("Drag to zoom, double-click to see all again. A click on a point opens what it counts."),
                className="dk-foot",
            ),
        ]
    )


def _key(going: str) -> Component:
    """What the marking of weeks in progress means."""
    said = words(language())("current_week" if going == "dotted" else "in_progress")
    return html.P(html.Span(said, className=f"k {going}"), className="dk-foot dk-explore-key")


def _seen_on_both(brand: str) -> str:
    """The agency's colour until the theme's is painted (assets/explore.js): white, black and yellow give way."""
    found = brand_vars(brand)
    for colour in (brand, *(found[theme]["--series"] for theme in SURFACES), _PLAIN):
        if all(contrast(colour, surface) >= _SEEN for surface in SURFACES.values()):
            return colour
    return _PLAIN


def nothing() -> Component:
    """No figures under these controls."""
    return html.P(say("Nothing was sent in this period. Choose a longer one."), className="dk-none")


PAGE = PageSpec(name="explore", path="/w/<slug>/explore", layout=layout)
