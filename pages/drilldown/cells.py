"""What a figure is made of: its definition, and, for who may see events, the rows it counts.

The browser names a tile, a cell and which of the two is wanted; everything else is worked out here again from the
stored view and the page's controls, so a cell can only ever show what its tile counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from markupsafe import Markup

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.tiles.base import Page
from dashapp.tiles.frame import questions_of
from dashapp.tiles.parts.definition import defined
from dashapp.ui.environment import render
from dashapp.ui.language.say import language, later, say, say_error
from dashapp.ui.language.spoken import integer, moment, of_base, percent
from dashapp.ui.language.texts import provider_name
from dashapp.views.schema import Placed, View
from data.drilldown import DrilldownPage, LeftOut, Part, behind, everything_behind, position_of
from data.errors import BadQuery
from data.lake.lake import Lake
from data.metrics import Definition
from data.query.ask import Query
from data.scope import Scope
from pages.drilldown.words import COLUMNS, columns_of, csv_row, shown_row, where
from pages.plots.choices import AS_IN_THE_TILE, Choices, chosen_queries
from pages.plots.plot import as_csv
from pages.view_controls.controls import Controls, page_of

#: Rows of one file; more would not open in a spreadsheet with pleasure.
MOST_ROWS: Final = 10_000
#: How the file of a part is named.
_FILES: Final[Mapping[Part, str]] = {"n": "counted", "base": "base", "held": "held-back"}
_NO_CELL = "There is no such figure in this view."
#: What a figure leaves out (data/drilldown/rows.py).
_WHY: Final[Mapping[LeftOut, str]] = {
    "bounced": later("{n} bounced"),
    "untracked": later("{n} sent without tracking"),
    "machine": later("{n} by machines alone"),
}
#: What is counted, by its word for one.
_ONE: Final = {
    later("e-mails"): later("e-mail"),
    later("leads"): later("lead"),
    later("events"): later("event"),
    later("people"): later("person"),
    later("actions"): later("action"),
}


@dataclass(frozen=True)
class Opened:
    """One cell of one tile, found again: `asked` is the query behind it, `others` those beside it in its tile."""

    tile: str
    cell: str
    key: str
    title: str
    query: Query
    definition: Definition
    page: Page
    others: tuple[tuple[str, str], ...]


def open_cell(
    view: View,
    workspace: Workspace,
    controls: Controls,
    tile: str,
    cell: str,
    choices: Choices = AS_IN_THE_TILE,
) -> Opened:
    """Find the cell of a tile of `view` under the controls of its page; `choices`: of Explore. NotFound when there
    is none.
    """
    placed = next((one for one in view.tiles if one.id == tile), None)
    if placed is None:
        raise NotFound(_NO_CELL)
    page = page_of(controls, workspace.name, workspace.timezone, now())
    return _opened(placed, page, cell, choices)


def _opened(placed: Placed, page: Page, cell: str, choices: Choices) -> Opened:
    asked = questions_of(placed, page, partial(chosen_queries, choices) if choices else None)
    own, queries = asked.page, asked.queries
    name, bar, key = cell.partition("|")
    if not bar or name not in queries:
        raise NotFound(_NO_CELL)
    query = queries[name]
    try:
        place = position_of(query, key)
    except BadQuery:
        raise NotFound(_NO_CELL) from None
    definition = defined(query, language(), page.timezone)
    lines = [other for other in queries if other.startswith("now ")]
    others = tuple((f"{one}|{key}", _line(queries[one], queries)) for one in lines) if name in lines else ()
    return Opened(
        placed.id,
        cell,
        key,
        f"{(not choices and placed.title) or definition.label} · {where(query, place, own)}",
        query,
        definition,
        own,
        others,
    )


def _line(query: Query, queries: Mapping[str, Query]) -> str:
    """What sets one line of a tile apart from the others."""
    lines = [one for name, one in queries.items() if name.startswith("now ")]
    if len({one.data_type for one in lines}) > 1:
        return defined(query, language()).label
    for name in ("sender_provider", "recipient_provider"):
        if len({getattr(one, name) for one in lines}) > 1:
            return provider_name(str(getattr(query, name)), language())
    return defined(query, language()).label


def may_see_rows(viewer: Viewer, workspace: Workspace) -> bool:
    """Whether the viewer may see single leads and events of the workspace."""
    return allowed(viewer, "events.read", workspace.managing_agency_id, workspace.id)


def panel(
    lake: Lake,
    scope: Scope,
    workspace: Workspace,
    viewer: Viewer,
    found: Opened,
    part: Part,
) -> dict[str, Any]:
    """The panel of a cell: its figure and definition and, for who may see events, the first page of rows."""
    whole: DrilldownPage | None = None
    told = ""
    try:
        whole = behind(lake, scope, workspace.id, found.query, found.key, part=part)
    except BadQuery as error:
        told = say_error(error)
    rows = whole
    if not may_see_rows(viewer, workspace):
        rows, told = None, say("Single rows are for the team; your role sees figures.")
    return {"html": str(_panel(found, whole, rows, told, part, workspace.slug)), "title": found.title}


def _panel(
    found: Opened, whole: DrilldownPage | None, rows: DrilldownPage | None, told: str, part: Part, slug: str
) -> Markup:
    """`whole`: what the figure tells; `rows`: the same for who may see single rows."""
    columns = columns_of(found.query, rows) if rows else []
    return render(
        "ui/cell_panel.html",
        found=found,
        part=part,
        told=told,
        rows=rows,
        counts=_counts(whole),
        said=_said(found.query),
        left_out=_left_out(whole),
        held_back=_held_back(whole, found.page.timezone),
        columns=[say(COLUMNS[name]) for name in columns],
        body=_body(columns, rows, found.page, slug) if rows else "",
        left=integer(max(0, rows.total - len(rows.rows))) if rows else "",
        shown_of=_shown(rows, len(rows.rows)) if rows else "",
        csv=say("CSV, first {most_rows}", most_rows=integer(MOST_ROWS))
        if rows and rows.total > MOST_ROWS
        else "CSV",
    )


def _counts(rows: DrilldownPage | None) -> dict[str, str]:
    """The figures of the head: rate, n, base, as the tile prints them."""
    if rows is None:
        return {}
    unit = say(_ONE[rows.unit] if rows.n == 1 else rows.unit)
    if rows.held is not None:
        return {
            "value": integer(rows.n),
            "of": unit,
            "n": integer(rows.n),
            "held": integer(rows.held) if rows.held else "",
        }
    if rows.base is None:
        return {"value": integer(rows.n), "of": unit}
    rate = rows.n / rows.base if rows.base else None
    return {
        "value": percent(rate),
        "of": f"{of_base(rows.n, rows.base)} {say(rows.unit)}",
        "n": integer(rows.n),
        "base": integer(rows.base),
    }


def _left_out(rows: DrilldownPage | None) -> list[str]:
    """What the figure leaves out, in numbers."""
    return [say(_WHY[why], n=integer(n)) for why, n in rows.left_out.items()] if rows else []


def _held_back(rows: DrilldownPage | None, timezone: str) -> str:
    """Why these are not all rows there are; "" where they are."""
    if rows is None or rows.held_back is None:
        return ""
    since = moment(rows.held_back.since, timezone)
    if rows.held_back.why == "waiting":
        return say("Events that arrived since {since} are not among these rows yet.", since=since)
    return say("These rows may be incomplete: the figures are being checked (since {since}).", since=since)


def _said(query: Query) -> list[str]:
    """What narrows the figure."""
    said = [say("Campaign: {campaign}", campaign=query.campaign)] if query.campaign else []
    said += [say("User: {user}", user=query.user)] if query.user else []
    if query.sender_provider != "any":
        said.append(
            say(
                "Sent from {sender_provider}",
                sender_provider=provider_name(query.sender_provider, language()),
            )
        )
    if query.recipient_provider != "any":
        said.append(
            say(
                "Sent to {recipient_provider}",
                recipient_provider=provider_name(query.recipient_provider, language()),
            )
        )
    return said


def more(
    lake: Lake, scope: Scope, workspace: Workspace, found: Opened, part: Part, after: str
) -> dict[str, Any]:
    """The next page of rows, and where the one after it begins."""
    page = behind(lake, scope, workspace.id, found.query, found.key, part=part, after=after)
    columns = columns_of(found.query, page)
    return {
        "rows": str(_body(columns, page, found.page, workspace.slug)),
        "after": page.after,
        "total": page.total,
    }


def _body(columns: list[str], rows: DrilldownPage, page: Page, slug: str) -> Markup:
    """The rows; a lead's name leads to the card of the contact."""
    return render("ui/cell_rows.html", slug=slug, rows=[shown_row(row, columns, page) for row in rows.rows])


def _shown(rows: DrilldownPage, shown: int) -> str:
    return say("{count} shown", count=of_base(shown, rows.total))


def file(lake: Lake, scope: Scope, workspace: Workspace, found: Opened, part: Part) -> tuple[str, str, int]:
    """(name, CSV, rows) of all rows of a cell, MOST_ROWS at most."""
    rows = [
        csv_row(row)
        for row in everything_behind(
            lake, scope, workspace.id, found.query, found.key, part=part, most=MOST_ROWS
        )
    ]
    return f"{workspace.slug}-{found.tile}-{_FILES[part]}.csv", as_csv(rows), len(rows)


def dialog() -> Markup:
    """The closed side panel every figure opens in."""
    return render("ui/cell_dialog.html")
