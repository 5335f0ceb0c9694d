"""When a schedule mails, and what became of its runs, in words and as a table."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from dashapp.db.mail import FAILED, QUEUED
from dashapp.db.mail import STOPPED as MAIL_STOPPED
from dashapp.db.schedules import PLANNED, SENT, STOPPED, Schedule, ScheduleRun
from dashapp.schedules.reasons import reason_words, state_words
from dashapp.ui.language import spoken as format
from dashapp.ui.language.say import later, say

#: The cadences as they are chosen.
CADENCES = {
    "daily": later("Every day"),
    "weekly": later("Every week"),
    "monthly": later("Every month"),
    "closed_week": later("When a week is closed"),
    "closed_month": later("When a month is closed"),
}
_TONES = {SENT: "dk-good", STOPPED: "dk-bad"}


def rhythm_words(schedule: Schedule) -> str:
    """ "Every Monday at 08:00"."""
    at = format.clock(schedule.hour)
    if schedule.cadence == "weekly":
        return say("Every week on {day} at {time}", day=format.weekday_name(schedule.weekday), time=at)
    if schedule.cadence == "monthly":
        if schedule.month_day > 28:
            return say("On day {n} of each month, or its last, at {time}", n=schedule.month_day, time=at)
        return say("On day {n} of each month at {time}", n=schedule.month_day, time=at)
    if schedule.cadence == "daily":
        return say("Every day at {time}", time=at)
    return say("{when}, looked at daily at {time}", when=say(CADENCES[schedule.cadence]), time=at)


def next_words(schedule: Schedule) -> str:
    """When it is due next, in its own zone."""
    if schedule.next_at is None:
        return say("paused")
    when = format.moment(schedule.next_at, schedule.timezone)
    return say("next {when} ({timezone})", when=when, timezone=schedule.timezone)


def state_chip(run: ScheduleRun) -> Component:
    """What became of a run, coloured."""
    text = state_words(run.state)
    if run.state == PLANNED and run.reason == "not_ripe":
        text = say("Waits")
    elif run.state == PLANNED and run.reason:
        text = say("Tried again")
    return html.Span(text, className=f"dk-chip {_TONES.get(run.state, 'dk-flat')}")


def _mails(run: ScheduleRun, states: dict[str, int]) -> str:
    """How many went, and how many of them wait or failed."""
    if not run.mails:
        return "–"
    parts = [format.integer(run.mails)]
    if waiting := states.get(QUEUED):
        parts.append(say("{n} waiting", n=waiting))
    if failed := states.get(FAILED):
        parts.append(say("{n} failed", n=failed))
    if stopped := states.get(MAIL_STOPPED):
        parts.append(say("{n} stopped", n=stopped))
    return " · ".join(parts)


def runs_table(
    runs: Sequence[ScheduleRun],
    zone: str,
    named: dict[int, Component] | None = None,
    opened: dict[int, str] | None = None,
    mails: dict[int, dict[str, int]] | None = None,
) -> Component:
    """Runs, newest first. `named`: a link to each run's schedule; `opened`: the address of what a run sent.

    `mails`: how many of a run's mails are in each state of the outbox.
    """
    if not runs:
        return html.P(say("Nothing was due yet."), className="dk-quiet")
    heads = [
        say("Due"),
        *([say("Report")] if named is not None else []),
        say("State"),
        say("Mails"),
        say("Why"),
    ]
    body = []
    for run in runs:
        why: list[Component | str] = [reason_words(run.reason, run.about)]
        if run.asked_by:
            why.append(html.Span(say("asked for by {who}", who=run.asked_by), className="dk-quiet"))
        if opened is not None and run.id in opened:
            why = [
                html.A(
                    say("What was sent"),
                    href=opened[run.id],
                    target="_blank",
                    rel="noopener",
                    className="dk-text-link",
                ),
                " ",
                *why,
            ]
        body.append(
            html.Tr(
                [
                    html.Td(format.moment(run.due, zone)),
                    *([html.Td(named[run.schedule_id])] if named is not None else []),
                    html.Td(state_chip(run)),
                    html.Td(_mails(run, (mails or {}).get(run.id, {}))),
                    html.Td(why, className="dk-wrap-cell"),
                ]
            )
        )
    return html.Div(
        html.Table(
            [html.Thead(html.Tr([html.Th(head, scope="col") for head in heads])), html.Tbody(body)],
            className="dk-log",
        ),
        className="dk-scroll",
        tabIndex="0",
        role="region",
        **{"aria-label": say("Runs")},
    )
