"""The menu of the person who is signed in."""

from __future__ import annotations

from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.languages import NAMES
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.desk.icons import icon
from dashapp.ui.desk.links import link_to
from dashapp.ui.language.say import language, say


def profile(*, email: str, name: str, csrf_token: str, links: Any = ()) -> Component:
    """Who is signed in, and the way out (a POST with a CSRF token: a link could be followed by anything)."""
    shown = name or email
    return html.Details(
        [
            html.Summary(
                html.Span(shown[:1].upper(), className="dk-avatar", **attributes({"aria-hidden": "true"})),
                className="dk-icon-button",
                **attributes({"aria-label": say("Account of {shown}", shown=shown)}),
            ),
            html.Div(
                [
                    html.Div(
                        [
                            html.Strong(name or email.partition("@")[0]),
                            html.Span(email, className="dk-quiet"),
                        ],
                        className="dk-who",
                    ),
                    link_to([icon("lock"), html.Span(say("Settings"))], "/settings/account", "dk-menu-item"),
                    html.Nav(
                        links,
                        id="profile-links",
                        className="dk-profile-links",
                        **attributes({"aria-label": say("Account")}),
                    ),
                    _languages(csrf_token),
                    html.Form(
                        [
                            dcc.Input(
                                type="hidden", name="csrf_token", value=csrf_token, className="dk-csrf"
                            ),
                            html.Button(
                                [icon("out"), say("Log out")], type="submit", className="dk-menu-item"
                            ),
                        ],
                        action="/logout",
                        method="post",
                        **attributes({"data-csrf": "1"}),
                    ),
                ],
                className="dk-menu dk-menu-end",
            ),
        ],
        className="dk-pop",
    )


def _languages(csrf_token: str) -> Component:
    """Which language the desk speaks; `assets/desk.js` says in `next` where the person is."""
    return html.Form(
        [
            dcc.Input(type="hidden", name="csrf_token", value=csrf_token, className="dk-csrf"),
            dcc.Input(type="hidden", name="next", value="/", className="dk-csrf"),
            *[
                html.Button(
                    [icon("check") if lang == language() else icon("none"), name],
                    type="submit",
                    name="language",
                    value=lang,
                    lang=lang,
                    className="dk-menu-item",
                    **attributes({"aria-pressed": "true" if lang == language() else "false"}),
                )
                for lang, name in NAMES.items()
            ],
        ],
        action="/language",
        method="post",
        className="dk-languages",
        **attributes({"data-csrf": "1", "data-here": "1", "aria-label": say("Language")}),
    )
