"""What the lake holds, on the data team's page: the marts, and each workspace's queue and freshness."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from dash import html
from dash.development.base_component import Component

from dashapp.ui.desk.shell import link_to
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import say
from data.tables.lineage import MARTS
from data.tables.stock import MartStock
from pages.data_team.drawings import lag_bars
from pages.data_team.model import WORKSPACES, DataTeamPage, WorkspaceStatus
from pages.data_team.parts import ZONE, act, cell, chip, moment, pages_of, section, table


def marts(desk: DataTeamPage) -> Component:
    """The marts with grain, purpose and size."""
    held = {one.mart: one for one in desk.stock.marts}
    rows = []
    for mart in MARTS:
        stock = held[mart.name]
        rows.append(
            html.Tr(
                [
                    html.Th(
                        [
                            html.Span(mart.name, className="dk-strong dk-mono"),
                            *([chip(say("Damaged"), "bad")] if stock.damaged else []),
                            html.Span(say(mart.purpose), className="dk-quiet"),
                        ],
                        scope="row",
                    ),
                    cell(say("One row is"), say(mart.grain), "dd-text"),
                    cell(say("Rows"), "–" if stock.rows is None else format.integer(stock.rows)),
                    cell(say("Size"), "–" if stock.rows is None else format.size(stock.bytes)),
                    cell(say("Files"), format.integer(stock.files)),
                    cell(say("Layers"), _layers(stock)),
                    cell(say("As of"), moment(stock.as_of)),
                ]
            )
        )
    heads = [
        say("Mart"),
        say("One row is"),
        say("Rows"),
        say("Size"),
        say("Files"),
        say("Layers"),
        say("As of"),
    ]
    return table(say("Marts of {name}", name=desk.agency.name), heads, rows, "dd-marts")


def _layers(stock: MartStock) -> str:
    return (
        "–"
        if not stock.layers
        else say("up to {n}", n=stock.layers)
        if stock.files > 1
        else str(stock.layers)
    )


def workspaces(desk: DataTeamPage) -> Component:
    """Queue and freshness of each workspace, with what can be done about it."""
    heads = [
        say("Workspace"),
        say("Events"),
        say("Layers"),
        say("As of"),
        say("Inbox"),
        say("Not taken in"),
        say("Parked"),
        say("Freshness, 24 h"),
    ]
    heads += [say("Actions")] if desk.may_manage else []
    return section(
        say("Queue and freshness"),
        say(
            "What is acknowledged and not in the figures yet, and how long events waited: a bar is the worst of "
            "half an hour, no bar means that nothing came."
        ),
        [
            table(
                say("Queue and freshness of the workspaces of {name}", name=desk.agency.name),
                heads,
                [_room(room, desk) for room in desk.rooms],
                "dd-rooms",
            ),
            pages_of(desk, "page", desk.page, len(desk.workspaces), WORKSPACES, say("workspaces")),
        ],
    )


def _room(room: WorkspaceStatus, desk: DataTeamPage) -> Component:
    one, lag = room.standing, room.lag
    who = {"workspace": str(room.workspace.id)}
    name = room.workspace.name
    acts = cell(
        say("Actions"),
        html.Div(
            [
                act(
                    say("Refresh"),
                    "run",
                    {**who, "job": "refresh-marts"},
                    say("Refresh {name} now", name=name),
                ),
                act(
                    say("Rebuild"),
                    "run",
                    {**who, "job": "rebuild-marts"},
                    say("Rebuild {name}", name=name),
                    sure=True,
                ),
            ],
            className="dd-acts",
        ),
        "dd-do",
    )
    last = (
        html.Span(say("no sample yet"), className="dk-quiet")
        if lag.last_ms is None or lag.last_at is None
        else html.Span(
            say(
                "last {lag}, {when}",
                lag=format.duration(lag.last_ms / 1000),
                when=format.moment(lag.last_at, ZONE),
            ),
            className="dk-quiet",
        )
    )
    late = [] if lag.late_since is None else [chip(say("Late"), "bad")]
    return html.Tr(
        [
            html.Th(
                [
                    link_to(name, f"/w/{room.workspace.slug}/analytics", "dd-name"),
                    html.Span(
                        say("version {n}", n=one.version) if one.version else say("nothing built yet"),
                        className="dk-quiet",
                    ),
                ],
                scope="row",
            ),
            cell(say("Events"), format.integer(one.events)),
            cell(say("Layers"), format.integer(one.layers)),
            cell(say("As of"), moment(one.as_of)),
            cell(say("Inbox"), _waiting(one.inbox_events, one.inbox_since)),
            cell(
                say("Not taken in"),
                _waiting(
                    one.segment_events,
                    one.segments_since,
                    say(" in {n} seg.", n=one.segments_waiting),
                ),
            ),
            cell(say("Parked"), format.integer(one.parked)),
            cell(say("Freshness, 24 h"), [lag_bars(lag.worst, name), *late, last], "dd-fresh"),
            *([acts] if desk.may_manage else []),
        ]
    )


def _waiting(events: int, since: datetime | None, extra: str = "") -> Any:
    if not events or since is None:
        return html.Span("0", className="dk-quiet")
    return [
        html.Span(f"{format.integer(events)}{extra}", className="dk-strong"),
        html.Span(f"since {format.moment(since, ZONE)}", className="dk-quiet"),
    ]
