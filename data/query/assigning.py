"""Giving an unattributed reply or unsubscribe to an e-mail by hand (data/marts/assigned.py says how it is kept)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from data.cubes import unattributed
from data.cubes.warehouse import open_warehouse
from data.engines.duckdb import cursor
from data.errors import BadQuery
from data.events.addresses import mailbox
from data.events.canonical import Event
from data.intake.delivery import body_of
from data.intake.identity import id_key, legacy_key
from data.intake.known_keys import claim_key
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.tables import inbox, segment, segment_part
from data.marts.assigned import SUFFIX
from data.scope import Scope


def listed(lake: Lake, scope: Scope, workspace_id: int, limit: int | None = None) -> list[dict[str, Any]]:
    """The workspace's unattributed replies and unsubscribes, newest first (data/cubes/unattributed.py).

    They belong to no user and no campaign, so a narrower Scope sees none. Raises NotInScope.
    """
    scope.require(workspace_id)
    if scope.user is not None or scope.campaigns is not None:
        return []
    with manifest.read_only(lake.engine).begin() as connection:
        current = manifest.current(connection, [workspace_id])[workspace_id]
    with open_warehouse(lake, current, datetime.now(UTC)) as warehouse:
        return unattributed.rows(lake, workspace_id, warehouse.layers, limit, warehouse.connection)


def find(lake: Lake, scope: Scope, workspace_id: int, event_id: str, message: str) -> Event:
    """The event as it is kept once it is given to a message. Raises BadQuery where that cannot be, NotInScope.

    `message`: the message's id, or the address it went to: then the last one sent there before the event.
    """
    scope.require(workspace_id)
    if not any(row["event_id"] == event_id for row in listed(lake, scope, workspace_id)):
        raise BadQuery(
            "There is no such unattributed reply or unsubscribe; it may have been assigned meanwhile."
        )
    with manifest.read_only(lake.engine).begin() as connection:
        current = manifest.current(connection, [workspace_id])[workspace_id]
        paths = list(
            connection.scalars(
                select(segment.c.path)
                .join(segment_part, segment_part.c.segment_id == segment.c.id)
                .where(segment_part.c.workspace_id == workspace_id)
            )
        )
    connection = cursor(lake.root)
    try:
        found = connection.execute(
            "SELECT * FROM read_parquet(?) WHERE workspace_id = ? AND event_id = ? LIMIT 1",
            [lake.paths(paths), workspace_id, event_id],
        )
        names = [column[0] for column in found.description or []]
        row = found.fetchone()
    finally:
        connection.close()
    if row is None:
        raise BadQuery("The event cannot be read; run `vitrine doctor`.")
    values = dict(zip(names, row, strict=True))
    event = Event(**{field: values[field] for field in Event._fields})
    with open_warehouse(lake, current, datetime.now(UTC)) as warehouse, warehouse.facts("messages") as facts:
        there, relation = facts
        known = (
            relation
            and there.execute(
                f"SELECT message_id FROM {relation} WHERE t0 IS NOT NULL "  # noqa: S608  the relation is ours
                "AND (message_id = $named OR (lead = $lead AND t0 <= $at)) "
                "ORDER BY message_id = $named DESC, t0 DESC, message_id DESC LIMIT 1",
                {"named": message, "lead": mailbox(message), "at": event.occurred_at},
            ).fetchone()
        )
    if not known:
        raise BadQuery("There is no e-mail with this id, and none was sent to this address before the reply.")
    return event._replace(
        event_id=event_id + SUFFIX,
        message_id=known[0],
        occurred_at=event.occurred_at.replace(tzinfo=UTC),
    )


def assign(
    connection: Connection, workspace_id: int, event: Event, source_id: int | None, at: datetime
) -> bool:
    """Take in the event `find` gave, in the caller's transaction; False when somebody else has just done so."""
    if not claim_key(connection, workspace_id, id_key(event.event_id) or legacy_key(event.event_id)):
        return False
    connection.execute(
        insert(inbox).values(
            workspace_id=workspace_id,
            source_id=source_id,
            received_at=at,
            events=1,
            body=body_of([event._replace(received_at=at)]),
        )
    )
    return True
