"""The body of the share dialog: make a link, copy it, and look after those there are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import retell, say


@dataclass(frozen=True)
class Link:
    """A share link as the dialog shows it."""

    id: int
    url: str
    state: str
    created_at: datetime
    created_by: str
    opens: int
    opened_at: datetime | None
    has_password: bool
    expires_at: datetime | None
    #: The name of the view it shows; of one that shows whatever view the workspace shows first, that one.
    view: str = ""
    first: bool = False


@dataclass(frozen=True)
class Offered:
    """The views a link can show as (id, name), and the id of the one on the screen; "" is the one shown first."""

    views: Sequence[tuple[str, str]]
    shown: str


def body(client: str, agency: str, offered: Offered) -> list[Component]:
    """What stands in the dialog from the start; the two empty places are filled by the callbacks."""
    return [
        html.P(
            say(
                "{client} sees the view chosen here under the name of {agency}: figures only, always up to date. "
                "Nothing can be changed there, and no other workspace can be reached.",
                client=client,
                agency=agency,
            ),
            className="dk-sub",
        ),
        html.Div(id="share-made"),
        maker(offered),
        html.Div(id="share-list"),
    ]


def refused(why: str) -> Component:
    """One sentence about why no link was made."""
    return html.P(retell(why), className="dk-problem", role="alert")


def made_link(link: Link, zone: str) -> Component:
    """The link just made, ready to be copied."""
    return html.Div(
        [
            html.Label(say("Your link"), htmlFor="share-url"),
            html.Div(
                [
                    dcc.Input(id="share-url", value=link.url, readOnly=True, className="dk-input dk-mono"),
                    copy_button(link.url, main=True, id="share-copy"),
                ],
                className="dk-copy-row",
            ),
            html.Div(
                [
                    html.Span(f"{_view(link)} · {_terms(link, zone)}", className="dk-quiet"),
                    html.A(
                        [say("Open portal"), icon("open")],
                        href=link.url,
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


def maker(offered: Offered) -> Component:
    """The form for a new link. Without password and last day whoever has the link gets in, for good."""
    return html.Div(
        [
            _field(
                say("View"),
                say("What is on the screen now, unless you choose another"),
                dbc.Select(
                    id="share-view",
                    options=[{"label": name, "value": key} for key, name in offered.views],
                    value=offered.shown,
                    class_name="dk-input",
                ),
            ),
            html.Details(
                [
                    html.Summary(say("Password and last day")),
                    html.Div(
                        [
                            _field(
                                say("Password"),
                                say("At least 8 characters; empty for none"),
                                dcc.Input(
                                    id="share-password",
                                    type="password",
                                    className="dk-input",
                                    autoComplete="new-password",
                                ),
                            ),
                            _field(
                                say("Last day"),
                                say("Empty: the link does not expire"),
                                dbc.Input(
                                    id="share-expires", class_name="dk-input", **attributes({"type": "date"})
                                ),
                            ),
                        ],
                        className="dk-fields",
                    ),
                ],
                className="dk-more",
            ),
            html.Button(
                say("Create link and copy it"),
                id="share-create",
                type="button",
                className="dk-button dk-button-main",
            ),
        ],
        className="dk-maker",
    )


def _field(label: str, hint: str, control: Component) -> Component:
    return html.Div(
        [
            html.Label(label, htmlFor=getattr(control, "id", None)),
            control,
            html.Span(hint, className="dk-quiet"),
        ],
        className="dk-field",
    )


def copy_button(url: str, *, main: bool = False, id: str | None = None) -> Component:
    """Copies in the browser (`assets/desk.js`) and says "Copied" for two seconds."""
    named: dict[str, Any] = {"id": id} if id else {}
    return html.Button(
        [
            html.Span([icon("copy"), say("Copy")], className="dk-before"),
            html.Span([icon("check"), say("Copied")], className="dk-after"),
        ],
        type="button",
        className="dk-button dk-copy dk-button-main" if main else "dk-button dk-copy",
        **attributes({"data-copy": url}),
        **named,
    )


def link_list(links: Sequence[Link], zone: str) -> list[Component]:
    """The links there are, newest first; a revoked one is gone from here."""
    if not links:
        return []
    return [
        html.H3(say("Links of this workspace")),
        html.Ul([_item(link, zone) for link in links], className="dk-links"),
    ]


def _item(link: Link, zone: str) -> Component:
    paused = link.state == "paused"
    opened = (
        say(
            "opened {opens}×, last {opened_at}",
            opens=format.integer(link.opens),
            opened_at=format.moment(link.opened_at, zone),
        )
        if link.opens and link.opened_at
        else say("not opened yet")
    )
    made = say("Made {created_at}", created_at=format.moment(link.created_at, zone))
    return html.Li(
        [
            html.Div(
                [
                    html.Span(
                        [
                            html.Span(made, className="dk-strong"),
                            *([html.Span(say("Paused"), className="dk-chip dk-flat")] if paused else []),
                        ],
                        className="dk-link-made",
                    ),
                    html.Span(
                        say("by {created_by} · {opened}", created_by=link.created_by, opened=opened),
                        className="dk-quiet",
                    ),
                    html.Span(_view(link), className="dk-quiet"),
                    html.Span(_terms(link, zone), className="dk-quiet"),
                ],
                className="dk-link-text",
            ),
            html.Div(
                [
                    copy_button(link.url),
                    html.A(
                        icon("open"),
                        href=link.url,
                        target="_blank",
                        rel="noopener",
                        title=say("Open portal"),
                        className="dk-icon-button",
                        **attributes(
                            {"aria-label": say("Open portal, link {made}", made=made[:1].lower() + made[1:])}
                        ),
                    ),
                    _act(
                        "resume" if paused else "pause", say("Resume") if paused else say("Pause"), link, made
                    ),
                    _act("revoke", say("Revoke"), link, made),
                ],
                className="dk-link-acts",
            ),
        ]
    )


def _act(act: str, label: str, link: Link, made: str) -> Component:
    """Handed to the callback by `assets/desk.js`; revoking asks a second time, since it cannot be undone."""
    return html.Button(
        [icon(act), html.Span(say("For good?"), className="dk-sure-text")],
        type="button",
        title=label,
        className="dk-icon-button dk-danger" if act == "revoke" else "dk-icon-button",
        **attributes(
            {
                "aria-label": say("{label} link {made}", label=label, made=made[:1].lower() + made[1:]),
                "data-share-act": act,
                "data-share-id": str(link.id),
            }
        ),
    )


def _view(link: Link) -> str:
    if link.first:
        return say("Shows the view that is shown first, now {view}", view=link.view)
    return say("Shows {view}", view=link.view)


def _terms(link: Link, zone: str) -> str:
    """`zone`: the workspace's, in which the link's last day ends."""
    until = (
        say("until {day}", day=format.day(link.expires_at.astimezone(ZoneInfo(zone)).date()))
        if link.expires_at
        else say("does not expire")
    )
    return f"{say('With password') if link.has_password else say('Anyone with the link')} · {until}"
