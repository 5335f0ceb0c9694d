"""The forecast: processor time of a question, the first after a change and those that follow."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import duckdb
from sqlalchemy import delete, insert

from data.answers import due
from data.answers.relations import files_of
from data.lake.lake import Lake
from data.plans import cache as kept_plans
from data.plans.tables import KINDS, changed
from data.query.ask import Query, ask
from data.scope import Scope
from tests.bench.ground import Ground
from tests.bench.table import Row, quantile

FOLLOWING = 20
CAMPAIGNS, STEPS, BOXES = 6, 5, 8
STATES = ("running", "in_trigger", "finished", "paused_until")
_LEADS = """
    SELECT DISTINCT lead, CAST(regexp_extract(lead, 'lead(\\d+)@', 1) AS BIGINT)
    FROM read_parquet(?) WHERE workspace_id = ? AND event = 'sent' AND lead LIKE 'lead%@%' ORDER BY 2
"""


def measure(ground: Ground) -> list[Row]:
    """Milliseconds of processor time; answers are counted each time, none is kept."""
    lake = replace(ground.services.lake, kept=None)
    rows: list[Row] = []
    for name, workspace_id in ground.chosen.items():
        journeys = _plan(lake, workspace_id)
        scope = Scope(frozenset({workspace_id}))
        noon = datetime.now(UTC).replace(hour=12, minute=0, second=0, microsecond=0) + timedelta(days=1)
        asked = [
            Query.model_validate({"name": "future_emails", "as_of": noon + timedelta(minutes=minute)})
            for minute in range(FOLLOWING + 1)
        ]
        kept_plans.forget()
        due.forget()
        first, *following = [_cpu_ms(partial(ask, lake, scope, workspace_id, query)) for query in asked]
        note = f"{journeys:,} journeys told"
        rows += [
            Row(f"forecast, {name}, first after a change", first, "ms", note=note),
            Row(f"forecast, {name}, at another minute", quantile(following, 0.5), "ms", note="p50"),
        ]
    return rows


def _cpu_ms(act: Any) -> float:
    before = resource.getrusage(resource.RUSAGE_SELF)
    act()
    after = resource.getrusage(resource.RUSAGE_SELF)
    return (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) * 1_000


def _plan(lake: Lake, workspace_id: int) -> int:
    """Plans of a workspace, a third of its leads told one by one; gives how many those are.

    Written straight into the tables: to take in a hundred thousand rows as a file does takes minutes.
    """
    now = datetime.now(UTC)
    names = [f"Campaign {n}" for n in range(CAMPAIGNS)]
    told: dict[str, list[dict[str, Any]]] = {
        "campaigns": [{"campaign": name, "status": "active", "user": None} for name in names],
        "steps": [
            {"campaign": name, "step": str(n), "position": n, "channel": "email", "wait_days": 4 * (n > 1)}
            for name in names
            for n in range(1, STEPS + 1)
        ],
        "mailboxes": [
            {"sender": f"box{n}@agency.example", "daily_limit": 40, "sending_days": "12345"}
            for n in range(BOXES)
        ],
        "journeys": list(_journeys(lake, workspace_id, now)),
    }
    with lake.engine.begin() as connection:
        for kind, table in KINDS.items():
            connection.execute(delete(table).where(table.c.workspace_id == workspace_id))
            connection.execute(insert(table), [{"workspace_id": workspace_id, **row} for row in told[kind]])
        changed(connection, workspace_id)
    return len(told["journeys"])


def _journeys(lake: Lake, workspace_id: int, now: datetime) -> Iterator[dict[str, Any]]:
    files = lake.paths(files_of(lake, workspace_id, now).segments)
    for lead, number in duckdb.connect().execute(_LEADS, [files, workspace_id]).fetchall():
        if number % 3 == 0:
            yield {
                "campaign": f"Campaign {number % CAMPAIGNS}",
                "lead": lead,
                "state": STATES[number % len(STATES)],
                "next_step_at": now + timedelta(hours=number % 400),
            }
