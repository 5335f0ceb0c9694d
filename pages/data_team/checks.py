"""The checks of the marts' contracts, on the data team's page: those that do not hold, with their bad rows."""

from __future__ import annotations

import json

from dash import html
from dash.development.base_component import Component

from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, reason, say
from data.building.failures import Failure
from data.tables.lineage import MARTS
from pages.data_team.model import DataTeamPage
from pages.data_team.parts import cell, chip, moment, section, table

#: A key and what may not be null are checked of every mart, beside what its contract names.
_IMPLIED = 2
_STAGES = {
    "refresh": later("found in what a refresh was about to publish"),
    "rebuild": later("found in what a rebuild was about to publish"),
    "merge": later("found in what a merge of layers was about to publish"),
    "recheck": later("found in what is published"),
}


def checks(desk: DataTeamPage) -> Component:
    """What does not hold, for whom, since when, and which rows say so."""
    count = sum(len(mart.checks) + _IMPLIED for mart in MARTS)
    words = say(
        "{count} checks of {n} marts look at every row before it is published. "
        "Where one fails, the workspace keeps the version it has, and is built again from its segments.",
        count=format.integer(count),
        n=format.integer(len(MARTS)),
    )
    if not desk.failures:
        return section(
            say("Checks"), words, [html.P(say("Every check passes."), className="dk-card dd-none")]
        )
    names = {one.id: one.name for one in desk.workspaces}
    heads = [say("Check"), say("Workspace"), say("Bad rows"), say("Stays at"), say("Since"), say("Next try")]
    return section(
        say("Checks"),
        words,
        [
            table(
                say("Failed checks of {name}", name=desk.agency.name),
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
                    chip(say("Failed"), "bad"),
                    html.Span(reason(one.wrong), className="dk-quiet"),
                    html.Span(f"{_first(say(_STAGES[one.stage]))}. {reason(one.todo)}", className="dk-quiet"),
                    *([_sample(one)] if one.sample else []),
                ],
                scope="row",
            ),
            cell(say("Workspace"), workspace, "dd-text"),
            cell(say("Bad rows"), format.integer(one.rows)),
            cell(say("Stays at"), say("version {n}", n=one.version) if one.version else say("nothing yet")),
            cell(say("Since"), moment(one.found_at)),
            cell(
                say("Next try"),
                [moment(one.retry_at), html.Span(_times(one.tries), className="dk-quiet")],
            ),
        ]
    )


def _sample(one: Failure) -> Component:
    shown = "\n".join(json.dumps(row, ensure_ascii=False) for row in one.sample)
    count = len(one.sample)
    which = (
        say("The bad row")
        if one.rows == 1
        else say("{count} of {rows} bad rows", count=count, rows=format.integer(one.rows))
    )
    return html.Details(
        [html.Summary(which), html.Pre(shown, className="dk-code", tabIndex="0")], className="dd-sample"
    )


def _times(count: int) -> str:
    return say("tried once") if count == 1 else say("tried {n} times", n=count)


def _first(text: str) -> str:
    return text[:1].upper() + text[1:]
