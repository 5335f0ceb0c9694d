"""What came in, as it came in: the latest events of a workspace and the records that were parked."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import select

from data.events.canonical import Event
from data.intake.latest_events import latest_events
from data.lake.lake import Lake
from data.lake.tables import inbox, segment, segment_part
from data.lake.tables import parked as parked_table
from data.scope import Scope

#: Segments looked into at a time, newest first; small ones follow each other every quarter of a second.
_SEGMENTS_AT_ONCE = 40


def recent(
    lake: Lake, scope: Scope, workspace_id: int, *, source_id: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """The workspace's events, newest received first: the canonical fields (docs/events.md) and `source` (an id).

    JSON-ready: times are ISO 8601 UTC texts, what is absent is None. From the inbox and the segments; a
    narrower Scope (one user, some campaigns) sees only its own. Raises NotInScope.
    """
    scope.require(workspace_id)
    waiting = select(inbox.c.source_id, inbox.c.body).where(inbox.c.workspace_id == workspace_id)
    files = (
        select(segment.c.path)
        .join(segment_part, segment_part.c.segment_id == segment.c.id)
        .where(segment_part.c.workspace_id == workspace_id)
        .order_by(segment.c.id.desc())
    )
    if source_id is not None:
        waiting = waiting.where(inbox.c.source_id == source_id)
    found: dict[str, dict[str, Any]] = {}
    with _reading(lake) as connection:
        # The inbox first: an event moved to a segment in between is seen twice, never not at all.
        for row in connection.execute(waiting.order_by(inbox.c.seq.desc())):
            for event in json.loads(row.body):
                if _visible(scope, event):
                    found[event["event_id"]] = _told(event, row.source_id)
            if len(found) >= limit:
                break
        paths = list(connection.scalars(files))
    for start in range(0, len(paths), _SEGMENTS_AT_ONCE):
        if len(found) >= limit:
            break
        rows = latest_events(
            lake,
            paths[start : start + _SEGMENTS_AT_ONCE],
            workspace_id,
            limit,
            source_id=source_id,
            user=scope.user,
            campaigns=scope.campaigns,
        )
        for event in rows:
            found.setdefault(event["event_id"], _told(event, event["source_id"]))
    return sorted(found.values(), key=_newest_first, reverse=True)[:limit]


def parked(
    lake: Lake, scope: Scope, workspace_id: int, *, source_id: int | None = None, limit: int = 50
) -> list[dict[str, Any]]:
    """Records that could not become events, newest first: id, source, why, where, raw, received_at.

    A parked record names no user or campaign for certain, so a narrower Scope sees none. Raises NotInScope.
    """
    scope.require(workspace_id)
    if scope.user is not None or scope.campaigns is not None:
        return []
    wanted = select(parked_table).where(parked_table.c.workspace_id == workspace_id)
    if source_id is not None:
        wanted = wanted.where(parked_table.c.source_id == source_id)
    with _reading(lake) as connection:
        rows = connection.execute(wanted.order_by(parked_table.c.id.desc()).limit(limit)).mappings()
        return [
            {
                "id": row["id"],
                "source": row["source_id"],
                "why": row["why"],
                "where": row["where"],
                "raw": row["raw"],
                "received_at": _iso(row["received_at"]),
            }
            for row in rows
        ]


def _reading(lake: Lake) -> Any:
    return lake.engine.execution_options(vitrine_read_only=True).connect()


def _visible(scope: Scope, event: dict[str, Any]) -> bool:
    if scope.user is not None and event.get("user") != scope.user:
        return False
    return scope.campaigns is None or event.get("campaign") in scope.campaigns


def _told(event: dict[str, Any], source_id: int | None) -> dict[str, Any]:
    """One event of either store in the same form."""
    told = {field: event.get(field) for field in Event._fields}
    told["occurred_at"] = _iso(event["occurred_at"])
    told["received_at"] = _iso(event["received_at"])
    return {**told, "source": source_id}


def _iso(at: datetime | str) -> str:
    """ISO 8601 UTC with microseconds and Z, whichever store the time comes from: texts that sort as times."""
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _newest_first(event: dict[str, Any]) -> tuple[str, str, str]:
    return event["received_at"], event["occurred_at"], event["event_id"]
