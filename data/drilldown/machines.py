"""Why an e-mail of the base was not counted as opened or clicked although somebody did: a machine, and which rule
says so. The marts keep only that it was one, so the reason is read from the e-mail's own events.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from typing import Any, Final

from data.cubes.warehouse import Warehouse
from data.engines.duckdb import cursor
from data.events.machines import SAID_BY_SOURCE
from data.lake import backlog, manifest
from data.marts.counting import machine_sql, person_sql, rules_of
from data.marts.timing import bursts, timing_reason
from data.question import Query

_EVENT: Final = {"open": "opened", "click": "clicked"}


def machine_reasons(warehouse: Warehouse, query: Query, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Message id → why what happened to it does not count; of the rows only machines opened (clicked)."""
    kind = _EVENT.get(query.data_type)
    wanted = sorted({row["key"] for row in rows if row["by_machine"]}) if query.engagement == "human" else []
    if kind is None or not wanted:
        return {}
    workspace_id = warehouse.workspace_id
    with manifest.read_only(warehouse.lake.engine).begin() as database:
        pending = backlog.pending(database, [workspace_id], full=True).get(workspace_id)
        rules = rules_of(database, [workspace_id])
    if pending is None:
        return {}
    with closing(cursor(warehouse.lake.root)) as connection:
        events = connection.execute(
            f"SELECT message_id, event, occurred_at, url, {machine_sql(rules)}, {person_sql(rules)}, "  # noqa: S608
            "machine_reason FROM read_parquet(?) WHERE workspace_id = ? AND channel = 'email' "
            "AND event IN ('sent', 'delivered', 'opened', 'clicked') "
            "AND message_id IN (SELECT unnest(?::VARCHAR[])) ORDER BY occurred_at, event_id",
            [warehouse.lake.paths(pending.paths), workspace_id, wanted],
        ).fetchall()
    by_message: dict[str, list[Any]] = {}
    for row in events:
        by_message.setdefault(row[0], []).append(row[1:])
    found = ((key, _reason(kind, happened)) for key, happened in by_message.items())
    return {key: why for key, why in found if why is not None}


def _reason(kind: str, happened: Sequence[Any]) -> str | None:
    """Of the first of the kind."""
    sent, delivered = _first(happened, "sent"), _first(happened, "delivered")
    burst = bursts([(at, url) for event, at, url, *_ in happened if event == "clicked"])
    for event, at, _, machine, person, reason in happened:
        if event != kind:
            continue
        if machine:
            return str(reason or SAID_BY_SOURCE)
        return None if person else timing_reason(kind, at, sent, delivered, burst)
    return None


def _first(happened: Sequence[Any], name: str) -> datetime | None:
    return min((at for event, at, *_ in happened if event == name), default=None)
