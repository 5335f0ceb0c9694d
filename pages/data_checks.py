"""The checks of the marts' contracts, on the data team's page: those that do not hold, with their bad rows."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from dashapp.ui import format
from data.catalog import MARTS
from data.failures import Failure
from pages.data_model import Desk
from pages.data_pieces import cell, chip, moment, section, table

#: A key and what may not be null are checked of every mart, beside what its contract names.
_IMPLIED = 2
_STAGES = {
    "refresh": "found in what a refresh was about to publish",
    "rebuild": "found in what a rebuild was about to publish",
    "merge": "found in what a merge of layers was about to publish",
    "recheck": "found in what is published",
}


def checks(desk: Desk) -> Component:
    """What does not hold, for whom, since when, and which rows say so."""
    count = sum(len(mart.checks) + _IMPLIED for mart in MARTS)
    words = (
        f"{format.integer(count)} checks of {format.integer(len(MARTS))} marts look at every row before it is "
        "published. Where one fails, the workspace keeps the version it has, and is built again from its segments."
    )
    if not desk.failures:
        return section("Checks", words, [html.P("Every check holds.", className="dk-card dd-none")])
    names = {one.id: one.name for one in desk.workspaces}
    heads = ["Check", "Workspace", "Bad rows", "Stays at", "Since", "Next try"]
    return section(
        "Checks",
        words,
        [
            table(
                f"Failed checks of {desk.agency.name}",
                heads,
                [_row(one, names.get(one.workspace_id, "")) for one in desk.failures],
                "dd-checks",
            )
        ],
    )


def _row(one: Failure, workspace: str) -> Component:
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(f"{one.mart}.{one.check}", className="dk-strong dk-mono"),
                    chip("Failed", "bad"),
                    html.Span(one.wrong, className="dk-quiet"),
                    html.Span(f"{_STAGES[one.stage].capitalize()}. {one.todo}", className="dk-quiet"),
                    *([_sample(one)] if one.sample else []),
                ],
                scope="row",
            ),
            cell("Workspace", workspace, "dd-text"),
            cell("Bad rows", format.integer(one.rows)),
            cell("Stays at", f"version {one.version}" if one.version else "nothing yet"),
            cell("Since", moment(one.found_at)),
            cell(
                "Next try",
                [moment(one.retry_at), html.Span(f"tried {_times(one.tries)}", className="dk-quiet")],
            ),
        ]
    )


def _sample(one: Failure) -> Component:
    shown = "\n".join(json.dumps(row, ensure_ascii=False) for row in one.sample)
    count = len(one.sample)
    which = "The bad row" if one.rows == 1 else f"{count} of {format.integer(one.rows)} bad rows"
    return html.Details(
        [html.Summary(which), html.Pre(shown, className="dk-code", tabIndex="0")], className="dd-sample"
    )


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"
