"""The rail: the way between the desk's pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.links import link_to
from dashapp.ui.language.say import say

#: Entries of a phone's bottom bar: more would clip their labels, so the last one opens the rest.
BAR_ENTRIES = 5


@dataclass(frozen=True)
class RailLink:
    """One entry of the left rail. `daily`: it comes first where only a few have room."""

    label: str
    href: str
    icon: str
    current: bool = False
    daily: bool = False
    #: How many things wait there, and what a screen reader calls them.
    count: int = 0
    counted: str = ""
    #: Entries of one group stand together, apart from the next group's.
    group: str = ""


def rail(links: Sequence[RailLink]) -> list[Component]:
    """The rail's entries; on narrow screens only their icons, on phones a bar at the bottom.

    What the bar has no room for is in rows above it, while "More" is open (`assets/desk.css`).
    """
    by_use = sorted(range(len(links)), key=lambda index: not links[index].daily)
    whole = len(links) <= BAR_ENTRIES
    in_bar = set(by_use if whole else by_use[: BAR_ENTRIES - 1])
    items = []
    for index, entry in enumerate(links):
        begins = index > 0 and entry.group != links[index - 1].group
        names = [*([] if index in in_bar else ["dk-rail-rest"]), *(["dk-rail-group"] if begins else [])]
        items.append(_rail_item(entry, " ".join(names)))
    if not whole:
        items.insert(max(in_bar) + 1, _rail_more())
    return items


def _rail_item(entry: RailLink, class_name: str) -> Component:
    return html.Li(
        link_to(
            [icon(entry.icon), html.Span(entry.label, className="dk-label"), *_count(entry)],
            entry.href,
            "dk-rail-link",
            title=entry.label,
            current=entry.current,
        ),
        className=class_name,
    )


def _count(entry: RailLink) -> list[Component]:
    if not entry.count:
        return []
    shown = str(entry.count) if entry.count < 100 else "99+"
    return [
        html.Span(
            [
                html.Span(shown, **attributes({"aria-hidden": "true"})),
                html.Span(entry.counted, className="dk-sr"),
            ],
            className="dk-count",
        )
    ]


def _rail_more() -> Component:
    summary = html.Summary(
        [icon("more"), html.Span(say("More"), className="dk-label")], className="dk-rail-link"
    )
    return html.Li(html.Details(summary, className="dk-pop"), className="dk-rail-more")
