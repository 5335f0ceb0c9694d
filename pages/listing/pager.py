"""The way between the pages of a long list: which part of it this is, the page before and the next."""

from __future__ import annotations

from collections.abc import Callable

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import say


def pager(told: str, label: str, page: int, last: int, address: Callable[[int], str]) -> Component:
    """`told`: "51–100 of 1,000"; `label`: of the navigation, for who hears it; `address`: of a page, from 1."""
    ways = [
        link_to(word, address(number), "dk-button")
        for word, number in ((say("Previous"), page - 1), (say("Next"), page + 1))
        if 1 <= number <= last
    ]
    return html.Nav(
        [html.Span(told, className="dk-quiet"), *ways],
        className="dk-pager",
        **attributes({"aria-label": label}),
    )
