"""Checks each account's campaigns once a day for a real drop in replies and for too many bounces."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from dashapp.agencies.attention import reasons
from dashapp.agencies.attention.reasons import Found
from dashapp.db.base import now
from dashapp.db.engine import reading
from data.lake.lake import Lake
from data.query import falls
from data.query.campaign_weeks import watched
from data.scope import Scope
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Daily

KINDS = ("fall", "bounces")


def _run(task: Task) -> None:
    task.amount = look(task.lake, task.tenant, now())
    task.detail = f"{task.amount} reasons to look after it"


def look(lake: Lake, workspace_id: int, at: datetime) -> int:
    """Store the current reasons; returns how many there are."""
    seen = watched(lake, Scope(frozenset({workspace_id})), workspace_id, at)
    with Session(reading(lake.engine)) as session:
        before = reasons.known(session, workspace_id, KINDS)
    found = []
    judged = {name: one for name, one in seen.campaigns.items() if falls.judged(one.base, one.replied)}
    for name, weeks in judged.items():
        since = before.get(("fall", name[:500]))
        fall = falls.fall(weeks.base, weeks.replied, campaigns=len(judged), known=since is not None)
        if fall is not None:
            evidence = {
                "days": fall.days,
                "base": fall.base,
                "replied": fall.replied,
                "expected": round(fall.expected, 1),
            }
            found.append(Found(workspace_id, "fall", since or at, evidence, name))
    since = before.get(("bounces", ""))
    if falls.too_many_bounced(seen.sent, seen.bounced, known=since is not None):
        evidence = {"sent": seen.sent, "bounced": seen.bounced}
        found.append(Found(workspace_id, "bounces", since or at, evidence))
    with Session(lake.engine) as session, session.begin():
        reasons.keep(session, KINDS, found, of=workspace_id)
    return len(found)


JOB = Job(
    "watch-accounts",
    "Looks for falls and bounces that an account's agency should know of.",
    _run,
    Daily(7),
    each_workspace=True,
    takes_workspace=True,
)
