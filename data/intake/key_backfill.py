"""After revision 0014: the events there are get the keys of what happened, and Postmark's messages their
recipients.

Until that is done an event of before is known by its id alone, so only a repeat under a *new* id could double it.
Segments are looked through in the order of their ids, one at a time; each step can be repeated, and a kill
costs a step. What replaces a segment has the greatest of their ids, so none is passed over.

Postmark gives To, Cc and Bcc one id. Events stored under it are filed as "<id>:<recipient>", as new ones are;
else a message would be one before the upgrade and another after it. Their workspaces are then built anew.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple

import pyarrow as pa
from sqlalchemy import Connection, delete, func, select, text, update

from data.intake.identity import content_key
from data.lake.compaction import existing_files, rewrite
from data.lake.lake import Lake, table_of
from data.lake.manifest import read_only
from data.lake.segments import ORDER, SCHEMA
from data.lake.tables import inbox, key_backfill, mart_version, segment
from data.sources.fields import per_recipient
from data.sources.providers.postmark import is_shared_id

#: Keys in one transaction: a writer waits no longer than these take.
_SLICE: Final = 5_000
_INSERT: Final = text(
    "INSERT INTO event_key (workspace_id, key) VALUES (:workspace_id, :key) ON CONFLICT DO NOTHING"
)


class _Stored(NamedTuple):
    """What an event's key is made of."""

    event_id: str
    event: str
    channel: str
    message_id: str | None
    lead: str | None
    campaign: str | None
    step: str | None
    subject: str | None
    url: str | None
    stamped_at: datetime


_READ: Final = [*_Stored._fields[:-1], "workspace_id", "source_id", "occurred_at", "received_at", "raw"]


def is_done(connection: Connection) -> bool:
    """Whether nothing is left to do."""
    return connection.execute(select(key_backfill.c.id)).first() is None


def step(lake: Lake, per_message_sources: Collection[int], rebuild: Collection[int]) -> int | None:
    """Look through the next segment; gives its number of events, or None: there is nothing to do now.

    `per_message_sources`: the sources whose stored message ids lack the recipient (Postmark's). `rebuild`: the
    workspaces of these, built anew once all segments are done. Raises DamagedFile when a segment cannot be read.
    """
    with read_only(lake.engine).connect() as connection:
        at = connection.execute(select(key_backfill)).mappings().one_or_none()
        if at is None:
            return None
        drained = connection.scalar(select(func.min(inbox.c.seq)))
        if drained is not None and drained <= at["inbox_seq"]:
            return None  # what came in before the upgrade is not in a segment yet
        following = connection.scalar(select(func.min(segment.c.id)).where(segment.c.id > at["segment_id"]))
    if following is None:
        with lake.engine.begin() as connection:
            _build_anew(connection, rebuild)
            connection.execute(delete(key_backfill))
        return None
    paths, parts = existing_files(lake, [following])
    events = 0
    if paths:
        table = table_of(lake, paths[following]).select(SCHEMA.names).cast(SCHEMA)
        events = table.num_rows
        _keep_keys(lake, table)
        changed = _with_recipients(table, set(per_message_sources))
        if changed is not None and not rewrite(lake, paths, changed.sort_by(ORDER), parts):
            return events  # replaced meanwhile: it is looked at again
    with lake.engine.begin() as connection:
        connection.execute(update(key_backfill).values(segment_id=following))
    return events


def _keep_keys(lake: Lake, table: pa.Table) -> None:
    keys = sorted(_keys(table))
    for start in range(0, len(keys), _SLICE):
        rows = [{"workspace_id": whose, "key": key} for whose, key in keys[start : start + _SLICE]]
        with lake.engine.begin() as connection:
            connection.execute(_INSERT, rows)


def _keys(table: pa.Table) -> Iterator[tuple[int, bytes]]:
    for batch in table.select(_READ).to_batches(max_chunksize=20_000):
        for row in batch.to_pylist():
            # A stamp of later than the receipt was not kept: such an event is known by its id alone.
            if row["occurred_at"] < row["received_at"]:
                named = {name: row[name] for name in _Stored._fields[:-1]}
                stored = _Stored(**named, stamped_at=row["occurred_at"].replace(tzinfo=UTC))
                yield row["workspace_id"], content_key(stored)


def _with_recipients(table: pa.Table, sources: set[int]) -> pa.Table | None:
    """The table with the recipient in the message ids of these sources; None when it has them."""
    if not sources:
        return None
    ids: list[str | None] = []
    changed = False
    columns = table.select(["source_id", "message_id", "lead", "raw"])
    for batch in columns.to_batches(max_chunksize=20_000):
        for row in batch.to_pylist():
            message, lead = row["message_id"], row["lead"]
            if row["source_id"] in sources and message and lead and is_shared_id(message, row["raw"]):
                message = per_recipient(message, lead)
                changed = True
            ids.append(message)
    if not changed:
        return None
    place = table.schema.get_field_index("message_id")
    return table.set_column(place, "message_id", pa.array(ids, pa.string()))


def _build_anew(connection: Connection, workspace_ids: Collection[int]) -> None:
    """Have marts of another format, which is what they are: a build under way is not published over that."""
    if workspace_ids:
        connection.execute(
            update(mart_version)
            .where(mart_version.c.workspace_id.in_(sorted(workspace_ids)))
            .values(version=mart_version.c.version + 1, format=0)
        )
