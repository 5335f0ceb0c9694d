"""The records that could not become events, on the data team's page: their list, and one of them whole."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import reason, say
from data.intake.parked import LONGEST_EDIT
from pages.data_team.model import DataTeamPage
from pages.data_team.not_taken import PARKED, ParkedRow
from pages.data_team.parts import ZONE, act, cell, cut, moment, pages_of, section, table

#: What a record is cut at when it is looked at.
RAW_LIMIT = 50_000


def parked(desk: DataTeamPage) -> Component:
    """What could not become an event, and why."""
    count = sum(one.parked for one in desk.stock.workspaces.values())
    words = say("Records that could not become events. Nothing is lost: each is kept as it came. ")
    if not count:
        return section(
            say("Parked records"), words, [html.P(say("Nothing is parked."), className="dk-card dd-none")]
        )
    heads = [
        say("Record"),
        say("Workspace"),
        say("Came through"),
        say("Received"),
        say("Why"),
        say("Actions"),
    ]
    return section(
        say("Parked records"),
        words + say("Replay reads one again, such as after its source was put right."),
        [
            *([_reasons(desk)] if desk.may_manage and any(one.count > 1 for one in desk.reasons) else []),
            table(
                say("Parked records of {name}", name=desk.agency.name),
                heads,
                [_parked(row, desk) for row in desk.parked],
                "dd-parked",
            ),
            pages_of(desk, "parked", desk.parked_page, count, PARKED, say("records")),
        ],
    )


def _reasons(desk: DataTeamPage) -> Component:
    """The reasons with how many records each has: what was put right once is right for all of them."""
    return html.Ul(
        [
            html.Li(
                [
                    html.Span(format.integer(one.count), className="dk-strong"),
                    html.Span(cut(reason(one.why)), className="dd-why"),
                    act(
                        say("Replay all"),
                        "replay_all",
                        {"why": one.why},
                        say(
                            "Replay all {count} records of the reason: {why}",
                            count=one.count,
                            why=cut(reason(one.why)),
                        ),
                    ),
                ]
            )
            for one in desk.reasons
            if one.count > 1
        ],
        className="dk-card dd-reasons",
        **attributes({"aria-label": say("Reasons")}),
    )


def _parked(row: ParkedRow, desk: DataTeamPage) -> Component:
    who = {"id": str(row.id)}
    buttons = [act(say("Inspect"), "inspect", who, say("Inspect record {n}", n=row.id))]
    if desk.may_manage:
        buttons.append(act(say("Replay"), "replay", who, say("Replay record {n}", n=row.id)))
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(str(row.id), className="dk-strong"),
                    html.Span(cut(reason(row.where)), className="dk-quiet"),
                ],
                scope="row",
            ),
            cell(say("Workspace"), row.workspace.name, "dd-text"),
            cell(say("Came through"), row.source, "dd-text"),
            cell(say("Received"), moment(row.received_at)),
            cell(say("Why"), cut(reason(row.why)), "dd-text dd-why"),
            cell(say("Actions"), html.Div(buttons, className="dd-acts"), "dd-do"),
        ]
    )


def _mend(row: Mapping[str, Any], text: str) -> Component:
    """The record to be edited; what is sent is read as if it had come so."""
    return html.Details(
        [
            html.Summary(say("Edit and replay")),
            html.P(
                say(
                    "Correct what does not fit, such as the name of a field. It counts only when it can be "
                    "read; the original record is kept, with who changed it and when."
                ),
                className="dk-quiet",
            ),
            html.Label(say("The record, edited"), htmlFor="data-mend", className="dk-sr"),
            dcc.Textarea(
                id="data-mend",
                value=text,
                className="dk-input dd-sql dd-mend-text",
                spellCheck="false",
                maxLength=LONGEST_EDIT,
            ),
            act(
                say("Replay as edited"),
                "mend",
                {"id": str(row["id"])},
                say("Replay record {n} as edited", n=row["id"]),
            ),
        ],
        className="dd-mend",
    )


def raw(row: Mapping[str, Any], text: str, source: str, *, cut: bool, may_manage: bool) -> Component:
    """One parked record whole. Its text is text: nothing of it is ever markup."""
    who = {"id": str(row["id"])}
    return html.Section(
        [
            html.Div(
                [
                    html.H2(say("Record {n}", n=row["id"])),
                    *(
                        [act(say("Replay"), "replay", who, say("Replay record {n}", n=row["id"]))]
                        if may_manage
                        else []
                    ),
                    act(say("Close"), "close", {}, say("Close the record")),
                ],
                className="dd-raw-head",
            ),
            html.P(
                say(
                    "{where} · {source} · received {when}",
                    where=reason(row["where"]),
                    source=source,
                    when=format.moment(row["received_at"], ZONE),
                ),
                className="dk-quiet",
            ),
            html.P(reason(row["why"]), className="dd-why"),
            html.Pre(
                text,
                className="dk-code dd-code",
                tabIndex="0",
                **attributes({"aria-label": say("Record {n} as it came", n=row["id"])}),
                role="region",
            ),
            *(
                [
                    html.P(
                        say(
                            "Only the first {n} characters are shown.",
                            n=format.integer(RAW_LIMIT),
                        ),
                        className="dk-quiet",
                    )
                ]
                if cut
                else [_mend(row, text)]
                if may_manage
                else []
            ),
        ],
        id="data-record",
        tabIndex="-1",
        className="dk-card dd-raw",
    )
