"""Rewrites segments: many small ones become a larger one, and events that break the marts are taken out.

The new file is committed by one SQL transaction, which names it, carries over which marts have processed it, and
forgets the old ones. Old files stay for a grace period: a reader that holds the old names goes on, and sees every
event once, in the old files or in the new one.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, delete, insert, select, update

from data.errors import DamagedFile
from data.lake import durable
from data.lake.lake import Lake, table_of
from data.lake.manifest import read_only
from data.lake.segments import FOLDER, ORDER, ROW_GROUP, SCHEMA
from data.lake.tables import retired_file, segment, segment_part

#: A segment of this many events is large enough; also what one compaction holds in memory.
LARGE_EVENTS = 200_000
#: Fewer neighbouring segments than this are left alone.
FEWEST = 8


@dataclass(frozen=True)
class Part:
    """What a segment holds for one workspace; `merged_version` None: the marts have not taken it in."""

    segment_id: int
    workspace_id: int
    events: int
    merged_version: int | None


@dataclass(frozen=True)
class Compacted:
    """What a compaction did."""

    events: int
    files_before: int
    files_after: int


def compact(lake: Lake, *, large: int = LARGE_EVENTS, fewest: int = FEWEST) -> Compacted:
    """Merge runs of small segments that the marts have processed for all their workspaces.

    Safe beside drains, refreshes, rebuilds and other compactions. Raises DamagedFile, after the other runs are
    done, when a segment is unreadable.
    """
    events = before = after = 0
    damaged: DamagedFile | None = None
    for ids in list(_runs(lake, large, fewest)):
        try:
            paths, parts = existing_files(lake, ids)
            if len(paths) < len(ids):
                continue  # another compaction was first
            table = pa.concat_tables([read_file(lake, path) for path in paths.values()]).sort_by(ORDER)
        except DamagedFile as error:
            damaged = error
            continue
        if rewrite(lake, paths, table, parts):
            events, before, after = events + table.num_rows, before + len(ids), after + 1
    if damaged is not None:
        raise damaged
    return Compacted(events, before, after)


def rewrite(
    lake: Lake,
    paths: Mapping[int, str],
    table: pa.Table,
    parts: Sequence[Part],
    beside: Callable[[Connection], None] | None = None,
) -> bool:
    """Put the rows of `table` in the place of some segments; False when they have changed meanwhile.

    The new segment keeps the greatest of the ids, so "newest first" by id stays true. `paths` (by the segments'
    ids) and `parts`: as they were before `table` was read from those very files. Parts alone do not tell a segment
    that was written anew from itself: two of equal numbers may hold other events. `beside` is called in the same
    transaction.
    """
    ids = sorted(paths)
    versions = _versions(parts)
    counts = {
        item["values"]: item["counts"] for item in pc.value_counts(table.column("workspace_id")).to_pylist()
    }
    keep = max(ids)
    with read_only(lake.engine).connect() as connection:
        created = connection.execute(
            select(segment.c.created_at).where(segment.c.id == keep)
        ).scalar_one_or_none()
    if created is None:
        return False
    path = f"{FOLDER}/{created:%Y/%m}/{secrets.token_hex(16)}.parquet"
    with lake.store.writing(path) as file:
        pq.write_table(table, file.temporary, compression="zstd", row_group_size=ROW_GROUP)
    done = False
    try:
        with lake.engine.begin() as connection:
            if _paths(connection, ids, lock=True) == paths and _parts(connection, ids, lock=True) == set(
                parts
            ):
                _retire(connection, paths.values())
                _swap(connection, ids, keep, counts, versions, path, file, table.num_rows)
                if beside is not None:
                    beside(connection)
                done = True
    finally:
        if not done:
            lake.store.delete([path])
    return done


def _retire(connection: Connection, paths: Iterable[str]) -> None:
    at = datetime.now(UTC)
    connection.execute(insert(retired_file), [{"path": path, "retired_at": at} for path in paths])


def _swap(
    connection: Connection,
    ids: Sequence[int],
    keep: int,
    counts: dict[int, int],
    versions: dict[int, int | None],
    path: str,
    file: durable.Written,
    events: int,
) -> None:
    connection.execute(delete(segment_part).where(segment_part.c.segment_id.in_(ids)))
    connection.execute(delete(segment).where(segment.c.id.in_([i for i in ids if i != keep or not events])))
    if not events:
        return
    connection.execute(
        update(segment)
        .where(segment.c.id == keep)
        .values(path=path, events=events, bytes=file.bytes, sha256=file.sha256)
    )
    connection.execute(
        insert(segment_part),
        [
            {
                "segment_id": keep,
                "workspace_id": workspace_id,
                "events": count,
                "merged_version": versions[workspace_id],
            }
            for workspace_id, count in sorted(counts.items())
        ],
    )


def _versions(parts: Sequence[Part]) -> dict[int, int | None]:
    """Per workspace the version that took its events in: the newest of several, and never "some of them"."""
    found: dict[int, int | None] = {}
    for part in parts:
        if part.workspace_id not in found:
            found[part.workspace_id] = part.merged_version
            continue
        before = found[part.workspace_id]
        if before is None or part.merged_version is None:
            raise ValueError("events taken in and events still waiting cannot share a segment")
        found[part.workspace_id] = max(before, part.merged_version)
    return found


def _runs(lake: Lake, large: int, fewest: int) -> Iterator[list[int]]:
    """Ids of neighbouring segments, all of them taken in, that are worth one file."""
    with read_only(lake.engine).connect() as connection:
        # In this order: a segment that comes in between is not listed.
        rows = connection.execute(select(segment.c.id, segment.c.events).order_by(segment.c.id)).all()
        waiting = set(
            connection.scalars(
                select(segment_part.c.segment_id).where(segment_part.c.merged_version.is_(None)).distinct()
            )
        )
    for usable, neighbours in groupby(rows, lambda row: row.id not in waiting and row.events < large):
        if not usable:
            continue
        taken: list[tuple[int, int]] = []
        for row in neighbours:
            if sum(events for _, events in taken) + row.events > large:
                yield from _worth_it(taken, fewest)
                taken = []
            taken.append((row.id, row.events))
        yield from _worth_it(taken, fewest)


def _worth_it(neighbours: list[tuple[int, int]], fewest: int) -> Iterator[list[int]]:
    """Runs of which no segment is more than a quarter: each time an event is written anew its file is four
    times as large, so that happens a few times in its life and not whenever a neighbour comes."""
    if len(neighbours) < fewest:
        return
    sizes = [events for _, events in neighbours]
    if max(sizes) * 4 <= sum(sizes):
        yield [segment_id for segment_id, _ in neighbours]
        return
    largest = sizes.index(max(sizes))
    yield from _worth_it(neighbours[:largest], fewest)
    yield from _worth_it(neighbours[largest + 1 :], fewest)


def existing_files(lake: Lake, ids: Sequence[int]) -> tuple[dict[int, str], list[Part]]:
    """The files of segments that are still there, by id, and their parts: what `rewrite` wants to be told.

    Ask before the files are read.
    """
    with read_only(lake.engine).begin() as connection:
        paths, parts = _paths(connection, ids), _parts(connection, ids)
    return paths, sorted(parts, key=lambda part: (part.segment_id, part.workspace_id))


def _paths(connection: Connection, ids: Sequence[int], *, lock: bool = False) -> dict[int, str]:
    query = select(segment.c.id, segment.c.path).where(segment.c.id.in_(ids)).order_by(segment.c.id)
    rows = connection.execute(query.with_for_update() if lock else query)
    return {row.id: row.path for row in rows}


def _parts(connection: Connection, ids: Sequence[int], *, lock: bool = False) -> set[Part]:
    query = select(
        segment_part.c.segment_id,
        segment_part.c.workspace_id,
        segment_part.c.events,
        segment_part.c.merged_version,
    ).where(segment_part.c.segment_id.in_(ids))
    rows = connection.execute(query.with_for_update() if lock else query)
    return {Part(*row) for row in rows}


def read_file(lake: Lake, path: str) -> pa.Table:
    """All events of a segment. Raises DamagedFile."""
    try:
        return table_of(lake, path).select(SCHEMA.names).cast(SCHEMA)
    except (OSError, pa.ArrowException) as error:
        raise DamagedFile(f"{path} cannot be read: {str(error).splitlines()[0]}") from error
