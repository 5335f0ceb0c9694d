"""Who opened a share link, when, and what of it."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashapp.sharing.view_log import Logged
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say

DEVICES = {
    "phone": later("Phone"),
    "tablet": later("Tablet"),
    "desktop": later("Computer"),
    "preview": later("Link preview"),
}


def log_section(lines: Sequence[Logged], zone: str) -> Component:
    """Who looked at what, newest first."""
    heads = [say("When"), say("Link"), say("What"), say("Device"), say("Network")]
    body = [
        html.Tr(
            [
                html.Td(format.moment(one.last_at, zone)),
                html.Td(_link(one)),
                html.Td(f"{_what(one.what)}{f' ×{one.n}' if one.n > 1 else ''}"),
                html.Td(say(DEVICES.get(one.device, "Computer"))),
                html.Td(one.ip, className="dk-mono"),
            ]
        )
        for one in lines
    ]
    table = html.Div(
        html.Table(
            [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(body)],
            className="dk-log",
        ),
        className="dk-scroll",
        tabIndex="0",
    )
    empty = html.P(say("Nobody has looked yet."), className="dk-quiet")
    return html.Section(
        [
            html.H2(say("Who looked")),
            html.P(say("Kept for 13 months, with the network of an address only."), className="dk-quiet"),
            table if lines else empty,
        ],
        className="dk-card dk-form",
        id="share-log",
    )


def _link(line: Logged) -> str:
    if line.viewer:
        return line.viewer
    kind, _, subject = line.via.partition(" ")
    if kind == "signed":
        return say("signed address, {name}", name=subject) if subject else say("signed address")
    if kind == "erased":
        return say("somebody who was erased")
    return say("a former address") if kind == "old" else say("the link itself")


def _what(what: str) -> str:
    kind, _, name = what.partition(" ")
    if kind == "file":
        return say("file {name}", name=name)
    if kind == "campaign":
        return say("campaign {name}", name=name)
    if what == "campaigns":
        return say("Campaigns")
    return say("Report") if not what else say("Report, another tab")
