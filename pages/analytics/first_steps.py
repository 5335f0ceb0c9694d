"""Shown above the tiles of a workspace without any events: three steps to the first figures.

It disappears by itself with the first figures, which reach an open page without a reload (assets/desk.css).
"""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import say


def first_steps(connect: str | None, *, may_share: bool) -> Component:
    """The card. `connect`: where a source can be connected, for who may."""
    steps = [
        _step(
            say("Connect a source"),
            say(
                "Choose the provider that sends your e-mails and paste an address into its webhook settings, "
                "or bring in a file."
            )
            if connect
            else say("Whoever manages this workspace connects the provider that sends the e-mails."),
            link_to(say("Connect a source"), connect, "dk-button dk-button-main") if connect else None,
        ),
        _step(
            say("Receive the first event"),
            say("Send a test from the provider, or a first campaign. Figures appear here within a minute."),
        ),
    ]
    if may_share:
        steps.append(
            _step(
                say("Share the report"),
                say(
                    "Press Share for a link under your own name. Your client sees figures, and changes nothing."
                ),
            )
        )
    return html.Section(
        [html.H2(say("From here to the first figures")), html.Ol(steps)],
        className="dk-card dk-start",
    )


def _step(title: str, text: str, action: Component | None = None) -> Component:
    return html.Li([html.Div([html.H3(title), html.P(text, className="dk-quiet")]), action])
