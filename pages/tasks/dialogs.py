"""The dialogs tasks are completed, made and moved in, and what their deeds travel in (assets/desk_tasks.js)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from dash import dcc, html
from dash.development.base_component import Component

from dashapp.crm.completing import DISPOSITIONS
from dashapp.crm.tasks import CHANNELS, LONGEST_NOTE, LONGEST_TITLE, REPEATS
from dashapp.ui.desk.html_component import Html
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say

#: How a call ended, as people choose it.
ENDED = {
    "booked": later("Demo or appointment booked"),
    "not_interested": later("Connected: not interested"),
    "call_back": later("Connected: call back"),
    "left_message": later("Left voicemail"),
    "bad_number": later("Wrong or invalid number"),
}
KINDS = {"phone": later("Phone call"), "linkedin": later("LinkedIn task"), "other": later("Other task")}
AGAIN = {
    "none": later("Once"),
    "daily": later("Every day"),
    "weekly": later("Every week"),
    "monthly": later("Every month"),
}


def task_parts(team: Sequence[tuple[str, str]] = (), today: date | None = None) -> list[Component]:
    """The dialogs and stores. `team`: (e-mail, name) of who may get a task, with `today`, where tasks are made."""
    return [
        Html(
            render(
                "ui/task_dialogs.html",
                ended=[(name, say(ENDED[name])) for name in DISPOSITIONS],
                longest_note=LONGEST_NOTE,
                longest_title=LONGEST_TITLE,
                kinds=[(name, say(KINDS[name])) for name in CHANNELS],
                repeats=[(name, say(AGAIN[name])) for name in REPEATS],
                team=team,
                today="" if today is None else today.isoformat(),
            )
        ),
        dcc.Store(id="task-act"),
        dcc.Store(id="task-acted"),
        html.Div(id="task-done", hidden=True),
    ]


def timeline_stores() -> list[Component]:
    """What the timeline's questions and answers travel in."""
    return [
        dcc.Store(id="line-asked"),
        dcc.Store(id="line-answered"),
        html.Div(id="line-done", hidden=True),
        dcc.Store(id="line-category"),
        dcc.Store(id="line-categorised"),
        html.Div(id="line-kept", hidden=True),
    ]
