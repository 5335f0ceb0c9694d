"""The form of what a link shows and its rules, for a new one and for an edit."""

from __future__ import annotations

from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.languages import NAMES
from dashapp.tiles.base import COMPARISONS
from dashapp.tiles.periods import PERIODS
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import language, say
from dashapp.ui.language.texts import words

#: Where the reader decides; a field of choices shows nothing for an empty text.
OPEN = "open"


@dataclass(frozen=True)
class Choices:
    """Views as (id, name), and the workspace's campaigns."""

    views: tuple[tuple[int, str], ...]
    campaigns: tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """What stands in the fields. `rules`: those of `rule_names` that hold."""

    name: str = ""
    views: tuple[str, ...] = ()
    rules: tuple[str, ...] = ("views", "campaigns", "masked", "downloads", "questions")
    campaigns: tuple[str, ...] = ()
    since: str = ""
    last_day: str = ""
    language: str = OPEN
    theme: str = OPEN
    period: str = "28"
    compare: str = "previous"
    origins: str = ""


def views_label() -> str:
    """What stands over the choice of views."""
    return say("Views, shown as tabs. Without one, the link shows the workspace’s default view.")


def view_field(prefix: str, choices: Choices, chosen: Chosen, label: str) -> Component:
    """Which views the link shows."""
    return _group(label, f"{prefix}-views", [(str(key), name) for key, name in choices.views], chosen.views)


def rule_fields(prefix: str, choices: Choices, chosen: Chosen) -> list[Component]:
    """Everything else a link has, each field named "<prefix>-name" and so on."""
    known = [*choices.campaigns, *(name for name in chosen.campaigns if name not in choices.campaigns)]
    campaigns = _group(
        say("Only these campaigns; none: all"),
        f"{prefix}-campaigns",
        [(name, name) for name in known],
        chosen.campaigns,
    )
    return [
        _field(
            say("Name"),
            say("Only your team sees it"),
            dcc.Input(id=f"{prefix}-name", value=chosen.name, className="dk-input", maxLength=120),
        ),
        _group(say("The link shows"), f"{prefix}-rules", list(rule_names().items()), chosen.rules),
        campaigns,
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
        _select(say("Language"), f"{prefix}-language", language_names(), chosen.language),
        _select(say("Theme"), f"{prefix}-theme", theme_names(), chosen.theme),
        _select(say("Period it opens with"), f"{prefix}-period", period_names(), chosen.period),
        _select(say("Comparison it opens with"), f"{prefix}-compare", comparison_names(), chosen.compare),
        _field(
            say("Web sites that may show it in a frame"),
            say("One a line, like https://www.client.example; empty: none"),
            dcc.Textarea(
                id=f"{prefix}-origins",
                value=chosen.origins,
                className="dk-input dk-textarea dk-mono",
                maxLength=5000,
                spellCheck=False,
            ),
            wide=True,
        ),
    ]


def rule_names() -> dict[str, str]:
    """What a link may show and allow."""
    return {
        "views": say("Views"),
        "campaigns": say("Campaign reports"),
        "masked": say("People’s addresses are masked"),
        "downloads": say("Files can be taken: PDF, Excel, CSV, PNG"),
        "questions": say("Readers can ask questions about a tile"),
    }


def language_names() -> dict[str, str]:
    """The languages of a portal."""
    return {OPEN: say("The reader’s own"), **NAMES}


def theme_names() -> dict[str, str]:
    """The themes of a portal."""
    return {OPEN: say("The reader’s own"), "light": say("Light"), "dark": say("Dark")}


def period_names() -> dict[str, str]:
    """The periods a portal can begin with."""
    return {key: one.name(language()) for key, one in PERIODS.items()}


def comparison_names() -> dict[str, str]:
    """What a portal can begin with comparing to."""
    t = words(language())
    return {key: t(f"compare_{key}") for key in COMPARISONS}


def _field(label: str, hint: str, control: Component, *, wide: bool = False) -> Component:
    hints = [html.Span(hint, className="dk-quiet")] if hint else []
    return html.Div(
        [html.Label(label, htmlFor=getattr(control, "id", None)), control, *hints],
        className="dk-field dk-field-wide" if wide else "dk-field",
    )


def _group(label: str, name: str, options: list[tuple[str, str]], chosen: tuple[str, ...]) -> Component:
    return html.Div(
        [
            html.Span(label, id=f"{name}-label", className="dk-label"),
            dbc.Checklist(
                id=name,
                options=[{"label": text, "value": key} for key, text in options],
                value=list(chosen),
                class_name="dk-checks dk-checks-long" if len(options) > 12 else "dk-checks",
            ),
        ],
        className="dk-field dk-field-wide",
        # Nothing to choose from is no field; it stays on the page, for its value is part of the form.
        hidden=not options,
        role="group",
        **attributes({"aria-labelledby": f"{name}-label"}),
    )


def _date(name: str, value: str) -> Component:
    return dbc.Input(id=name, value=value, class_name="dk-input", **attributes({"type": "date"}))


def _select(label: str, name: str, options: dict[str, str], value: str) -> Component:
    control = dbc.Select(
        id=name,
        options=[{"label": text, "value": key} for key, text in options.items()],
        value=value,
        class_name="dk-input",
    )
    return _field(label, "", control)
