"""The category of the reply behind a row: the marts keep only its sentiment, so it is read from the events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.cubes.warehouse import Warehouse
from data.engines.duckdb import cursor
from data.lake import backlog, manifest, reply_overrides


def categories(warehouse: Warehouse, mart: str, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Row key → category of the reply that counts for it; a reply without one is left out."""
    replied = [row for row in rows if row["replied_utc"] is not None]
    if not replied:
        return {}
    if mart == "journeys":
        events = _of_journeys(warehouse, replied)
    else:
        events = {row["key"]: row["reply_event"] for row in replied}
    named = _of_events(warehouse, sorted(set(events.values())))
    return {key: named[event] for key, event in events.items() if event in named}


def _of_journeys(warehouse: Warehouse, rows: Sequence[dict[str, Any]]) -> dict[str, str]:
    """Row key → the reply a journey has its own from: that of its message replied to first (journeys.sql)."""
    with warehouse.facts("messages") as (connection, relation):
        if not relation:
            return {}
        found = connection.execute(
            "SELECT lead, campaign, reply_event "  # noqa: S608  the relation is ours
            f"FROM {relation} WHERE t0 IS NOT NULL AND bounced_at IS NULL AND failed_at IS NULL "
            "AND replied_at IS NOT NULL "
            "AND lead IN (SELECT unnest(?::VARCHAR[])) "
            "QUALIFY row_number() OVER "
            "(PARTITION BY lead, campaign ORDER BY replied_at, message_id, reply_event) = 1",
            [sorted({row["journey_lead"] for row in rows})],
        ).fetchall()
    events = {(lead, campaign): event for lead, campaign, event in found}
    return {
        row["key"]: events[row["journey_lead"], row["campaign"]]
        for row in rows
        if (row["journey_lead"], row["campaign"]) in events
    }


def _of_events(warehouse: Warehouse, event_ids: list[str]) -> dict[str, str]:
    workspace_id = warehouse.workspace_id
    with manifest.read_only(warehouse.lake.engine).begin() as database:
        pending = backlog.pending(database, [workspace_id], full=True).get(workspace_id)
        corrected = {event_id: one for _, event_id, one in reply_overrides.latest(database, [workspace_id])}
    if pending is None:
        return {}
    connection = cursor(warehouse.lake.root)
    try:
        found = connection.execute(
            "SELECT event_id, any_value(reply_category) FROM read_parquet(?) WHERE workspace_id = ? "
            "AND event = 'replied' AND reply_category IS NOT NULL "
            "AND event_id IN (SELECT unnest(?::VARCHAR[])) GROUP BY event_id",
            [[str(warehouse.lake.path(path)) for path in pending.paths], workspace_id, event_ids],
        ).fetchall()
    finally:
        connection.close()
    return {
        **dict(found),
        **{event_id: corrected[event_id] for event_id in event_ids if event_id in corrected},
    }
