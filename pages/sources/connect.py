"""On the sources page: connect a provider. How that goes at each of them is told step by step."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import say
from data.sources import sources
from pages.frame.parts import copy_button

#: The choice to do without a secret.
BARE = "bare"


def section(providers: Sequence[tuple[str, str]]) -> Component:
    """The form for a new source. `providers`: (name, label)."""
    first = providers[0][0] if providers else ""
    return html.Section(
        [
            html.H2(say("Connect a source")),
            html.Div(
                [
                    html.Div(
                        [
                            html.Label(say("Provider"), htmlFor="source-provider"),
                            dbc.Select(
                                id="source-provider",
                                options=dict(providers),
                                value=first or None,
                                class_name="dk-input",
                            ),
                        ],
                        className="dk-field",
                    ),
                    html.Div(
                        [
                            html.Label(
                                secret_label(first), htmlFor="source-secret", id="source-secret-label"
                            ),
                            dcc.Input(
                                id="source-secret",
                                type="password",
                                className="dk-input",
                                autoComplete="off",
                                maxLength=600,
                            ),
                            html.Span(secret_hint(first), className="dk-quiet", id="source-secret-hint"),
                        ],
                        className="dk-field",
                    ),
                ],
                className="dk-fields",
            ),
            html.Div(steps(first), id="source-steps"),
            dbc.Checklist(
                id="source-bare",
                options=[
                    {
                        "label": say(
                            "It can send neither a signature nor a password: the address alone is the secret "
                            "(weaker)"
                        ),
                        "value": BARE,
                    }
                ],
                value=[],
                class_name="dk-checks",
                style=bare_style(first),
            ),
            html.Button(
                say("Create source"), id="source-create", type="button", className="dk-button dk-button-main"
            ),
            html.Div(id="source-made", **attributes({"aria-live": "polite"})),
        ],
        className="dk-card dk-form",
    )


def secret_label(provider: str) -> str:
    """What the secret is called at the provider."""
    known = sources().get(provider)
    return say(known.secret_label) if known else say("Secret")


def secret_hint(provider: str) -> str:
    """Where the secret comes from: some providers sign with a key of their own, others take one of ours."""
    known = sources().get(provider)
    if known and known.key_follows:
        return say(
            "{provider} shows this key once it has the address: create the source first, and enter the key then.",
            provider=say(known.label),
        )
    if known and known.makes_secret:
        return say("Copy it from {provider}.", provider=say(known.label))
    return say("Leave it empty and one is made for you to paste at the provider.")


def steps(provider: str) -> Component:
    """How to connect, in order."""
    known = sources().get(provider)
    return html.Ol([html.Li(say(step)) for step in known.steps] if known else [], className="dk-steps")


def bare_style(provider: str) -> dict[str, str]:
    """The choice to do without a secret is there where it may be needed."""
    known = sources().get(provider)
    return {} if known and known.address_can_do else {"display": "none"}


def made(provider: str, url: str, secret: str | None, *, awaits_key: bool) -> Component:
    """What to paste at the provider. `url`: with the password in it, where the provider takes it so; `secret` only
    when we made it: it is shown this once. `awaits_key`: the provider's key is still to come."""
    known = sources()[provider]
    rows = [(say("Address"), url)] + ([(say("Secret, shown only now"), secret)] if secret else [])
    words = (
        say(
            "The address for {label} is ready. Paste it there, then enter the key it shows you: until then nothing "
            "is taken.",
            label=say(known.label),
        )
        if awaits_key
        else say(
            "The address for {label} is ready. Paste it into the provider’s webhook settings; the source "
            "shows “Receiving” once the first event arrives.",
            label=say(known.label),
        )
    )
    return html.Div(
        [
            html.P(words, className="dk-strong"),
            *(to_copy(name, value) for name, value in rows),
        ],
        className="dk-made",
    )


def to_copy(name: str, value: str) -> Component:
    """A value to paste elsewhere."""
    return html.Div(
        [
            html.Span(name, className="dk-quiet"),
            html.Div(
                [html.Code(value, className="dk-mono dk-address"), copy_button(value)],
                className="dk-copy-row",
            ),
        ],
        className="dk-field",
    )
