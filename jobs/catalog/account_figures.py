"""Keeps the figures that agencies' dashboards show for each account, and those reasons for attention that need no
marts.

Only accounts where something changed are counted: a newly published version, a manual change, or a new local day.
"""

from __future__ import annotations

import logging
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.agencies.attention import account_figures, reason_checks, reasons
from dashapp.agencies.attention.account_figures import Compared, Figures
from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.tenants import Workspace
from dashapp.tiles.periods import corresponding
from data.errors import DataError
from data.lake.lake import Lake
from data.marts.zones import zone
from data.query.ask import ask_all
from data.query.many import figures
from data.question import Query
from data.scope import Scope
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every

log = logging.getLogger("vitrine.worker")

DAYS = timedelta(days=28)
KINDS = ("untouched", "silent", "unseen")


def _run(task: Task) -> None:
    task.amount = bring_up(task.lake, now())
    task.detail = f"counted {task.amount} accounts"


def bring_up(lake: Lake, at: datetime) -> int:
    """Count the accounts where something changed, and check all of them for reasons; returns how many were
    counted.
    """
    with Session(reading(lake.engine)) as session:
        places = {
            row.id: row.timezone
            for row in session.execute(select(Workspace.id, Workspace.timezone).where(Workspace.enabled))
        }
        days = {key: at.astimezone(zone(timezone)).date() for key, timezone in places.items()}
        due = account_figures.due(session, {key: day.isoformat() for key, day in days.items()})
    count = 0
    for workspace_id, mark in due.items():
        try:
            counted = count_one(lake, workspace_id, places[workspace_id], days[workspace_id], at)
        except DataError as error:
            log.error("The figures of account %d cannot be counted: %s", workspace_id, error)
            continue
        with Session(lake.engine) as session, session.begin():
            account_figures.keep(session, workspace_id, mark, counted)
        count += 1
    _look(lake, list(places), at)
    return count


def count_one(lake: Lake, workspace_id: int, timezone: str, today: date, at: datetime) -> Figures:
    """The figures of one account. Raises DataError."""
    first = today - DAYS + timedelta(days=1)
    since = datetime(first.year, first.month, first.day, tzinfo=zone(timezone))
    with Session(reading(lake.engine)) as session:
        found = account_figures.of_contacts(session, workspace_id, since)
    cut = corresponding(at, timezone, DAYS)
    asked: dict[str, Query] = {}
    for name, data_type in (("replies", "reply"), ("positive", "positive_reply")):
        rate: dict[str, Any] = {"name": "rate", "data_type": data_type, "attribution": "lead"}
        asked[name] = Query(**rate, marks=True, **{"from": first, "to": today})
        asked[f"{name}_before"] = Query(
            **rate, cut=cut, **{"from": first - DAYS, "to": first - timedelta(days=1)}
        )
    answers = ask_all(lake, Scope(frozenset({workspace_id})), workspace_id, asked)
    compared = {}
    for name in ("replies", "positive"):
        one, before = answers[name], answers[f"{name}_before"]
        began = one.get("since")
        compared[name] = Compared(
            n=one["n"],
            base=one["base"],
            n_before=before["n"],
            base_before=before["base"],
            full=began is not None and date.fromisoformat(began) <= first - DAYS,
        )
    return found.model_copy(update=compared)


def _look(lake: Lake, workspace_ids: list[int], at: datetime) -> None:
    days = timedelta(days=reason_checks.HABIT_DAYS - 1)
    told = figures(
        lake,
        {key: Scope(frozenset({key})) for key in workspace_ids},
        lambda today: {"sent": Query(name="sent_emails", **{"from": today - days, "to": today})},
        at,
    )
    sent = {key: one.figures.sent["sent"] for key, one in told.items() if one.figures is not None}
    last = {key: one.last_event_at for key, one in told.items()}
    with Session(reading(lake.engine)) as session:
        found = [
            *reason_checks.untouched(session, at),
            *reason_checks.silent(sent, last, at),
            *reason_checks.unseen(session, at),
        ]
    here = set(workspace_ids)
    with Session(lake.engine) as session, session.begin():
        reasons.keep(session, KINDS, [one for one in found if one.workspace_id in here])


JOB = Job("account-figures", "Keeps what agencies' dashboards tell of each account.", _run, Every(300))
