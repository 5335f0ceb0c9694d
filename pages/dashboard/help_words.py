"""The "?" of a page: what its words mean. The key ? opens it, too (assets/desk_tasks.js)."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.language.say import say


def button(words: Sequence[tuple[str, str]]) -> Component:
    """A button with the list of words behind it; `words`: (word, meaning), both sentences of the catalogue."""
    rows: list[Component] = []
    for word, meaning in words:
        rows += [html.Dt(say(word)), html.Dd(say(meaning))]
    return html.Details(
        [
            html.Summary(
                icon("help"),
                className="dk-icon-button",
                title=say("What these words mean, key ?"),
                **attributes({"aria-label": say("What these words mean")}),
            ),
            html.Div(
                [html.H2(say("What these words mean")), html.Dl(rows)],
                className="dk-menu dk-menu-end dk-help",
            ),
        ],
        className="dk-pop dk-help-pop",
    )
