"""Deliveries that were not taken: counted by source, reason and hour, with the beginning of the first of them.

Who knows a source's address can send it anything, so a flood must not become a table: an hour of one reason is
one row.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, case, delete, func, select

from data.events.fields import storable
from data.lake.manifest import utc
from data.lake.tables import refused_delivery
from data.upsert import insert_for

#: Why a delivery is refused, in the words of `reason`.
REASONS: Final = ("signature", "form", "size", "encoding")
#: So many of one source and reason are no accident: somebody should know.
REPEATED: Final = 3
#: Characters kept of the first delivery of an hour.
MOST_RAW: Final = 65_536


@dataclass(frozen=True, slots=True)
class Refusal:
    """Deliveries refused for one reason. `raw`: the beginning of one, or None where it was not read."""

    workspace_id: int
    source_id: int
    reason: str
    why: str
    bytes: int
    first_at: datetime
    last_at: datetime
    count: int = 1
    raw: str | None = None


def keep(connection: Connection, refusals: Iterable[Refusal]) -> None:
    """Count them, in the caller's transaction."""
    for one in refusals:
        made = insert_for(connection, refused_delivery).values(
            workspace_id=one.workspace_id,
            source_id=one.source_id,
            reason=one.reason,
            hour=one.last_at.replace(minute=0, second=0, microsecond=0),
            first_at=one.first_at,
            last_at=one.last_at,
            count=one.count,
            why=storable(one.why)[:500],
            bytes=one.bytes,
            raw=None if one.raw is None else storable(one.raw[:MOST_RAW]),
        )
        table, given = refused_delivery.c, made.excluded
        later = case((given.last_at > table.last_at, given.last_at), else_=table.last_at)
        connection.execute(
            made.on_conflict_do_update(
                index_elements=["source_id", "reason", "hour"],
                set_={
                    "count": table.count + given.count,
                    "last_at": later,
                    "why": given.why,
                    "bytes": given.bytes,
                    "raw": func.coalesce(table.raw, given.raw),
                },
            )
        )


_PLAIN: Final = (
    *(refused_delivery.c.workspace_id, refused_delivery.c.source_id, refused_delivery.c.reason),
    *(refused_delivery.c.first_at, refused_delivery.c.last_at, refused_delivery.c.count),
    *(refused_delivery.c.why, refused_delivery.c.bytes),
)


def recent(
    connection: Connection,
    workspace_ids: Collection[int],
    since: datetime,
    limit: int = 200,
    *,
    characters: int = 0,
) -> list[Refusal]:
    """Hours of these workspaces, the latest first; of what came so many characters."""
    raw = func.substr(refused_delivery.c.raw, 1, characters).label("raw")
    rows = connection.execute(
        select(*_PLAIN, *([raw] if characters else []))
        .where(*_of(workspace_ids, since))
        .order_by(refused_delivery.c.last_at.desc(), refused_delivery.c.id.desc())
        .limit(limit)
    ).mappings()
    return [_read(dict(row)) for row in rows]


def hours(connection: Connection, workspace_ids: Collection[int], since: datetime) -> int:
    """How many rows `recent` has without its limit."""
    return int(connection.scalar(select(func.count()).where(*_of(workspace_ids, since))) or 0)


def by_source(connection: Connection, workspace_id: int, since: datetime) -> dict[int, list[Refusal]]:
    """Per source of a workspace, what was refused since then: one a reason, the most frequent first."""
    found: dict[int, dict[str, Refusal]] = {}
    for one in recent(connection, [workspace_id], since, 10_000):
        of_source = found.setdefault(one.source_id, {})
        latest = of_source.get(one.reason)
        if latest is not None:
            one = replace(latest, count=latest.count + one.count, first_at=one.first_at)
        of_source[one.reason] = one
    return {source: sorted(some.values(), key=lambda one: -one.count) for source, some in found.items()}


def repeating(connection: Connection, since: datetime, least: int) -> list[Refusal]:
    """What was refused at least so often since then, of all workspaces: one a source and reason."""
    table = refused_delivery.c
    rows = connection.execute(
        select(
            table.workspace_id,
            table.source_id,
            table.reason,
            func.min(table.first_at).label("first_at"),
            func.max(table.last_at).label("last_at"),
            func.sum(table.count).label("count"),
            func.max(table.bytes).label("bytes"),
            func.max(table.why).label("why"),
        )
        .where(table.last_at >= since)
        .group_by(table.workspace_id, table.source_id, table.reason)
        .having(func.sum(table.count) >= least)
        .order_by(table.source_id, table.reason)
    ).mappings()
    return [_read(dict(row)) for row in rows]


def forget(connection: Connection, before: datetime) -> int:
    """Remove what was refused before a moment; how many rows."""
    return connection.execute(delete(refused_delivery).where(refused_delivery.c.last_at < before)).rowcount


def _of(workspace_ids: Collection[int], since: datetime) -> tuple[ColumnElement[bool], ...]:
    return (refused_delivery.c.workspace_id.in_(sorted(workspace_ids)), refused_delivery.c.last_at >= since)


def _read(row: Mapping[str, Any]) -> Refusal:
    first, last = (utc(row[name]) for name in ("first_at", "last_at"))
    assert first is not None
    assert last is not None
    return Refusal(**{**row, "first_at": first, "last_at": last, "count": int(row["count"])})
