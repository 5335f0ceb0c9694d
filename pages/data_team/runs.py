"""The job runs on the data team's page: those for one workspace, dead letters, and the jobs there are."""

from __future__ import annotations

from collections.abc import Mapping

import dash_bootstrap_components as dbc
from dash import html
from dash.development.base_component import Component

from dashapp.db.jobs import DEAD, DONE, QUEUED, RUNNING, JobRun
from dashapp.ui.desk.html_component import attributes
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say
from jobs.registry import jobs
from pages.data_team.faults import told
from pages.data_team.model import RUNS, DataTeamPage, JobLine, Run
from pages.data_team.parts import act, cell, chip, moment, only_some, section, table


def runs(desk: DataTeamPage) -> Component:
    """Runs of these workspaces, the failed ones first, and a form to have one run."""
    parts: list[Component] = []
    if desk.may_manage:
        parts.append(_run_form(desk))
    if desk.dead:
        heads = [
            say("Dead letter"),
            say("Workspace"),
            say("Since"),
            say("Tries"),
            say("Why"),
            *([say("Actions")] if desk.may_manage else []),
        ]
        parts += [
            table(
                say("Dead letters of {name}", name=desk.agency.name),
                heads,
                [_dead(run, desk) for run in desk.dead],
                "dd-dead",
            )
        ]
        if desk.dead_count > len(desk.dead):
            parts.append(only_some(len(desk.dead), desk.dead_count, say("dead letters")))
    heads = [
        say("Run"),
        say("Workspace"),
        say("State"),
        say("Started"),
        say("Took"),
        say("Tries"),
        say("What it did"),
    ]
    if desk.runs:
        name = say("Newest runs for workspaces of {name}", name=desk.agency.name)
        parts.append(table(name, heads, [_run(run) for run in desk.runs], "dd-runs"))
    else:
        words = say(
            "No job has run for one of these workspaces alone yet; the jobs below run for all of them."
        )
        parts.append(html.P(words, className="dk-card dd-none"))
    text = say("The newest {n} runs for a single workspace; a worker takes what is queued.", n=RUNS)
    return section(say("Job runs"), text, parts)


def _run_form(desk: DataTeamPage) -> Component:
    names = {job.name: job.name for job in jobs().values() if job.takes_workspace}
    rooms = {str(one.id): one.name for one in desk.workspaces}
    return html.Div(
        [
            _choice("data-run-job", say("Job"), names),
            _choice("data-run-workspace", say("Workspace"), rooms),
            html.Button(
                say("Run now"),
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


def _dead(run: Run, desk: DataTeamPage) -> Component:
    row = run.row
    button = act(
        say("Retry"), "retry", {"id": str(row.id)}, say("Retry run {n} of {job}", n=row.id, job=row.job)
    )
    return html.Tr(
        [
            _run_name(row),
            cell(say("Workspace"), run.workspace.name, "dd-text"),
            cell(say("Since"), moment(row.finished_at)),
            cell(say("Tries"), format.integer(row.tries)),
            cell(say("Why"), told(row.detail), "dd-text dd-why"),
            *(
                [cell(say("Actions"), html.Div(button, className="dd-acts"), "dd-do")]
                if desk.may_manage
                else []
            ),
        ]
    )


def _run(run: Run) -> Component:
    row = run.row
    return html.Tr(
        [
            _run_name(row),
            cell(say("Workspace"), run.workspace.name, "dd-text"),
            cell(say("State"), state_chip(row.state)),
            cell(say("Started"), moment(row.started_at)),
            cell(say("Took"), took(row)),
            cell(say("Tries"), format.integer(row.tries)),
            cell(say("What it did"), told(row.detail) or "–", "dd-text"),
        ]
    )


def _run_name(row: JobRun) -> Component:
    origin = {"clock": say("by the clock"), "person": say("asked for"), "worker": say("after a fault")}
    return html.Th(
        [
            html.Span(row.job, className="dk-strong dk-mono"),
            html.Span(
                say("run {n}, {origin}", n=row.id, origin=origin.get(row.origin, row.origin)),
                className="dk-quiet",
            ),
        ],
        scope="row",
    )


def installation_jobs(desk: DataTeamPage) -> Component:
    """The jobs there are, and how their last run for everybody went. What it did may tell of other agencies."""
    heads = [say("Job"), say("When"), say("Last run"), say("State"), say("Took"), say("Tries")]
    return section(
        say("Jobs of the installation"),
        say(
            "They serve every agency together; what a run did is told to whoever runs the server "
            "(vitrine jobs list)."
        ),
        [table(say("Jobs of the installation"), heads, [_job(line) for line in desk.jobs], "dd-jobs")],
    )


def _job(line: JobLine) -> Component:
    last = line.last
    return html.Tr(
        [
            html.Th(
                [
                    html.Span(line.job.name, className="dk-strong dk-mono"),
                    html.Span(say(line.job.does), className="dk-quiet"),
                ],
                scope="row",
            ),
            cell(say("When"), line.when),
            cell(
                say("Last run"),
                say("never")
                if last is None
                else [
                    moment(last.finished_at or last.queued_at),
                    *([html.Span(line.where.name, className="dk-quiet")] if line.where is not None else []),
                ],
            ),
            cell(say("State"), "–" if last is None else state_chip(last.state)),
            cell(say("Took"), "–" if last is None else took(last)),
            cell(say("Tries"), "–" if last is None else format.integer(last.tries)),
        ]
    )


#: The states of a run, as the ledger names them.
_STATES = {
    QUEUED: later("queued"),
    RUNNING: later("running"),
    DONE: later("done"),
    DEAD: later("dead"),
}


def state_chip(state: str) -> Component:
    """The state of a run; the word tells it, the colour only helps."""
    return chip(say(_STATES.get(state, state)), {DONE: "good", DEAD: "bad"}.get(state, "flat"))


def took(row: JobRun) -> str:
    """How long the run took, or has run so far."""
    if row.busy_ms is not None:
        return format.duration(row.busy_ms / 1_000)
    if row.started_at is None:
        return "–"
    if row.finished_at is not None:
        return format.duration(max(0.0, (row.finished_at - row.started_at).total_seconds()))
    return say("running") if row.state == RUNNING else "–"
