"""Categories of replies that a person corrected: kept with who and when, for good, beside the events.

An event never changes: where events are read, the latest correction of a reply stands in for its category, and for
the sentiment that goes with it. Answers counted from events follow at once. The marts take a correction in as they
take in a segment: it waits until a version is published that counts it, and is marked with that version.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
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
    text,
    update,
)

from data.engines.duckdb import DuckDBPyConnection
from data.events.replies import SENTIMENTS
from data.lake.manifest import batches, utc
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
    Column("message_id", String(1000), nullable=True, comment="of the reply, where it names its message"),
    Column("occurred_at", DateTime(timezone=True), nullable=True, comment="of the reply; null: not known"),
    Column("merged_version", Integer, nullable=True, comment="null: not in the marts yet"),
    Index("ix_reply_override_workspace_id", "workspace_id", "id"),
    # Asked four times a second by each worker, as `ix_segment_part_waiting`.
    Index(
        "ix_reply_override_waiting",
        "workspace_id",
        "id",
        sqlite_where=text("merged_version IS NULL"),
        postgresql_where=text("merged_version IS NULL"),
    ),
)

#: The category of a correction that was taken back: the reply counts by what it came with again.
WITHDRAWN: Final = ""
#: Of one workspace, or of several: (workspace id, event id, category), the latest of each reply.
Overrides = Sequence[tuple[int, str, str]]


@dataclass(frozen=True, slots=True)
class Reply:
    """Where a reply lies among the events: the message it names (None: none), and when it came (aware)."""

    event_id: str
    message_id: str | None
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Waiting:
    """Corrections of one workspace that its marts have not taken in: their row ids and what they correct.

    `placed`: whether it is known of all of them where their replies lie.
    """

    ids: tuple[int, ...] = ()
    replies: tuple[Reply, ...] = ()
    placed: bool = True


NOTHING_WAITS: Final = Waiting()
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
    reply: Reply,
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
            "event_id": reply.event_id,
            "category": category,
            "category_before": before[:200],
            "changed_by": changed_by,
            "changed_at": changed_at,
            "message_id": reply.message_id,
            "occurred_at": reply.occurred_at,
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


def waiting(connection: Connection, workspace_ids: Iterable[int] | None) -> dict[int, Waiting]:
    """Per workspace the corrections no version has taken in; None: of every workspace."""
    columns = reply_override.c
    query = (
        select(columns.workspace_id, columns.id, columns.event_id, columns.message_id, columns.occurred_at)
        .where(columns.merged_version.is_(None))
        .order_by(columns.workspace_id, columns.id)
    )
    found: dict[int, list[tuple[int, str, str | None, datetime | None]]] = {}
    for ids in [None] if workspace_ids is None else batches(list(workspace_ids)):
        chosen = query if ids is None else query.where(columns.workspace_id.in_(ids))
        for workspace_id, *row in connection.execute(chosen):
            found.setdefault(workspace_id, []).append((row[0], row[1], row[2], utc(row[3])))
    return {
        workspace_id: Waiting(
            tuple(id_ for id_, *_ in rows),
            tuple({event: Reply(event, message, at) for _, event, message, at in rows if at}.values()),
            all(at is not None for *_, at in rows),
        )
        for workspace_id, rows in found.items()
    }


def in_force(connection: Connection, versions: Mapping[int, int], ids: Collection[int] = ()) -> Overrides:
    """The corrections that the versions of these workspaces have taken in, and with them the rows `ids`."""
    columns = reply_override.c
    query = select(
        columns.workspace_id, columns.event_id, columns.category, columns.id, columns.merged_version
    )
    last: dict[tuple[int, str], str] = {}
    more = frozenset(ids)
    for some in batches(sorted(versions)):
        chosen = query.where(columns.workspace_id.in_(some)).order_by(columns.id)
        for workspace_id, event_id, category, id_, merged in connection.execute(chosen):
            if id_ in more or (merged is not None and merged <= versions[workspace_id]):
                last[workspace_id, event_id] = category
    return [(whose, event_id, one) for (whose, event_id), one in last.items() if one != WITHDRAWN]


def mark(connection: Connection, taken: Mapping[int, tuple[int, Collection[int]]]) -> None:
    """Per workspace its version, and the corrections that it takes in."""
    rows = [{"which": id_, "version": version} for version, ids in taken.values() for id_ in sorted(ids)]
    if rows:
        own = update(reply_override).where(reply_override.c.id == bindparam("which"))
        connection.execute(own.values(merged_version=bindparam("version")), rows)


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


def overridden(
    connection: DuckDBPyConnection, overrides: Overrides, select_: str, table: str = "reply_overrides"
) -> str:
    """`select_` (events with their workspace) with the corrections in place of what the replies came with.

    Makes the temp table `table` where there are any.
    """
    if not overrides:
        return select_
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT unnest(?::INTEGER[]) AS workspace_id, "
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
        f"LEFT JOIN {table} AS o ON e.event = 'replied' AND e.workspace_id = o.workspace_id "
        "AND e.event_id = o.event_id"
    )
