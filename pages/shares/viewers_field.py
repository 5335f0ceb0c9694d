"""The *Add viewers* field: each address a chip, wrong ones marked (`assets/desk_viewers.js`), with suggestions."""

from __future__ import annotations

from collections.abc import Sequence

import dash_bootstrap_components as dbc
from dash import dcc, html
from dash.development.base_component import Component
from sqlalchemy.orm import Session

from dashapp.access.viewer import Member, Viewer
from dashapp.config import Settings
from dashapp.db.tenants import Workspace
from dashapp.people import google_contacts
from dashapp.sharing.viewers import suggested_addresses
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language.say import say


def viewers_field(prefix: str, suggested: Sequence[str]) -> Component:
    """The field; the addresses as typed are the data of the store "<prefix>-viewers"."""
    field, options = f"{prefix}-viewers-input", f"{prefix}-viewers-known"
    return html.Div(
        [
            html.Label(say("Add viewers"), htmlFor=field),
            html.Div(
                [
                    dbc.Input(
                        id=field,
                        class_name="dk-chips-input",
                        autocomplete="off",
                        list=options,
                    )
                ],
                className="dk-chips dk-input",
                **attributes({"data-viewers": f"{prefix}-viewers"}),
            ),
            html.Datalist([html.Option(value=address) for address in suggested], id=options),
            html.Span(
                say(
                    "E-mail addresses. Tab, Enter or a comma ends one; several can be pasted. No account is needed."
                ),
                className="dk-quiet",
            ),
            dcc.Store(id=f"{prefix}-viewers", data=[]),
        ],
        className="dk-field dk-field-wide",
    )


def message_field(prefix: str) -> Component:
    """*Add message*, folded away until it is wanted."""
    return html.Details(
        [
            html.Summary(say("Add message")),
            html.Div(
                [
                    html.Label(say("Message"), htmlFor=f"{prefix}-message", className="dk-sr"),
                    dcc.Textarea(id=f"{prefix}-message", className="dk-input dk-textarea", maxLength=5000),
                ],
                className="dk-field",
            ),
        ],
        className="dk-more",
    )


def password_field(prefix: str, password: str) -> Component:
    """*Set password*: a generated one stands in it, to be kept or replaced."""
    return html.Div(
        [
            html.Label(say("Set password"), htmlFor=f"{prefix}-password"),
            dcc.Input(
                id=f"{prefix}-password",
                value=password,
                className="dk-input dk-mono",
                autoComplete="off",
                maxLength=128,
            ),
            html.Span(
                say("Made for this link; replace it by one of your own, or empty the field for none.")
                if password
                else say("At least 8 characters; empty for none"),
                className="dk-quiet",
            ),
            apart_field(prefix),
        ],
        className="dk-field",
    )


def apart_field(prefix: str) -> Component:
    """Whether the password comes in a mail of its own."""
    return dbc.Checklist(
        id=f"{prefix}-apart",
        options=[{"label": say("Viewers get the password in a second mail"), "value": "apart"}],
        value=[],
        class_name="dk-checks",
    )


def known_to(session: Session, settings: Settings, viewer: Viewer, workspace: Workspace) -> list[str]:
    """Whom the field suggests: those of the workspace, then one's own Google contacts."""
    known = suggested_addresses(session, workspace)
    if isinstance(viewer, Member):
        known += google_contacts.addresses_of(session, settings, viewer.user_id)
    return list(dict.fromkeys(known))
