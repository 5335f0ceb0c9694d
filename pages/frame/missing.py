"""Shown where there is no page, or none the viewer may see: one card for both."""

from __future__ import annotations

from dash.development.base_component import Component

from dashapp.ui.desk.shell import notice
from dashapp.ui.language.say import say
from pages.frame.page_spec import Shown


def screen() -> Component:
    """The card."""
    return notice(
        say("This page does not exist"),
        say("The address may be mistyped, or the page belongs to someone else. Go back to your workspaces."),
    )


def shown() -> Shown:
    """The card as a page."""
    return Shown(say("Not found"), screen())
