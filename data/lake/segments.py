"""Segments: immutable parquet files of events, written from the inbox and named by the app database.

Layout: `segments/YYYY/MM/<id>.parquet` under the lake's root. A file counts only while a `segment` row names
it; one transaction adds that row and deletes the inbox rows it was made from, so an event is in the inbox
or in exactly one segment at every moment, whatever is killed.
"""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, TextClause, func, insert, select, text

from data.engines.spill import own_folder
from data.events.canonical import Event
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.lake.segment_schema import FLAGS, ORDER, PLAIN, SCHEMA, TIMES
from data.lake.tables import inbox, parked, segment, segment_part

FOLDER = "segments"
ROW_GROUP = 100_000
#: A bulk write is cut into files of this many events; a month of a big workspace stays a handful of files.
FILE_EVENTS = 1_000_000
#: How often a drain tries again with what other drains have left of it.
_TRIES = 3
#: Events one drain moves at most: what it holds in memory.
DRAIN_EVENTS = 200_000


#: A constant text for any number of rows: the ids are one bound JSON array or one array.
_DELETE: dict[str, TextClause] = {
    "sqlite": text("DELETE FROM inbox WHERE seq IN (SELECT value FROM json_each(:seqs))"),
    "postgresql": text("DELETE FROM inbox WHERE seq = ANY(CAST(:seqs AS bigint[]))"),
}
_STILL_THERE: dict[str, TextClause] = {
    "sqlite": text("SELECT seq FROM inbox WHERE seq IN (SELECT value FROM json_each(:seqs))"),
    "postgresql": text("SELECT seq FROM inbox WHERE seq = ANY(CAST(:seqs AS bigint[]))"),
}
_STRUCT = json.dumps(
    {
        field: "TIMESTAMP" if field in TIMES else "BOOLEAN" if field in FLAGS else "VARCHAR"
        for field in Event._fields
    }
)
_DECODE = (Path(__file__).parents[1] / "queries" / "inbox_decode.sql").read_text()


@dataclass(frozen=True, slots=True)
class _Batch:
    """Inbox rows on their way into a segment."""

    seqs: list[int]
    rows: pa.Table  # seq, workspace_id, source_id, body
    counts: list[int]  # events in each row

    @property
    def events(self) -> int:
        return sum(self.counts)


def drain_all(
    lake: Lake, workspace_id: int | Collection[int] | None = None, limit_events: int = DRAIN_EVENTS
) -> int:
    """Move all that is in the inbox now, a segment of `limit_events` at a time; gives the number of events.

    What comes in meanwhile is left to the next: events may come as fast as segments are written.
    """
    newest = select(func.max(inbox.c.seq))
    if workspace_id is not None:
        newest = newest.where(inbox.c.workspace_id.in_(_ids(workspace_id)))
    with read_only(lake.engine).connect() as connection:
        last = connection.scalar(newest)
    moved = 0
    while last is not None and (more := drain(lake, workspace_id, limit_events, up_to=last)):
        moved += more
    return moved


def drain(
    lake: Lake,
    workspace_id: int | Collection[int] | None = None,
    limit_events: int = DRAIN_EVENTS,
    up_to: int | None = None,
) -> int:
    """Move up to about `limit_events` events (whole deliveries, oldest first) from the inbox into a segment.

    `workspace_id`: of one workspace, or of some. `up_to`: the last delivery (`inbox.seq`) to move. Gives how many
    were moved: 0 when there are none, or when others were first with all of them; what they leave is tried again.
    """
    batch = _read(lake, None if workspace_id is None else _ids(workspace_id), limit_events, up_to)
    for _ in range(_TRIES):
        if batch is None:
            return 0
        moved, batch = _move(lake, batch)
        if moved:
            return moved
        if batch is not None:
            batch = _left(lake, batch)
    return 0


def _move(lake: Lake, batch: _Batch) -> tuple[int, _Batch | None]:
    """Events moved, or 0 and, where another process took some of them first, what was to be moved."""
    try:
        table = _decode(batch.rows)
    except duckdb.Error:
        batch = _without_unreadable(lake, batch)
        table = _decode(batch.rows)
    if not batch.seqs:
        return 0, None
    if table.num_rows != batch.events:
        batch = _without_unreadable(lake, batch)
        table = _decode(batch.rows)
    if not _publish(lake, table, batch.seqs):
        return 0, batch
    return int(table.num_rows), None


def _left(lake: Lake, batch: _Batch) -> _Batch | None:
    """The part of a batch that is still in the inbox; None when all of it is gone."""
    asked = _STILL_THERE[lake.engine.dialect.name]
    values: dict[str, Any] = {
        "seqs": json.dumps(batch.seqs) if lake.engine.dialect.name == "sqlite" else batch.seqs
    }
    with read_only(lake.engine).connect() as connection:
        there = set(connection.execute(asked, values).scalars())
    if not there:
        return None
    kept = [seq in there for seq in batch.seqs]
    return _Batch(
        [seq for seq in batch.seqs if seq in there],
        batch.rows.filter(pa.array(kept)),
        [count for count, keep in zip(batch.counts, kept, strict=True) if keep],
    )


def write_events(lake: Lake, table: pa.Table) -> int:
    """Write events (columns of SCHEMA, any order of rows) straight into segments: restore and bulk data.

    Neither the inbox nor `event_key` is touched: the caller vouches that the ids are new. Gives the number.
    """
    table = table.select(SCHEMA.names).cast(SCHEMA).sort_by(ORDER)
    for start in range(0, table.num_rows, FILE_EVENTS):
        _publish(lake, table.slice(start, FILE_EVENTS), [])
    return int(table.num_rows)


