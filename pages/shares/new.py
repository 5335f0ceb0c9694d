"""The one form a report is shared with: in the dialog of views and campaigns, and on the page of links."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.shell import link_to
from dashapp.ui.language.say import say
from pages.frame.parts import copy_button
from pages.shares.form import Choices, Chosen, rule_fields, view_field, views_label
from pages.shares.viewers_field import message_field, password_field, viewers_field


@dataclass(frozen=True)
class Offer:
    """What the form starts with. `of_campaign`: it shares the report of one, so that views are not asked first."""

    choices: Choices
    chosen: Chosen
    suggested: Sequence[str]
    password: str
    sub: str = ""
    of_campaign: bool = False


def share_button(label: str) -> Component:
    """Opens the dialog."""
    return html.Button(
        [icon("share"), html.Span(label)],
        id="share-open",
        type="button",
        className="dk-button dk-button-main dk-last",
        **attributes({"aria-haspopup": "dialog"}),
    )


def share_dialog(title: str) -> Component:
    """The closed dialog; it is filled when it opens."""
    close = html.Button(
        icon("close"),
        id="share-close",
        type="button",
        className="dk-icon-button",
        **attributes({"aria-label": say("Close"), "data-close": "share-dialog"}),
    )
    modal = dbc.Modal(
        [
            html.Div([html.H2(title, id="share-title"), close], className="dk-dialog-head"),
            html.Div([*places(), html.Div(id="shares-list")], className="dk-dialog-body"),
        ],
        id="share-dialog",
        is_open=False,
        centered=True,
        scrollable=True,
        labelledby="share-title",
        class_name="dk-dialog",
    )
    return html.Div([modal, *stores()])


def places(form: Component | None = None) -> list[Component]:
    """Where the form stands, and before it what came of it."""
    return [
        html.Div(id="new-made", **attributes({"aria-live": "polite"})),
        html.Div(form, id="share-form"),
    ]


def stores() -> list[Component]:
    """What the form and the list of links travel in."""
    return [dcc.Store(id="share-act"), dcc.Store(id="new-url"), html.Div(id="new-copied", hidden=True)]


def new_form(offer: Offer) -> Component:
    """Viewers, password, message, and the rules folded away until they are wanted."""
    views = view_field("new", offer.choices, offer.chosen, _views_label(offer))
    rules = rule_fields("new", offer.choices, offer.chosen)
    shown, folded = ([], [views, *rules]) if offer.of_campaign else ([views], rules)
    return html.Div(
        [
            *([html.P(offer.sub, className="dk-sub")] if offer.sub else []),
            *shown,
            viewers_field("new", offer.suggested),
            password_field("new", offer.password),
            message_field("new"),
            html.Details(
                [
                    html.Summary(say("What it shows and its rules")),
                    html.Div(folded, className="dk-fields dk-share-form"),
                ],
                className="dk-more",
            ),
            html.Button(
                say("Share report"), id="new-create", type="button", className="dk-button dk-button-main"
            ),
        ],
        className="dk-form dk-maker",
    )


def _views_label(offer: Offer) -> str:
    if offer.chosen.views:
        return say("Views, as tabs; the one on the screen is chosen")
    return views_label()


def made(url: str, password: str | None, mails: int, address: str) -> Component:
    """The link just made: copied, shown to be copied again, and where all of it can be looked after."""
    told = say("1 mail is on its way.") if mails == 1 else say("{n} mails are on their way.", n=mails)
    return html.Div(
        [
            html.P(
                told if mails else say("The link is made; nobody was told."),
                className="dk-strong",
                role="status",
            ),
            html.Label(say("Your link"), htmlFor="share-url"),
            html.Div(
                [
                    dcc.Input(id="share-url", value=url, readOnly=True, className="dk-input dk-mono"),
                    copy_button(url, main=True, id="share-copy"),
                ],
                className="dk-copy-row",
            ),
            *_password(password),
            html.Div(
                [
                    link_to([say("Viewers, rules and who looked")], address, "dk-text-link"),
                    html.A(
                        [say("Preview as the client"), icon("open")],
                        href=url,
                        target="_blank",
                        rel="noopener",
                        className="dk-text-link",
                    ),
                ],
                className="dk-made-foot",
            ),
        ],
        className="dk-made",
    )


def _password(password: str | None) -> list[Component]:
    if not password:
        return [html.P(say("Anyone with the link gets in."), className="dk-quiet")]
    return [
        html.Span(say("Password"), className="dk-label"),
        html.Div([html.Span(password, className="dk-mono"), copy_button(password)], className="dk-copy-row"),
    ]


def refused(why: str) -> Component:
    """One sentence about why nothing was shared."""
    return html.P(why, className="dk-problem", role="alert")
