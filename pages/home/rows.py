"""The rows of the agency home: which of them an address asks for, their search, their tables, their pager.

Up to MOST_ROWS rows are all in the page and filtered in the browser. Of more only a page is sent: then search and
page are part of the address (`/?q=harb&page=2`), and what they say is put right rather than refused. What they are
sorted by is always part of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import Html, attributes
from dashapp.ui.desk.shell import link_to, mark
from dashapp.ui.environment import render
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from pages.frame.parts import complete_to, delta, sparkline
from pages.home.overview import Share, Whole, WorkspaceOverview, change
from pages.listing.pager import pager

BEFORE = later("the 28 days before, whole days only")
#: Rows of a page.
MOST_ROWS: Final = 50
#: What rows can be sorted by: the largest first, who has no figures last; names as they come.
SORTS: Final[Mapping[str, tuple[str, Callable[[WorkspaceOverview], float | None]]]] = {
    "name": (later("Workspace"), lambda one: None),
    "sent": (later("E-mails sent"), lambda one: one.sent),
    "opens": (later("Open rate"), lambda one: one.opens.rate),
    "replies": (later("Reply rate"), lambda one: one.replies.rate),
    "positive": (later("Positive replies"), lambda one: one.positive.n),
}
#: A longer search is cut: no name is as long.
LONGEST_SEARCH: Final = 100


@dataclass(frozen=True)
class Listed:
    """The rows of one page. `far`: they are searched by the server; `count`: of all pages; `page` from 1."""

    rows: Sequence[WorkspaceOverview]
    count: int
    page: int = 1
    q: str = ""
    far: bool = False
    sort: str = "name"

    def address(self, page: int, sort: str | None = None) -> str:
        """Of a page of the same search, sorted as this one unless told otherwise."""
        by = sort or self.sort
        pairs = [
            ("q", self.q),
            ("sort", by if by != "name" else ""),
            ("page", str(page) if page > 1 else ""),
        ]
        asked = urlencode([pair for pair in pairs if pair[1]])
        return f"/?{asked}" if asked else "/"

    @property
    def last(self) -> int:
        """The number of the last page."""
        return max(1, -(-self.count // MOST_ROWS))

    @property
    def told(self) -> str:
        """Which part of the list this is: "51–100 of 1,000"; nothing of none."""
        if not self.count:
            return ""
        first = (self.page - 1) * MOST_ROWS
        if len(self.rows) == 1:
            return format.of_base(self.count, self.count)
        return say(
            "{first}–{last} of {count}",
            first=format.integer(first + 1),
            last=format.integer(first + len(self.rows)),
            count=format.integer(self.count),
        )


def listed(overviews: Sequence[WorkspaceOverview], asked: Mapping[str, str]) -> Listed:
    """The rows an address asks for (`asked`: its query string), of all in order; the nearest page there is."""
    sort = asked.get("sort", "name") if asked.get("sort") in SORTS else "name"
    overviews = _sorted(overviews, sort)
    if len(overviews) <= MOST_ROWS:
        return Listed(overviews, len(overviews), sort=sort)
    q = "".join(c for c in asked.get("q", "") if c.isprintable()).strip()[:LONGEST_SEARCH].strip()
    found = [one for one in overviews if q.lower() in one.name.lower()] if q else overviews
    all_of = Listed(found, len(found))  # for the number of its pages
    page = min(max(1, _number(asked.get("page", ""))), all_of.last)
    return Listed(found[(page - 1) * MOST_ROWS : page * MOST_ROWS], len(found), page, q, far=True, sort=sort)


def _sorted(overviews: Sequence[WorkspaceOverview], sort: str) -> Sequence[WorkspaceOverview]:
    """Agency by agency as they were; within each by the figure."""
    if sort == "name":
        return overviews
    agencies = {name: n for n, name in enumerate(dict.fromkeys(one.agency for one in overviews))}

    def key(one: WorkspaceOverview) -> tuple[int, bool, float]:
        value = None if one.failed or one.empty else SORTS[sort][1](one)
        return agencies[one.agency], value is None, -(value or 0)

    return sorted(overviews, key=key)


def _number(said: str) -> int:
    """What an address says; anything that is no number is the first page."""
    return int(said[:9]) if said.isascii() and said.isdigit() else 1


def body(page: Listed, *, headed: bool) -> Component:
    """The tables of a page, the sentence for none, and the pager. `headed`: of several agencies."""
    names = list(dict.fromkeys(one.agency for one in page.rows))
    extra = {"aria-label": f"{say('Workspaces')}, {page.told}", "data-told": page.told} if page.told else {}
    return html.Section(
        [
            *[group(name, [g for g in page.rows if g.agency == name], page, headed=headed) for name in names],
            html.P(
                say("No workspace has this in its name. Clear the search to see all."),
                id="workspace-none",
                className="dk-none dk-gone" if page.rows else "dk-none",
            ),
            _pager(page),
        ],
        id="workspace-list",
        tabIndex="-1",
        **attributes(extra),
    )


def _pager(page: Listed) -> Component:
    """Which part of the list this is, and the way to the others; nothing where the browser has all rows."""
    if not page.far or not page.count:
        return html.Span()
    return pager(page.told, say("Pages of workspaces"), page.page, page.last, page.address)


def search(page: Listed) -> Component:
    """Filters the rows in the browser, or asks the server for others by the address (`assets/desk_home.js`)."""
    more = {"value": page.q, "maxLength": LONGEST_SEARCH} if page.far else {}
    return html.Div(
        [
            html.Label(say("Find a workspace"), htmlFor="workspace-search", className="dk-sr"),
            dcc.Input(
                id="workspace-search",
                type="search",
                placeholder=say("Find a workspace"),
                className="dk-input",
                autoComplete="off",
                **more,
            ),
        ],
        className="dk-search",
        **attributes({"data-far": "1"} if page.far else {}),
    )


def sorting(page: Listed) -> Component:
    """What the rows are sorted by, where no table's head says it (on a phone they stand as cards)."""
    choices = [(page.address(1, key), say(label), key == page.sort) for key, (label, _) in SORTS.items()]
    return Html(
        render("ui/go_select.html", label=say("Sort by"), choices=choices),
        className="dk-sort",
        id="home-sort",
    )


