"""The job runs on the data team's page: those for one workspace, dead letters, and the jobs there are."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashapp.db.jobs import DEAD, DONE, RUNNING, JobRun
from dashapp.ui import format
from dashapp.ui.html_component import attributes
from jobs.registry import jobs
from pages.data_model import RUNS, Desk, JobLine, Run
from pages.data_pieces import act, cell, chip, cut, moment, only_some, section, table


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
            parts.append(only_some(len(desk.dead), desk.dead_count, "dead letters"))
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
    names = {job.name: job.name for job in jobs().values() if job.takes_workspace}
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
            cell("Since", moment(row.finished_at)),
            cell("Tries", format.integer(row.tries)),
            cell("Why", cut(row.detail), "dd-text dd-why"),
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
            cell("Started", moment(row.started_at)),
            cell("Took", took(row)),
            cell("Tries", format.integer(row.tries)),
            cell("What it did", cut(row.detail) or "–", "dd-text"),
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


def installation_jobs(desk: Desk) -> Component:
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
            cell("Last run", "never" if last is None else moment(last.finished_at or last.queued_at)),
            cell("State", "–" if last is None else state_chip(last.state)),
            cell("Took", "–" if last is None else took(last)),
            cell("Tries", "–" if last is None else format.integer(last.tries)),
        ]
    )


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
