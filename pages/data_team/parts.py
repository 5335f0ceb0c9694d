"""Small parts the lists of the data team's page share: section, table, cell, button, chip, pager."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from data.tables.lineage import INBOX, MARTS, SEGMENTS
from pages.data_team.model import DataTeamPage
from pages.listing.pager import pager

#: Workspaces have zones of their own; whoever compares them reads one.
ZONE = "UTC"
#: What one row of each table is.
GRAINS: Final[dict[str, str]] = {
    INBOX: later("one event that waits to be moved to a segment"),
    SEGMENTS: later("one event, kept for good"),
    **{mart.name: mart.grain for mart in MARTS},
}
#: Longer reasons and places are cut in a list; the record itself, opened, tells them whole.
_LONGEST = 240


#: The pages of the data team, in the order of their tabs: (label, address). One more page is one more line.
TABS = ((later("Overview"), "/data"), (later("Tables and SQL"), "/data/tables"))


def tabs(here: str, agency: str) -> Component:
    """The way between the data team's pages."""
    return html.Nav(
        [
            link_to(
                say(label), f"{address}?{urlencode({'agency': agency})}", "dd-tab", current=address == here
            )
            for label, address in TABS
        ],
        className="dd-tabs",
        **attributes({"aria-label": say("Data")}),
    )


def section(title: str, text: str, children: Sequence[Component]) -> Component:
    """A part of the page under its heading."""
    return html.Section(
        [html.H2(title, className="dk-group-name"), html.P(text, className="dd-lead"), *children],
        className="dd-part",
    )


def table(caption: str, heads: Sequence[str], rows: Sequence[Component], kind: str = "") -> Component:
    """A table in a card; on a phone each row becomes a card with the heads beside its values."""
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="dk-sr"),
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody(list(rows)),
            ],
            className=f"dd-table {kind}".strip(),
        ),
        className="dk-card dk-flush",
    )


def cell(label: str, children: Any, class_name: str = "") -> Component:
    """A cell that knows its head, for narrow screens."""
    return html.Td(children, className=class_name, **attributes({"data-label": label}))


def act(label: str, name: str, extra: Mapping[str, str], said: str, *, sure: bool = False) -> Component:
    """A button that does something on the server (assets/desk_data.js); `sure`: it asks a second time."""
    told = {
        "data-desk-act": name,
        "aria-label": said,
        **{f"data-{key}": value for key, value in extra.items()},
    }
    if sure:
        told["data-sure"] = "1"
    return html.Button(label, type="button", className="dk-button dd-small", **attributes(told))


def chip(text: str, kind: str) -> Component:
    """A word in a colour: good, bad or flat."""
    return html.Span(text, className=f"dk-chip dk-{kind}")


def pages_of(desk: DataTeamPage, name: str, page: int, count: int, size: int, things: str) -> Component:
    """Which part of a list this is, and the way to the others; nothing when all of it is shown."""
    if count <= size:
        return html.Span()
    first, last = (page - 1) * size + 1, min(count, page * size)
    kept = {"agency": desk.agency.slug, "page": desk.page, "parked": desk.parked_page}
    told = say(
        "{first}–{last} of {count} {things}",
        first=format.integer(first),
        last=format.integer(last),
        count=format.integer(count),
        things=things,
    )
    return pager(
        told,
        say("Pages of {things}", things=things),
        page,
        -(-count // size),
        lambda number: f"/data?{urlencode({**kept, name: number})}",
    )


def only_some(shown: int, count: int, things: str) -> Component:
    """That a list holds only its newest."""
    text = say(
        "The newest {shown} of {count} {things} are shown.",
        shown=format.integer(shown),
        count=format.integer(count),
        things=things,
    )
    return html.P(text, className="dk-quiet")


def moment(at: datetime | None) -> str:
    """A moment in the page's one zone; a dash for none."""
    return "–" if at is None else format.moment(at, ZONE)


def cut(text: str) -> str:
    """A reason or place, short enough for a list."""
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
