"""The layout Dash serves: the shell for whoever is signed in at this request. No figures are in it."""

from __future__ import annotations

from dash import html
from dash.development.base_component import Component
from flask import has_request_context
from flask_wtf.csrf import generate_csrf

from dashapp.access import current
from dashapp.access.viewer import Member, Viewer
from dashapp.agencies.look import look_of
from dashapp.services import services
from dashapp.ui.desk.shell import frame


def layout(**_: object) -> Component:
    """The shell; empty outside a request (Dash calls it once at the start) and for anybody not signed in."""
    if not has_request_context():
        return html.Div()
    return shell(current.viewer())


def shell(viewer: Viewer) -> Component:
    """The shell of a viewer; whoever is no member gets nothing (the gate sent them to the log-in)."""
    if not isinstance(viewer, Member):
        return html.Div()
    token = generate_csrf()  # type: ignore[no-untyped-call, unused-ignore]
    with services().reading() as session:
        look = look_of(session, viewer)
    return frame(email=viewer.email, name=viewer.name, csrf_token=token, look=look)
