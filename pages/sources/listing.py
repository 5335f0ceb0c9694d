"""The connected sources: each with its address, its health and what can be done with it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.intake.refusals import Refusal
from data.intake.source_activity import SourceActivity
from pages.frame.parts import copy_button
from pages.frame.refused_words import sentence


@dataclass(frozen=True)
class SourceRow:
    """One connected source. `url`: where the provider posts to. `refused`: what was not taken of late.

    `secret_label`: what the provider calls the secret it makes; "" where Vitrine can make one. `activity`: what
    it brought; `known` is False where that could not be read just now.
    """

    id: int
    label: str
    url: str
    created_at: datetime
    active: bool
    secret_label: str = ""
    #: The provider's key is still to be entered; until then nothing is taken.
    awaits_key: bool = False
    #: There is neither a signature nor a password.
    address_is_secret: bool = False
    #: How to connect, told until the first event arrives.
    steps: Sequence[str] = ()
    refused: Sequence[Refusal] = ()
    activity: SourceActivity | None = None
    known: bool = True
    old_secret_until: datetime | None = None


def listing(rows: Sequence[SourceRow], other: SourceActivity | None, zone: str) -> Component:
    """The connected sources, or what to do when there is none. `other`: what came in without a source."""
    if not rows and other is None:
        return html.Div(
            [
                html.H2(say("Nothing is connected yet")),
                html.P(
                    say("Choose your provider below. You get an address to paste into its webhook settings.")
                ),
            ],
            className="dk-card dk-notice",
        )
    items = [_item(row, zone) for row in rows]
    if other is not None:
        items.append(_other(other, zone))
    return html.Ul(items, className="dk-card dk-links dk-flush dk-sources")


def _other(other: SourceActivity, zone: str) -> Component:
    return html.Li(
        html.Div(
            [
                html.Span(html.Span(say("Files and the command line"), className="dk-strong")),
                html.Span(say("No address: events are read in on the server."), className="dk-quiet"),
                _brought(other, zone),
            ],
            className="dk-link-text",
        )
    )


def _item(row: SourceRow, zone: str) -> Component:
    created_at = format.moment(row.created_at, zone)
    name = say("{provider}, created {created_at}", provider=row.label, created_at=created_at)
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [html.Span(row.label, className="dk-strong"), _state(row)],
                        className="dk-link-made",
                    ),
                    html.Span(row.url, className="dk-mono dk-address"),
                    _health(row, zone),
                    html.Span(say("Created {created_at}", created_at=created_at), className="dk-quiet"),
                    *[
                        html.Span(sentence(one, zone), className="dk-problem", role="note")
                        for one in row.refused
                    ],
                    *([_bare()] if row.address_is_secret else []),
                    *([_steps(row)] if row.steps and row.activity is None and row.known else []),
                    _secret(row, zone, name),
                ],
                className="dk-link-text",
            ),
            html.Div(
                [
                    copy_button(row.url),
                    _act("test", [html.Span(say("Test"))], say("Test"), row, name, "dk-button"),
                    _act("pause", icon("pause"), say("Pause"), row, name)
                    if row.active
                    else _act("resume", icon("resume"), say("Resume"), row, name),
                    _act("close", _sure(), say("Delete"), row, name, "dk-icon-button dk-danger"),
                ],
                className="dk-link-acts",
            ),
        ],
        **attributes({"data-source": str(row.id)}),
    )


def _state(row: SourceRow) -> Component:
    """A chip: paused, problem, working, or waiting for the first event."""
    if not row.active:
        return html.Span(say("Paused"), className="dk-chip dk-flat")
    if row.awaits_key:
        return html.Span(say("Needs its key"), className="dk-chip dk-bad")
    if row.refused and (row.activity is None or row.refused[0].last_at > row.activity.last_at):
        return html.Span(say("Deliveries refused"), className="dk-chip dk-bad")
    if row.activity is not None:
        return html.Span(say("Receiving"), className="dk-chip dk-good")
    return (
        html.Span(say("Waiting for the first event"), className="dk-chip dk-flat")
        if row.known
        else html.Span()
    )


def _health(row: SourceRow, zone: str) -> Component:
    if row.activity is not None:
        return _brought(row.activity, zone)
    words = say("No event has arrived yet.") if row.known else say("What arrived cannot be read just now.")
    return html.Span(words, className="dk-source-health")


def _brought(activity: SourceActivity, zone: str) -> Component:
    last_at = format.moment(activity.last_at, zone)
    words = (
        say("Last event {last_at} · 1 in the last 24 hours", last_at=last_at)
        if activity.recent == 1
        else say(
            "Last event {last_at} · {n} in the last 24 hours",
            last_at=last_at,
            n=format.integer(activity.recent),
        )
    )
    return html.Span(words, className="dk-source-health")


def _bare() -> Component:
    return html.Span(
        say("Whoever knows this address can send: there is neither a signature nor a password."),
        className="dk-quiet",
    )


def _steps(row: SourceRow) -> Component:
    return html.Details(
        [
            html.Summary(say("How to connect")),
            html.Ol([html.Li(say(step)) for step in row.steps], className="dk-steps"),
        ],
        className="dk-more",
    )


def _secret(row: SourceRow, zone: str, name: str) -> Component:
    """Changing the secret: ours is made anew, a provider's own is pasted."""
    field: list[Component] = []
    if row.secret_label:
        id_ = f"source-secret-{row.id}"
        field = [
            html.Label(row.secret_label, htmlFor=id_),
            dcc.Input(id=id_, type="password", className="dk-input", autoComplete="off", maxLength=600),
        ]
    old = (
        say("The previous secret is accepted until {until}.", until=format.moment(row.old_secret_until, zone))
        if row.old_secret_until
        else say("The present secret stays accepted for another 24 hours.")
    )
    if row.awaits_key:
        old = say("Nothing is taken before it is entered.")
    button = say("Save the key") if row.awaits_key else say("Make a new secret")
    if row.secret_label and not row.awaits_key:
        button = say("Save the new key")
    return html.Details(
        [
            html.Summary(say("Enter the key") if row.awaits_key else say("Change the secret")),
            html.Div(
                [
                    *field,
                    html.Span(old, className="dk-quiet"),
                    _act("rotate", [html.Span(button)], button, row, name, "dk-button"),
                ],
                className="dk-field dk-source-secret",
            ),
        ],
        className="dk-more",
        open=row.awaits_key,
    )


def _sure() -> list[Component]:
    return [icon("revoke"), html.Span(say("Delete?"), className="dk-sure-text")]


def _act(
    act: str,
    content: object,
    label: str,
    row: SourceRow,
    name: str,
    class_name: str = "dk-icon-button",
) -> Component:
    """A button that does something with one source (assets/desk_sources.js); deleting asks a second time."""
    return html.Button(
        content,
        type="button",
        title=label,
        className=class_name,
        **attributes(
            {
                "aria-label": say("{label}: {source}", label=label, source=name),
                "data-source-act": act,
                "data-source-id": str(row.id),
            }
        ),
    )
