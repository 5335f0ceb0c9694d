"""Replies and unsubscribes that belong to no message (docs/numbers.md): how many, and which."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from heapq import merge
from typing import Any, Final

from data.cubes import blocks
from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.figures.base import Loose
from data.figures.registry import rates
from data.lake.lake import Lake
from data.lake.manifest import Layer
from data.marts.assigned import attributable
from data.marts.layers import attach, latest_sql
from data.marts.zones import zone
from data.question import Query
from data.scope import Scope

_SENDS: Final = "workspace_id, message_id, lead, t0, campaign"


@dataclass(frozen=True)
class _Stamps:
    """When they happened, by kind of event, in order (naive UTC)."""

    replied: list[datetime]
    unsubscribed: list[datetime]

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return 64 * (len(self.replied) + len(self.unsubscribed)) + 200


def matters(query: Query, scope: Scope) -> bool:
    """Whether an answer mentions them. They belong to no campaign and no user, so whoever sees only a part is
    told of none.
    """
    return scope.user is None and scope.campaigns is None and told_with(query)


def told_with(query: Query) -> bool:
    """Whether the answer to a query mentions them, for viewers of the whole workspace."""
    return bool(_kinds(query))


def _kinds(query: Query) -> tuple[Loose, ...]:
    """Which kinds of events the answer tells of."""
    if query.figure.is_rate:
        kind = rates()[query.data_type].loose
        return () if kind is None else (kind,)
    return query.figure.loose


def count(
    lake: Lake,
    workspace_id: int,
    layers: Sequence[Layer],
    query: Query,
    timezone: str,
    made: DuckDBPyConnection | None = None,
) -> int:
    """How many there are of the kind the query asks for, on its local days. `made`: as in `rows`.

    Raises OSError or EngineError when a file is missing or damaged.
    """
    stamps = _stamps(lake, workspace_id, layers, made)
    chosen = list(merge(*(getattr(stamps, kind) for kind in _kinds(query))))
    first = 0 if query.from_ is None else bisect_left(chosen, _starts(query.from_, timezone))
    last = (
        len(chosen) if query.to is None else bisect_left(chosen, _starts(query.to + timedelta(1), timezone))
    )
    return max(0, last - first)


def rows(
    lake: Lake,
    workspace_id: int,
    layers: Sequence[Layer],
    limit: int | None = None,
    made: DuckDBPyConnection | None = None,
) -> list[dict[str, Any]]:
    """The events, newest first: event_id, event, occurred_at (naive UTC), lead, campaign, category, sentiment.

    `made`: a connection with the tables `lead_events` and `messages` of a past moment (data/cubes/warehouse.py).
    """
    with _loose(lake, workspace_id, layers, made) as connection:
        if connection is None:
            return []
        text = sql("answers", "unattributed") + ("" if limit is None else f"LIMIT {limit:d}")
        found = connection.execute(text)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _stamps(
    lake: Lake, workspace_id: int, layers: Sequence[Layer], made: DuckDBPyConnection | None
) -> _Stamps:
    key = (lake.root, workspace_id, tuple(one.id for one in layers), "unattributed")

    def read() -> _Stamps:
        found = rows(lake, workspace_id, layers, made=made)
        return _Stamps(
            sorted(row["occurred_at"] for row in found if row["event"] == "replied"),
            sorted(row["occurred_at"] for row in found if row["event"] == "unsubscribed"),
        )

    if made is not None:
        return read()
    stamps: _Stamps = blocks.made.get(key, read)
    return stamps


@contextmanager
def _loose(
    lake: Lake, workspace_id: int, layers: Sequence[Layer], made: DuckDBPyConnection | None
) -> Iterator[DuckDBPyConnection | None]:
    """A connection with `loose` and `sends`; None: there is nothing that names no message."""
    if made is not None:
        made.execute(f"CREATE OR REPLACE TEMP VIEW loose AS FROM {attributable('lead_events')}")
        made.execute(
            f"CREATE OR REPLACE TEMP VIEW sends_by_lead AS SELECT {_SENDS} FROM messages WHERE t0 IS NOT NULL"  # noqa: S608  names of ours
        )
        yield made
        return
    if not any("lead_events" in one.files for one in layers):
        yield None
        return
    connection = cursor(lake.root)
    try:
        there = attach(connection, lake, [(workspace_id, one) for one in layers], ["lead_events", "messages"])
        stored = f"({latest_sql('lead_events', 'stored_lead_events')})"
        connection.execute(f"CREATE TEMP TABLE loose AS FROM {attributable(stored)}")
        if "messages" in there:
            columns = f"{_SENDS}, layer"
            picked = (
                f"SELECT {columns} FROM stored_messages WHERE lead IN (SELECT lead FROM loose) "  # noqa: S608
                f"UNION SELECT {columns} FROM stored_messages WHERE was_lead IN (SELECT lead FROM loose)"
            )
            # A row moved to another lead may lie below under this one: the latest of each message counts.
            connection.execute(f"CREATE TEMP TABLE picked AS {picked}")
            latest = f"SELECT * FROM ({latest_sql('messages', 'picked')}) WHERE t0 IS NOT NULL"  # noqa: S608
            connection.execute(f"CREATE TEMP VIEW sends_by_lead AS {latest}")
        else:
            connection.execute(
                "CREATE TEMP TABLE sends_by_lead (lead VARCHAR, t0 TIMESTAMP, campaign VARCHAR)"
            )
        yield connection
    finally:
        connection.close()


def _starts(day: date, timezone: str) -> datetime:
    """The naive UTC moment a local day begins."""
    return datetime.combine(day, time(), zone(timezone)).astimezone(UTC).replace(tzinfo=None)