def _head(page: Listed, key: str) -> Component:
    label = say(SORTS[key][0])
    order = {"aria-sort": "ascending" if key == "name" else "descending"} if key == page.sort else {}
    mark = {"ascending": " ↑", "descending": " ↓"}.get(order.get("aria-sort", ""), "")
    link = link_to([label, html.Span(mark, **{"aria-hidden": "true"})], page.address(1, key), "dk-head-link")
    return html.Th(link, scope="col", **attributes(order))


def group(agency: str, overviews: Sequence[WorkspaceOverview], page: Listed, *, headed: bool) -> Component:
    """One agency's workspaces as a table."""
    heads = [_head(page, key) for key in SORTS]
    heads.insert(2, html.Th(say("Per day"), scope="col"))
    return html.Section(
        [
            html.H2(agency or say("Own accounts"), className="dk-group-name") if headed else html.Span(),
            html.Div(
                html.Table(
                    [
                        html.Caption(
                            say("Workspaces of {agency}, last 28 days", agency=agency or say("Own accounts")),
                            className="dk-sr",
                        ),
                        html.Thead(html.Tr(heads)),
                        html.Tbody([row(overview) for overview in overviews]),
                    ],
                    className="dk-table dk-spaces",
                ),
                className="dk-card dk-flush",
            ),
        ],
        className="dk-group",
    )


def row(overview: WorkspaceOverview) -> Component:
    """One workspace. Its name is the link; the whole row is the target."""
    name = html.Th(
        [
            mark(overview.name),
            html.Span(
                [
                    link_to(overview.name, f"/w/{overview.slug}", "dk-row-link"),
                    html.Span(
                        [
                            *([] if overview.failed else [_complete_to(overview)]),
                            html.Span(_zone(overview.timezone)),
                        ],
                        className="dk-row-note",
                    ),
                ],
                className="dk-row-name",
            ),
        ],
        scope="row",
    )
    if overview.failed or overview.empty:
        told = say("Connect a source to see figures here.")
        if overview.failed:
            told = say("Its figures cannot be read just now.")
        elif overview.held:
            told = say("Figures are held back until a check passes.")
        return html.Tr(
            [name, html.Td(told, colSpan=5, className="dk-row-empty")],
            **attributes({"data-name": overview.name.lower()}),
        )
    return html.Tr(
        [
            name,
            html.Td(
                [
                    html.Span(format.integer(overview.sent), className="dk-strong"),
                    sent_delta(overview.whole),
                ],
                className="dk-cell-sent",
                **attributes({"data-label": say("E-mails sent")}),
            ),
            html.Td(sparkline(overview.days), className="dk-cell-spark"),
            _rate(say("Open rate"), overview.opens),
            _rate(say("Reply rate"), overview.replies),
            html.Td(
                [
                    html.Span(format.integer(overview.positive.n), className="dk-strong"),
                    html.Span(format.percent(overview.positive.rate), className="dk-quiet"),
                ],
                **attributes({"data-label": say("Positive replies")}),
            ),
        ],
        **attributes({"data-name": overview.name.lower()}),
    )


def sent_delta(whole: Whole) -> Component:
    """The change of e-mails sent, over whole days; in words where there is nothing to compare with."""
    why = say("no full earlier period") if not whole.full else say("too few to compare")
    return delta(change(whole), compared_with=say(BEFORE), effort=True, why=why)


def _rate(label: str, share: Share) -> Component:
    return html.Td(
        [
            html.Span(format.percent(share.rate), className="dk-strong"),
            html.Span(format.of_base(share.n, share.base), className="dk-quiet"),
        ],
        **attributes({"data-label": label}),
    )


def _complete_to(overview: WorkspaceOverview) -> Component:
    return complete_to(overview.complete_to, overview.timezone, held=overview.held, behind=overview.behind)


def _zone(timezone: str) -> str:
    return timezone.rpartition("/")[2].replace("_", " ")
