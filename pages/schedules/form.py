"""The form of a schedule, for a new one and for an edit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.agencies.names import time_zones
from dashapp.db.schedules import Schedule
from dashapp.languages import NAMES
from dashapp.tiles.periods import DECLARED
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import language, say
from pages.schedules.words import CADENCES
from pages.shares.viewers_field import viewers_field


@dataclass(frozen=True)
class Choices:
    """`shows`: what can be mailed, as (key, name); `viewers`: the share's people; `known`: further addresses of
    the workspace."""

    shows: tuple[tuple[str, str], ...]
    viewers: tuple[str, ...]
    known: tuple[str, ...]


@dataclass(frozen=True)
class Chosen:
    """What stands in the fields."""

    timezone: str
    cadence: str = "weekly"
    weekday: int = 1
    month_day: int = 1
    hour: int = 8
    language: str = "en"
    period: str = "last_week"
    shows: tuple[str, ...] = ()
    only_changed: bool = False
    message: str = ""
    recipients: tuple[str, ...] = ()


def chosen_of(schedule: Schedule, recipients: Sequence[str]) -> Chosen:
    """What stands in the fields of a stored schedule."""
    return Chosen(
        schedule.timezone,
        schedule.cadence,
        schedule.weekday,
        schedule.month_day,
        schedule.hour,
        schedule.language,
        schedule.period,
        tuple(schedule.shows or ()),
        schedule.only_changed,
        schedule.message,
        tuple(recipients),
    )


def schedule_form(prefix: str, choices: Choices, chosen: Chosen) -> Component:
    """The fields, named "<prefix>-cadence" and so on."""
    days = [(str(n), format.weekday_name(n)) for n in range(1, 8)]
    hours = [(str(n), format.clock(n)) for n in range(24)]
    offered = [*chosen.recipients, *(one for one in choices.viewers if one not in chosen.recipients)]
    return html.Div(
        [
            _field(
                say("How often"),
                "",
                _select(
                    f"{prefix}-cadence", [(k, say(text)) for k, text in CADENCES.items()], chosen.cadence
                ),
            ),
            _field(
                say("Day of the week"),
                say("For weekly mails"),
                _select(f"{prefix}-weekday", days, str(chosen.weekday)),
            ),
            _field(
                say("Day of the month"),
                say("For monthly mails; a shorter month’s last day"),
                dcc.Input(
                    id=f"{prefix}-month-day",
                    value=str(chosen.month_day),
                    className="dk-input",
                    inputMode="numeric",
                    maxLength=2,
                ),
            ),
            _field(say("Hour"), "", _select(f"{prefix}-hour", hours, str(chosen.hour))),
            _zone(f"{prefix}-timezone", chosen.timezone),
            _field(
                say("Period"),
                say("Closed weeks and months report on themselves"),
                _select(
                    f"{prefix}-period", [(one.key, one.name(language())) for one in DECLARED], chosen.period
                ),
            ),
            _field(say("Language"), "", _select(f"{prefix}-language", list(NAMES.items()), chosen.language)),
            _checks(
                say("What is mailed. With nothing chosen, everything the link shows."),
                f"{prefix}-shows",
                list(choices.shows),
                [key for key in chosen.shows if key in dict(choices.shows)],
            ),
            _checks(
                say("Not without news"),
                f"{prefix}-only-changed",
                [("changed", say("Only when something changed since the last mail"))],
                ["changed"] if chosen.only_changed else [],
            ),
            *(
                [
                    _checks(
                        say("Recipients"),
                        f"{prefix}-recipients",
                        [(one, one) for one in offered],
                        list(chosen.recipients),
                    )
                ]
                if offered
                else [dcc.Store(id=f"{prefix}-recipients", data=[])]
            ),
            viewers_field(prefix, choices.known),
            html.Div(
                [
                    html.Label(say("Message"), htmlFor=f"{prefix}-message"),
                    dcc.Textarea(
                        id=f"{prefix}-message",
                        value=chosen.message,
                        className="dk-input dk-textarea",
                        maxLength=2000,
                    ),
                    html.Span(say("It stands above the figures of each mail."), className="dk-quiet"),
                ],
                className="dk-field dk-field-wide",
            ),
        ],
        className="dk-fields dk-share-form",
    )


def _zone(name: str, value: str) -> Component:
    """A time zone, typed with suggestions: there are six hundred."""
    return html.Div(
        [
            html.Label(say("Time zone"), htmlFor=name),
            dbc.Input(id=name, value=value, class_name="dk-input", autocomplete="off", list=f"{name}-list"),
            html.Datalist(
                [html.Option(value=zone) for zone in time_zones()],
                id=f"{name}-list",
            ),
        ],
        className="dk-field",
    )


def _field(label: str, hint: str, control: Component) -> Component:
    hints = [html.Span(hint, className="dk-quiet")] if hint else []
    return html.Div(
        [html.Label(label, htmlFor=getattr(control, "id", None)), control, *hints], className="dk-field"
    )


def _checks(label: str, name: str, options: list[tuple[str, str]], chosen: list[str]) -> Component:
    return html.Div(
        [
            html.Span(label, id=f"{name}-label", className="dk-label"),
            dbc.Checklist(
                id=name,
                options=[{"label": text, "value": key} for key, text in options],
                value=chosen,
                class_name="dk-checks",
            ),
        ],
        className="dk-field dk-field-wide",
        role="group",
        **attributes({"aria-labelledby": f"{name}-label"}),
    )


def _select(name: str, options: list[tuple[str, str]], value: str) -> Component:
    return dbc.Select(
        id=name,
        options=[{"label": text, "value": key} for key, text in options],
        value=value,
        class_name="dk-input",
    )
