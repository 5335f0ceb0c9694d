"""The lists of the data team's page: marts, workspaces with queue and freshness, parked records, runs, jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashapp.db.jobs import DEAD, DONE, RUNNING, JobRun
from dashapp.ui import format
from dashapp.ui.html_component import attributes
from dashapp.ui.shell import link_to
from data.catalog import MARTS
from data.holdings import MartStock
from pages.data_drawings import lag_bars
from pages.data_model import PARKED, RUNS, WORKSPACES, Desk, JobLine, ParkedRow, Room, Run, asked_for

#: Workspaces have zones of their own; whoever compares them reads one.
ZONE = "UTC"
#: What a record is cut at when it is looked at.
RAW_LIMIT = 50_000
#: Longer reasons and places are cut in a list; the record itself, opened, tells them whole.
_LONGEST = 240


def section(title: str, text: str, children: Sequence[Component]) -> Component:
    """A part of the page under its heading."""
    return html.Section(
        [html.H2(title, className="dk-group-name"), html.P(text, className="dd-lead"), *children],
        className="dd-part",
    )


def table(caption: str, heads: Sequence[str], rows: Sequence[Component], kind: str = "") -> Component:
    """A table in a card; on a phone each row becomes a card with the heads beside its values."""
    return html.Div(
        html.Table(
            [
                html.Caption(caption, className="dk-sr"),
                html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])),
                html.Tbody(list(rows)),
            ],
            className=f"dd-table {kind}".strip(),
        ),
        className="dk-card dk-flush",
    )


def cell(label: str, children: Any, class_name: str = "") -> Component:
    """A cell that knows its head, for narrow screens."""
    return html.Td(children, className=class_name, **attributes({"data-label": label}))


def act(label: str, name: str, extra: Mapping[str, str], said: str, *, sure: bool = False) -> Component:
    """A button that does something on the server (assets/desk_data.js); `sure`: it asks a second time."""
    told = {
        "data-desk-act": name,
        "aria-label": said,
        **{f"data-{key}": value for key, value in extra.items()},
    }
    if sure:
        told["data-sure"] = "1"
    return html.Button(label, type="button", className="dk-button dd-small", **attributes(told))


def marts(desk: Desk) -> Component:
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
                            *([chip("Damaged", "bad")] if stock.damaged else []),
                            html.Span(mart.purpose, className="dk-quiet"),
                        ],
                        scope="row",
                    ),
                    cell("One row is", mart.grain, "dd-text"),
                    cell("Rows", "–" if stock.rows is None else format.integer(stock.rows)),
                    cell("Size", "–" if stock.rows is None else format.size(stock.bytes)),
                    cell("Files", format.integer(stock.files)),
                    cell("Layers", _layers(stock)),
                    cell("As of", _moment(stock.as_of)),
                ]
            )
        )
    heads = ["Mart", "One row is", "Rows", "Size", "Files", "Layers", "As of"]
    return table(f"Marts of {desk.agency.name}", heads, rows, "dd-marts")


def _layers(stock: MartStock) -> str:
    return "–" if not stock.layers else f"up to {stock.layers}" if stock.files > 1 else str(stock.layers)


def workspaces(desk: Desk) -> Component:
    """Queue and freshness of each workspace, with what can be done about it."""
    heads = ["Workspace", "Events", "Layers", "As of", "Inbox", "Not taken in", "Parked", "Freshness, 24 h"]
    heads += ["Actions"] if desk.may_manage else []
    return section(
        "Queue and freshness",
        "What is acknowledged and not in the figures yet, and how long events waited: a bar is the worst of "
        "half an hour, no bar means that nothing came.",
        [
            table(
                f"Queue and freshness of the workspaces of {desk.agency.name}",
                heads,
                [_room(room, desk) for room in desk.rooms],
                "dd-rooms",
            ),
            pager(desk, "page", desk.page, len(desk.workspaces), WORKSPACES, "workspaces"),
        ],
    )


def _room(room: Room, desk: Desk) -> Component:
    one, lag = room.standing, room.lag
    who = {"workspace": str(room.workspace.id)}
    name = room.workspace.name
    acts = cell(
        "Actions",
        html.Div(
            [
                act("Refresh", "run", {**who, "job": "refresh-marts"}, f"Refresh {name} now"),
                act("Rebuild", "run", {**who, "job": "rebuild-marts"}, f"Rebuild {name}", sure=True),
            ],
            className="dd-acts",
        ),
        "dd-do",
    )
    last = (
        html.Span("no sample yet", className="dk-quiet")
        if lag.last_ms is None or lag.last_at is None
        else html.Span(
            f"last {format.duration(lag.last_ms / 1_000)}, {format.moment(lag.last_at, ZONE)}",
            className="dk-quiet",
        )
    )
    late = [] if lag.late_since is None else [chip("Late", "bad")]
    return html.Tr(
        [
            html.Th(
                [
                    link_to(name, f"/w/{room.workspace.slug}/analytics", "dd-name"),
                    html.Span(
                        f"version {one.version}" if one.version else "nothing built yet", className="dk-quiet"
                    ),
                ],
                scope="row",
            ),
            cell("Events", format.integer(one.events)),
            cell("Layers", format.integer(one.layers)),
            cell("As of", _moment(one.as_of)),
            cell("Inbox", _waiting(one.inbox_events, one.inbox_since)),
            cell(
                "Not taken in",
                _waiting(one.segment_events, one.segments_since, f" in {one.segments_waiting} seg."),
            ),
            cell("Parked", format.integer(one.parked)),
            cell("Freshness, 24 h", [lag_bars(lag.worst, name), *late, last], "dd-fresh"),
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


def parked(desk: Desk) -> Component:
    """What could not become an event, and why."""
    count = sum(one.parked for one in desk.stock.workspaces.values())
    words = "Records that could not become events. Nothing is lost: each is kept as it came. "
    if not count:
        return section("Parked records", words, [html.P("Nothing is parked.", className="dk-card dd-none")])
    heads = ["Record", "Workspace", "Came through", "Received", "Why", "Actions"]
    return section(
        "Parked records",
        words + "Replay reads one again, such as after its source was put right.",
        [
            table(
                f"Parked records of {desk.agency.name}",
                heads,
                [_parked(row, desk) for row in desk.parked],
                "dd-parked",
            ),
            pager(desk, "parked", desk.parked_page, count, PARKED, "records"),
        ],
    )


def _parked(row: ParkedRow, desk: Desk) -> Component:
    who = {"id": str(row.id)}
    buttons = [act("Inspect", "inspect", who, f"Inspect record {row.id}")]
    if desk.may_manage:
        buttons.append(act("Replay", "replay", who, f"Replay record {row.id}"))
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(str(row.id), className="dk-strong"),
                    html.Span(_cut(row.where), className="dk-quiet"),
                ],
                scope="row",
            ),
            cell("Workspace", row.workspace.name, "dd-text"),
            cell("Came through", row.source, "dd-text"),
            cell("Received", _moment(row.received_at)),
            cell("Why", _cut(row.why), "dd-text dd-why"),
            cell("Actions", html.Div(buttons, className="dd-acts"), "dd-do"),
        ]
    )


def raw(row: Mapping[str, Any], text: str, source: str, *, cut: bool, may_manage: bool) -> Component:
    """One parked record whole. Its text is text: nothing of it is ever markup."""
    who = {"id": str(row["id"])}
    return html.Section(
        [
            html.Div(
                [
                    html.H3(f"Record {row['id']}"),
                    *([act("Replay", "replay", who, f"Replay record {row['id']}")] if may_manage else []),
                    act("Close", "close", {}, "Close the record"),
                ],
                className="dd-raw-head",
            ),
            html.P(
                f"{row['where']} · {source} · received {format.moment(row['received_at'], ZONE)}",
                className="dk-quiet",
            ),
            html.P(row["why"], className="dd-why"),
            html.Pre(
                text,
                className="dk-code dd-code",
                tabIndex="0",
                **attributes({"aria-label": f"Record {row['id']} as it came"}),
                role="region",
            ),
            *(
                [
                    html.P(
                        f"Only its first {format.integer(RAW_LIMIT)} characters are shown.",
                        className="dk-quiet",
                    )
                ]
                if cut
                else []
            ),
        ],
        id="data-record",
        tabIndex="-1",
        className="dk-card dd-raw",
    )


def runs(desk: Desk) -> Component:
    """Runs of these workspaces, the failed ones first, and a form to have one run."""
    parts: list[Component] = []
    if desk.may_manage:
        parts.append(_run_form(desk))
    if desk.dead:
        heads = [
            "Dead letter",
            "Workspace",
            "Since",
            "Tries",
            "Why",
            *(["Actions"] if desk.may_manage else []),
        ]
        parts += [
            table(
                f"Dead letters of {desk.agency.name}",
                heads,
                [_dead(run, desk) for run in desk.dead],
                "dd-dead",
            )
        ]
        if desk.dead_count > len(desk.dead):
            parts.append(_only(len(desk.dead), desk.dead_count, "dead letters"))
    heads = ["Run", "Workspace", "State", "Started", "Took", "Tries", "What it did"]
    if desk.runs:
        name = f"Newest runs for workspaces of {desk.agency.name}"
        parts.append(table(name, heads, [_run(run) for run in desk.runs], "dd-runs"))
    else:
        words = "No job has run for one of these workspaces alone yet; the jobs below run for all of them."
        parts.append(html.P(words, className="dk-card dd-none"))
    text = f"The newest {RUNS} runs for a single workspace; a worker takes what is queued."
    return section("Job runs", text, parts)


def _run_form(desk: Desk) -> Component:
    from jobs.registry import jobs as all_jobs

    names = {job.name: job.name for job in all_jobs().values() if asked_for(job)}
    rooms = {str(one.id): one.name for one in desk.workspaces}
    return html.Div(
        [
            _choice("data-run-job", "Job", names),
            _choice("data-run-workspace", "Workspace", rooms),
            html.Button(
                "Run now",
                type="button",
                className="dk-button dk-button-main",
                **attributes({"data-desk-act": "chosen"}),
            ),
        ],
        className="dk-card dd-form",
    )


def _choice(name: str, label: str, options: Mapping[str, str]) -> Component:
    first = next(iter(options))
    return html.Div(
        [
            html.Label(label, htmlFor=name),
            dbc.Select(id=name, options=dict(options), value=first, class_name="dk-input"),
        ],
        className="dk-field",
    )


def _dead(run: Run, desk: Desk) -> Component:
    row = run.row
    button = act("Retry", "retry", {"id": str(row.id)}, f"Retry run {row.id} of {row.job}")
    return html.Tr(
        [
            _run_name(row),
            cell("Workspace", run.workspace.name, "dd-text"),
            cell("Since", _moment(row.finished_at)),
            cell("Tries", format.integer(row.tries)),
            cell("Why", _cut(row.detail), "dd-text dd-why"),
            *([cell("Actions", html.Div(button, className="dd-acts"), "dd-do")] if desk.may_manage else []),
        ]
    )


def _run(run: Run) -> Component:
    row = run.row
    return html.Tr(
        [
            _run_name(row),
            cell("Workspace", run.workspace.name, "dd-text"),
            cell("State", state_chip(row.state)),
            cell("Started", _moment(row.started_at)),
            cell("Took", took(row)),
            cell("Tries", format.integer(row.tries)),
            cell("What it did", _cut(row.detail) or "–", "dd-text"),
        ]
    )


def _run_name(row: JobRun) -> Component:
    origin = {"clock": "by the clock", "person": "asked for", "worker": "after a fault"}
    return html.Th(
        [
            html.Span(row.job, className="dk-strong dk-mono"),
            html.Span(f"run {row.id}, {origin.get(row.origin, row.origin)}", className="dk-quiet"),
        ],
        scope="row",
    )


def jobs(desk: Desk) -> Component:
    """The jobs there are, and how their last run for everybody went. What it did may tell of other agencies."""
    heads = ["Job", "When", "Last run", "State", "Took", "Tries"]
    return section(
        "Jobs of the installation",
        "They serve every agency together; what a run did is told to whoever runs the server (vitrine jobs list).",
        [table("Jobs of the installation", heads, [_job(line) for line in desk.jobs], "dd-jobs")],
    )


def _job(line: JobLine) -> Component:
    last = line.last
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(line.job.name, className="dk-strong dk-mono"),
                    html.Span(line.job.does, className="dk-quiet"),
                ],
                scope="row",
            ),
            cell("When", line.when),
            cell("Last run", "never" if last is None else _moment(last.finished_at or last.queued_at)),
            cell("State", "–" if last is None else state_chip(last.state)),
            cell("Took", "–" if last is None else took(last)),
            cell("Tries", "–" if last is None else format.integer(last.tries)),
        ]
    )


def chip(text: str, kind: str) -> Component:
    """A word in a colour: good, bad or flat."""
    return html.Span(text, className=f"dk-chip dk-{kind}")


def state_chip(state: str) -> Component:
    """The state of a run; the word tells it, the colour only helps."""
    return chip(state, {DONE: "good", DEAD: "bad"}.get(state, "flat"))


def took(row: JobRun) -> str:
    """How long the run took, or has run so far."""
    if row.busy_ms is not None:
        return format.duration(row.busy_ms / 1_000)
    if row.started_at is None:
        return "–"
    if row.finished_at is not None:
        return format.duration(max(0.0, (row.finished_at - row.started_at).total_seconds()))
    return "running" if row.state == RUNNING else "–"


def pager(desk: Desk, name: str, page: int, count: int, size: int, things: str) -> Component:
    """Which part of a list this is, and the way to the others; nothing when all of it is shown."""
    if count <= size:
        return html.Span()
    first, last = (page - 1) * size + 1, min(count, page * size)
    kept = {"agency": desk.agency.slug, "page": desk.page, "parked": desk.parked_page}
    ways = [
        link_to(label, f"/data?{urlencode({**kept, name: number})}", "dk-button dd-small")
        for label, number, there in (("Previous", page - 1, page > 1), ("Next", page + 1, last < count))
        if there
    ]
    told = f"{format.integer(first)}–{format.integer(last)} of {format.integer(count)} {things}"
    return html.Nav(
        [html.Span(told, className="dk-quiet"), *ways],
        className="dd-pager",
        **attributes({"aria-label": f"Pages of {things}"}),
    )


def _only(shown: int, count: int, things: str) -> Component:
    text = f"The newest {format.integer(shown)} of {format.integer(count)} {things} are shown."
    return html.P(text, className="dk-quiet")


def _moment(at: datetime | None) -> str:
    return "–" if at is None else format.moment(at, ZONE)


def _cut(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
