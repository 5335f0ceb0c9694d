"""Categories of replies that a person corrected: kept with who and when, for good, beside the events.

An event never changes: where events are read, the latest correction of a reply stands in for its category, and for
the sentiment that goes with it. Answers counted from events follow at once; the marts when they are built anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import (
    Column,
    Connection,
    DateTime,
    Index,
    Integer,
    String,
    Table,
    bindparam,
    func,
    insert,
    select,
)

from data.engines.duckdb import DuckDBPyConnection
from data.events.replies import SENTIMENTS
from data.lake.tables import BigId, metadata

reply_override = Table(
    "reply_override",
    metadata,
    Column("id", BigId, primary_key=True, autoincrement=True),
    Column("workspace_id", Integer, nullable=False),
    Column("event_id", String(1000), nullable=False),
    Column("category", String(40), nullable=False),
    Column("category_before", String(200), nullable=False),
    Column("changed_by", String(254), nullable=False),
    Column("changed_at", DateTime(timezone=True), nullable=False),
    Index("ix_reply_override_workspace_id", "workspace_id", "id"),
)

#: The category of a correction that was taken back: the reply counts by what it came with again.
WITHDRAWN: Final = ""
#: Of one workspace, or of several: (workspace id, event id, category), the latest of each reply.
Overrides = Sequence[tuple[int, str, str]]
_LATEST: Final = (
    select(func.max(reply_override.c.id)).where(
        reply_override.c.workspace_id.in_(bindparam("whose", expanding=True))
    )
).group_by(reply_override.c.workspace_id, reply_override.c.event_id)
_STAMP: Final = select(func.max(reply_override.c.id)).where(
    reply_override.c.workspace_id == bindparam("whose")
)


def keep(
    connection: Connection,
    workspace_id: int,
    event_id: str,
    category: str,
    *,
    before: str,
    changed_by: str,
    changed_at: datetime,
) -> None:
    """Keep a correction, or WITHDRAWN, in the caller's transaction.

    Raises ValueError for a category no person's reply has.
    """
    if category not in SENTIMENTS and category != WITHDRAWN:
        raise ValueError(f"no person's reply has the category {category!r}")
    connection.execute(
        insert(reply_override),
        {
            "workspace_id": workspace_id,
            "event_id": event_id,
            "category": category,
            "category_before": before[:200],
            "changed_by": changed_by,
            "changed_at": changed_at,
        },
    )


def latest(connection: Connection, workspace_ids: Sequence[int]) -> Overrides:
    """The corrections in force."""
    if not workspace_ids:
        return []
    columns = (reply_override.c.workspace_id, reply_override.c.event_id, reply_override.c.category)
    query = select(*columns).where(reply_override.c.id.in_(_LATEST), reply_override.c.category != WITHDRAWN)
    query = query.order_by(reply_override.c.id)
    return [tuple(row) for row in connection.execute(query, {"whose": list(workspace_ids)})]


def stamp(connection: Connection, workspace_id: int) -> int:
    """Moves with every correction of the workspace."""
    return connection.scalar(_STAMP, {"whose": workspace_id}) or 0


def last_of(
    connection: Connection, workspace_id: int, event_ids: Sequence[str]
) -> dict[str, tuple[str, datetime]]:
    """Event id → who corrected it last, and when; without those that were taken back."""
    query = (
        select(
            reply_override.c.event_id,
            reply_override.c.changed_by,
            reply_override.c.changed_at,
            reply_override.c.category,
        )
        .where(reply_override.c.workspace_id == workspace_id, reply_override.c.event_id.in_(list(event_ids)))
        .order_by(reply_override.c.id)
    )
    last = {event_id: (who, at, category) for event_id, who, at, category in connection.execute(query)}
    return {event_id: (who, at) for event_id, (who, at, category) in last.items() if category != WITHDRAWN}


def overridden(connection: DuckDBPyConnection, overrides: Overrides, select_: str) -> str:
    """`select_` (events with their workspace) with the corrections in place of what the replies came with.

    Makes the temp table `reply_overrides` where there are any.
    """
    if not overrides:
        return select_
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE reply_overrides AS SELECT unnest(?::INTEGER[]) AS workspace_id, "
        "unnest(?::VARCHAR[]) AS event_id, unnest(?::VARCHAR[]) AS category, unnest(?::VARCHAR[]) AS sentiment",
        [
            [one for one, _, _ in overrides],
            [event_id for _, event_id, _ in overrides],
            [category for _, _, category in overrides],
            [SENTIMENTS[category] for _, _, category in overrides],
        ],
    )
    return (
        "SELECT e.* REPLACE (coalesce(o.category, e.reply_category) AS reply_category, "  # noqa: S608
        f"coalesce(o.sentiment, e.sentiment) AS sentiment) FROM ({select_}) AS e "
        "LEFT JOIN reply_overrides AS o ON e.event = 'replied' AND e.workspace_id = o.workspace_id "
        "AND e.event_id = o.event_id"
    )