@lru_cache(maxsize=1)
def _decoder_of(_process: int) -> duckdb.DuckDBPyConnection:
    # By itself DuckDB spills into the current folder, which other processes spill into, too.
    spill = own_folder(Path(tempfile.gettempdir()) / f"vitrine-spill-{os.getuid()}")
    connection = duckdb.connect(
        ":memory:", config={"threads": 2, "memory_limit": "1GB", "temp_directory": str(spill)}
    )
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def _decoder() -> duckdb.DuckDBPyConnection:
    """A DuckDB that only turns JSON into columns: one a process, for opening one costs more than a small drain."""
    return _decoder_of(os.getpid())


def _ids(workspace_id: int | Collection[int]) -> list[int]:
    return [workspace_id] if isinstance(workspace_id, int) else sorted(workspace_id)


def _read(lake: Lake, only: list[int] | None, limit_events: int, up_to: int | None) -> _Batch | None:
    wanted = select(inbox.c.seq, inbox.c.workspace_id, inbox.c.source_id, inbox.c.body, inbox.c.events)
    if only is not None:
        wanted = wanted.where(inbox.c.workspace_id.in_(only))
    if up_to is not None:
        wanted = wanted.where(inbox.c.seq <= up_to)
    taken: list[Any] = []
    events = 0
    with read_only(lake.engine).connect() as connection:
        rows = connection.execution_options(yield_per=500).execute(wanted.order_by(inbox.c.seq))
        for row in rows:
            if taken and events + row.events > limit_events:
                break
            taken.append(row)
            events += row.events
        rows.close()
    if not taken:
        return None
    seqs = [row.seq for row in taken]
    columns = {
        "seq": pa.array(seqs, pa.int64()),
        "workspace_id": pa.array([row.workspace_id for row in taken], pa.int32()),
        "source_id": pa.array([row.source_id for row in taken], pa.int32()),
        "body": pa.array([row.body for row in taken], pa.large_string()),
    }
    return _Batch(seqs, pa.table(columns), [row.events for row in taken])


def _decode(rows: pa.Table) -> pa.Table:
    with _decoder().cursor() as connection:
        connection.register("deliveries", rows)
        table = connection.execute(_DECODE, {"struct": f"[{_STRUCT}]"}).to_arrow_table()
    return table.select(SCHEMA.names).cast(SCHEMA).sort_by(ORDER)


def _unreadable(row: pa.Table, count: int) -> str | None:
    """Why a delivery is not the JSON of the events that were counted when it came in; None when it is."""
    try:
        found = _decode(row).num_rows
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return None if found == count else f"it holds {found} events where {count} were counted"


def _without_unreadable(lake: Lake, batch: _Batch) -> _Batch:
    """Park the deliveries whose text is no JSON of events (a damaged database): the others must go on."""
    good = [True] * len(batch.seqs)
    with lake.engine.begin() as connection:
        for index, row in enumerate(batch.rows.to_pylist()):
            why = _unreadable(batch.rows.slice(index, 1), batch.counts[index])
            if why is not None:
                good[index] = False
                if _delete(connection, [row["seq"]]) == 1:
                    told = {
                        "workspace_id": row["workspace_id"],
                        "source_id": row["source_id"],
                        "key": secrets.token_urlsafe(16),
                        "received_at": datetime.now(UTC),
                        "where": f"row {row['seq']} of the inbox",
                        "why": f"the stored delivery cannot be read: {why}",
                        "raw": row["body"],
                    }
                    connection.execute(insert(parked), told)
    rows = batch.rows.filter(pa.array(good))
    events = [count for count, kept in zip(batch.counts, good, strict=True) if kept]
    return _Batch([seq for seq, kept in zip(batch.seqs, good, strict=True) if kept], rows, events)


def _publish(lake: Lake, table: pa.Table, seqs: list[int]) -> bool:
    """Write the file, then commit its rows and the end of the inbox rows; False: another was first."""
    now = datetime.now(UTC)
    name = f"{now:%Y%m%dT%H%M%S}-{secrets.token_hex(6)}.parquet"
    relative = f"{FOLDER}/{now:%Y/%m}/{name}"
    with lake.store.writing(relative) as written:
        pq.write_table(
            table,
            written.temporary,
            compression="zstd",
            row_group_size=ROW_GROUP,
            use_dictionary=[name for name in SCHEMA.names if name not in PLAIN],
        )
    row = {
        "path": relative,
        "events": table.num_rows,
        "bytes": written.bytes,
        "sha256": written.sha256,
        "created_at": now,
    }
    with lake.engine.begin() as connection:
        if seqs and _delete(connection, seqs) != len(seqs):
            connection.rollback()
            lake.store.delete([relative])
            return False
        created = connection.execute(insert(segment), row).inserted_primary_key
        assert created is not None
        counts = pc.value_counts(table.column("workspace_id")).to_pylist()
        parts = [
            {"segment_id": created[0], "workspace_id": count["values"], "events": count["counts"]}
            for count in counts
        ]
        connection.execute(insert(segment_part), parts)
    return True


def _delete(connection: Connection, seqs: list[int]) -> int:
    dialect = connection.dialect.name
    values: dict[str, Any] = {"seqs": json.dumps(seqs) if dialect == "sqlite" else seqs}
    return connection.execute(_DELETE[dialect], values).rowcount
