"""On the sources page: replies that belong to no e-mail, and a form to give one to the e-mail it answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say

#: How many are shown; the newest are the ones somebody is asked about.
SHOWN = 50


@dataclass(frozen=True)
class Unattributed:
    """What the section shows: the newest rows (data/query/assigning.py) of `count`."""

    rows: Sequence[Mapping[str, Any]]
    count: int
    timezone: str


def section(model: Unattributed) -> Component:
    """The list and the form; an empty place where there is nothing to assign, so that a callback may fill it."""
    return html.Div(body(model), id="unattributed")


def body(model: Unattributed) -> list[Component]:
    """What stands in the section."""
    if not model.count:
        return []
    return [
        html.Section(
            [
                html.H2(say("Replies that belong to no e-mail")),
                html.P(
                    say(
                        "{n} replies or unsubscribes came from addresses nothing was sent to before. They are kept "
                        "and "
                        "count in no rate. Say which e-mail one of them answers, and it counts there.",
                        n=format.integer(model.count),
                    ),
                    className="dk-quiet",
                ),
                _listing(model),
                _form(model),
                html.Button(
                    say("Assign"),
                    id="unattributed-assign",
                    type="button",
                    className="dk-button dk-button-main",
                ),
                html.Div(id="unattributed-told", **attributes({"aria-live": "polite"})),
            ],
            className="dk-card dk-form",
        )
    ]


def _listing(model: Unattributed) -> Component:
    return html.Ul(
        [
            html.Li(
                html.Div(
                    [
                        html.Span(
                            [
                                html.Span(row["lead"] or say("Nobody is named"), className="dk-strong"),
                                html.Span(_kind(row), className="dk-chip dk-flat"),
                            ],
                            className="dk-link-made",
                        ),
                        html.Span(_when(row, model.timezone), className="dk-quiet"),
                    ],
                    className="dk-link-text",
                )
            )
            for row in model.rows
        ],
        className="dk-links dk-flush",
        **attributes({"aria-label": say("Replies that belong to no e-mail")}),
    )


def _form(model: Unattributed) -> Component:
    choices = options(model)
    return html.Div(
        [
            html.Div(
                [
                    html.Label(say("Reply"), htmlFor="unattributed-event"),
                    dbc.Select(
                        id="unattributed-event",
                        options=choices,
                        value=next(iter(choices), None),
                        class_name="dk-input",
                    ),
                ],
                className="dk-field",
            ),
            html.Div(
                [
                    html.Label(say("Sent to"), htmlFor="unattributed-message"),
                    dcc.Input(
                        id="unattributed-message",
                        type="text",
                        className="dk-input",
                        maxLength=400,
                        autoComplete="off",
                    ),
                    html.Span(
                        say(
                            "The address the e-mail went to, for its last e-mail before the reply; or an e-mail's "
                            "id."
                        ),
                        className="dk-quiet",
                    ),
                ],
                className="dk-field",
            ),
        ],
        className="dk-fields",
    )


def options(model: Unattributed) -> dict[str, str]:
    """What can be chosen: event id → who, what and when."""
    return {
        row[
            "event_id"
        ]: f"{row['lead'] or say('Nobody is named')} · {_kind(row)} · {_when(row, model.timezone)}"
        for row in model.rows
    }


def told(sentence: str, *, ok: bool) -> Component:
    """What came of it, in the reader's language."""
    return html.P(sentence, className="dk-quiet" if ok else "dk-problem", role="status" if ok else "alert")


def _kind(row: Mapping[str, Any]) -> str:
    return say("Unsubscribe") if row["event"] == "unsubscribed" else say("Reply")


def _when(row: Mapping[str, Any], zone: str) -> str:
    at: datetime = row["occurred_at"]
    return format.moment(at.replace(tzinfo=UTC), zone)
