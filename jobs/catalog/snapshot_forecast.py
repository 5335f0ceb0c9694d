"""Stores each day's forecast of future e-mails, so that it can be compared with what was really sent."""

from __future__ import annotations

from datetime import UTC, date, datetime

from data.marts.zones import zone
from data.query.ask import state
from data.query.forecasts import snapshot_forecast
from data.scope import Scope
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Daily


def _run(task: Task) -> None:
    scope = Scope(frozenset({task.tenant}))
    task.amount = snapshot_forecast(task.lake, scope, task.tenant, _day(task, scope))
    task.detail = f"kept {task.amount} days" if task.amount else "nothing is planned, or it was kept before"


def _day(task: Task, scope: Scope) -> date:
    """The slot's date, or today for a run that a person asked for, which has no slot."""
    if len(task.slot) == len("2026-01-01"):
        return date.fromisoformat(task.slot)
    timezone = state(task.lake, scope, task.tenant).timezone
    return datetime.now(UTC).astimezone(zone(timezone)).date()


JOB = Job(
    "snapshot-forecast",
    "Keeps the day's forecast of future e-mails.",
    _run,
    Daily(6),
    each_workspace=True,
    takes_workspace=True,
)
