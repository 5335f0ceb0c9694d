"""The form of what a link shows and its rules, for a new one and for an edit."""

from __future__ import annotations

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.languages import NAMES
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import say

#: The periods a portal can begin with.
PERIODS = ("7", "28", "90")
#: Where the reader decides; a field of choices shows nothing for an empty text.
OPEN = "open"


@dataclass(frozen=True)
class Choices:
    """Views as (id, name), and the workspace's campaigns."""

    views: tuple[tuple[int, str], ...]
    campaigns: tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """What stands in the fields. `rules`: of "views", "campaigns", "masked" and "downloads" those that hold."""

    name: str = ""
    views: tuple[str, ...] = ()
    rules: tuple[str, ...] = ("views", "campaigns", "masked", "downloads")
    campaigns: tuple[str, ...] = ()
    since: str = ""
    last_day: str = ""
    language: str = OPEN
    theme: str = OPEN
    period: str = "28"


def share_form(prefix: str, choices: Choices, chosen: Chosen) -> Component:
    """The fields, named "<prefix>-name" and so on."""
    rules = {
        "views": say("Views"),
        "campaigns": say("Campaign reports"),
        "masked": say("People’s addresses are masked"),
        "downloads": say("Files can be taken: PDF, CSV, PNG"),
    }
    known = [*choices.campaigns, *(name for name in chosen.campaigns if name not in choices.campaigns)]
    return html.Div(
        [
            _field(
                say("Name"),
                say("Only your team sees it"),
                dcc.Input(id=f"{prefix}-name", value=chosen.name, className="dk-input", maxLength=120),
            ),
            _group(say("The link shows"), f"{prefix}-rules", list(rules.items()), chosen.rules),
            _group(
                say("Views, as tabs; none: the workspace’s default view"),
                f"{prefix}-views",
                [(str(key), name) for key, name in choices.views],
                chosen.views,
            ),
            _group(
                say("Only these campaigns; none: all"),
                f"{prefix}-campaigns",
                [(name, name) for name in known],
                chosen.campaigns,
            ),
            _field(
                say("Earliest day"),
                say("Nothing before it counts; empty: all"),
                _date(f"{prefix}-since", chosen.since),
            ),
            _field(
                say("Last day"),
                say("Empty: the link does not expire"),
                _date(f"{prefix}-last-day", chosen.last_day),
            ),
            _field(
                say("Language"),
                "",
                _select(
                    f"{prefix}-language",
                    [(OPEN, say("The reader’s own")), *NAMES.items()],
                    chosen.language,
                ),
            ),
            _field(
                say("Theme"),
                "",
                _select(
                    f"{prefix}-theme",
                    [(OPEN, say("The reader’s own")), ("light", say("Light")), ("dark", say("Dark"))],
                    chosen.theme,
                ),
            ),
            _field(
                say("Period it opens with"),
                "",
                _select(
                    f"{prefix}-period",
                    [(n, say("{n} days", n=n)) for n in PERIODS],
                    chosen.period,
                ),
            ),
        ],
        className="dk-fields dk-share-form",
    )


def _field(label: str, hint: str, control: Component) -> Component:
    hints = [html.Span(hint, className="dk-quiet")] if hint else []
    return html.Div(
        [html.Label(label, htmlFor=getattr(control, "id", None)), control, *hints], className="dk-field"
    )


def _group(label: str, name: str, options: list[tuple[str, str]], chosen: tuple[str, ...]) -> Component:
    return html.Div(
        [
            html.Span(label, id=f"{name}-label", className="dk-label"),
            dbc.Checklist(
                id=name,
                options=[{"label": text, "value": key} for key, text in options],
                value=list(chosen),
                class_name="dk-checks",
            ),
        ],
        className="dk-field dk-field-wide",
        role="group",
        **attributes({"aria-labelledby": f"{name}-label"}),
    )


def _date(name: str, value: str) -> Component:
    return dbc.Input(id=name, value=value, class_name="dk-input", **attributes({"type": "date"}))


def _select(name: str, options: list[tuple[str, str]], value: str) -> Component:
    return dbc.Select(
        id=name,
        options=[{"label": text, "value": key} for key, text in options],
        value=value,
        class_name="dk-input",
    )
