"""Marts from events: incremental and full build are the same SQL over different inputs.

A refresh reads the segments a workspace has not taken in yet, makes message states of them (messages.sql),
merges those into the stored states (merge.sql), and derives journeys and the two cubes. A full build makes the
states from all segments and skips the merge. Each workspace's files are new; the manifest switches to them.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq

from data import durable, manifest
from data.derive import EVENT_COLUMNS, MERGES, derive, make_states
from data.engines.duckdb import DuckDBPyConnection, EngineError, cursor, sql
from data.errors import DamagedFile
from data.lake import Lake
from data.manifest import Current, MartFile, Pending

logger = logging.getLogger(__name__)

#: What is stored per workspace, and the order rows lie in (readers prune by it).
MARTS = {
    "messages": "workspace_id, coalesce(sent_at, delivered_at, first_at), message_id",
    "hints": "workspace_id, message_id",
    "lead_events": "workspace_id, event_id",
    "journeys": "workspace_id, any_t0, lead, campaign",
    "units": 'workspace_id, slice, attribution, base, day, campaign, "user", step, sender_provider',
    "cohorts": "workspace_id, slice, attribution, measure, cohort, calendar_week",
}
#: A chunk is what one pass of the SQL holds in memory.
CHUNK_EVENTS = 500_000
CHUNK_WORKSPACES = 400
ROW_GROUP = 100_000
#: Cubes are read slice by slice; small row groups let the reader skip the other slices.
CUBE_ROW_GROUP = 8_192
#: What a version's files look like. Raise it with any change of a mart's columns or meaning: marts of another
#: format are built anew from the segments, never read.
FORMAT = 1


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: events taken in, files written, seconds, workspaces given a new version."""

    events: int
    files_written: int
    seconds: float
    workspaces: int


@dataclass(frozen=True)
class Work:
    """One workspace to build: its published state, the segments to take in, and whether to start anew."""

    was: Current
    taken: Pending
    full: bool


def refresh(lake: Lake, workspace_ids: Iterable[int] | None = None, full: bool = False) -> Refreshed:
    """Bring the marts up to the segments.

    `workspace_ids` None: every workspace with something to take in. `full`: from all their segments, whatever
    was taken in before. A workspace that another process publishes at the same time is left to it. Raises
    DamagedFile, after all the others are done, when a segment cannot be read: its workspaces keep the version
    they have.
    """
    started = time.perf_counter()
    ids = None if workspace_ids is None else sorted(set(workspace_ids))
    events = files = done = 0
    lost: set[str] = set()
    for chunk in _chunks(_plan(lake, ids, full=full)):
        try:
            results = _build(lake, chunk)
        except EngineError as error:
            results = _build_one_by_one(lake, chunk, error, lost)
        for taken, written in results:
            events, files, done = events + taken, files + written, done + 1
    if lost:
        raise DamagedFile(
            f"{', '.join(sorted(lost))} cannot be read; its workspaces keep their figures. "
            "Restore it from a backup."
        )
    return Refreshed(events, files, time.perf_counter() - started, done)


def _plan(lake: Lake, ids: list[int] | None, *, full: bool) -> list[Work]:
    with manifest.read_only(lake.engine).begin() as connection:
        todo = manifest.pending(connection, ids, full=full)
        anew = set(todo) if full else manifest.to_rebuild(connection, ids, FORMAT)
        if not full and anew:
            todo |= manifest.pending(connection, sorted(anew), full=True)
        states = manifest.current(connection, sorted(todo))
    work = [Work(states[i], todo[i], i in anew or states[i].version == 0) for i in todo if i in states]
    # Neighbours share a time zone, so that a chunk is derived in few passes (see `derive`).
    return sorted(work, key=lambda item: (item.was.timezone, item.was.workspace_id))


def _chunks(work: Sequence[Work]) -> Iterator[list[Work]]:
    """Work in pieces of one kind (full or not), bounded by what the pass will hold."""
    for kind in (False, True):
        chunk: list[Work] = []
        size = 0
        for item in (w for w in work if w.full is kind):
            cost = item.taken.events + sum(
                f.rows for f in item.was.files if f.mart == "messages" and not kind
            )
            if chunk and (size + cost > CHUNK_EVENTS or len(chunk) >= CHUNK_WORKSPACES):
                yield chunk
                chunk, size = [], 0
            chunk.append(item)
            size += cost
        if chunk:
            yield chunk


def _build_one_by_one(
    lake: Lake, chunk: list[Work], error: Exception, lost: set[str]
) -> list[tuple[int, int]]:
    """A file of the chunk cannot be read: find whose, build that workspace from its segments, the rest as usual.

    Segments that cannot be read go to `lost`. Raises `error` again when every file is whole: then the fault is
    ours and nobody's data's.
    """
    broken = {path for work in chunk for path in _inputs(work) if not readable(lake, path)}
    if not broken:
        raise error
    results = []
    for item in chunk:
        if not broken & set(_inputs(item)):
            results += _build(lake, [item])
            continue
        for path in broken & {file.path for file in item.was.files}:
            logger.error("%s of workspace %d cannot be read.", path, item.was.workspace_id)
            manifest.quarantine(lake.engine, path)
        with manifest.read_only(lake.engine).begin() as connection:
            taken = manifest.pending(connection, [item.was.workspace_id], full=True)[item.was.workspace_id]
        gone = {path for path in taken.paths if not readable(lake, path)}
        if gone:
            lost |= gone
        else:
            results += _build(lake, [Work(item.was, taken, True)])
    return results


def _inputs(item: Work) -> list[str]:
    stored = [] if item.full else [path for mart in MERGES for path in item.was.paths(mart)]
    return item.taken.paths + stored


def readable(lake: Lake, path: str) -> bool:
    """Whether a parquet file of the lake is there and whole, by reading all of it."""
    try:
        pq.read_table(lake.path(path))
    except (OSError, pa.ArrowException):
        return False
    return True


def _build(lake: Lake, chunk: list[Work]) -> list[tuple[int, int]]:
    """Build and publish a chunk. Per published workspace: (events taken in, files written)."""
    connection = cursor(lake.root)
    try:
        _load_events(connection, lake, chunk)
        _make_messages(connection, lake, chunk)
        derive(connection, [(w.was.workspace_id, w.was.timezone) for w in chunk])
        stamps = _stamps(connection)
        tables = {mart: _table(connection, mart, order) for mart, order in MARTS.items()}
    finally:
        connection.close()
    written = _write(lake, sorted(w.was.workspace_id for w in chunk), tables)
    return _publish(lake, chunk, written, stamps)


def _load_events(connection: DuckDBPyConnection, lake: Lake, chunk: list[Work]) -> None:
    """Temp table `events`: of each workspace only what its segments to take in hold for it."""
    pairs = [(str(lake.path(path)), w.was.workspace_id) for w in chunk for path in w.taken.paths]
    paths = sorted({path for path, _ in pairs})
    if not paths:
        raise DamagedFile("A workspace to build has no segments; run `vitrine doctor`.")
    ids = [w.was.workspace_id for w in chunk]
    connection.execute("CREATE TEMP TABLE wanted (filename VARCHAR, workspace_id INTEGER)")
    connection.execute(
        "INSERT INTO wanted SELECT unnest(?), unnest(?)", [[p for p, _ in pairs], [i for _, i in pairs]]
    )
    # The id list prunes row groups; the join keeps a segment from being taken in twice by one workspace.
    exact = "" if len(pairs) == len(paths) * len(ids) else "SEMI JOIN wanted USING (filename, workspace_id)"
    connection.execute(
        f"CREATE TEMP TABLE events AS SELECT {EVENT_COLUMNS} FROM (SELECT * FROM read_parquet(?, filename = true) "  # noqa: S608
        f"WHERE workspace_id BETWEEN ? AND ? AND workspace_id IN (SELECT unnest(?))) {exact}",
        [paths, min(ids), max(ids), ids],
    )


def _make_messages(connection: DuckDBPyConnection, lake: Lake, chunk: list[Work]) -> None:
    """Temp tables `messages`, `hints` and `lead_events`: the stored states with the new events merged in."""
    make_states(connection)
    if chunk[0].full:
        return
    for mart, merge in MERGES.items():
        stored = [str(lake.path(path)) for w in chunk for path in w.was.paths(mart)]
        if not stored:
            continue
        connection.execute(f"ALTER TABLE {mart} RENAME TO fresh")
        connection.execute(
            "CREATE OR REPLACE TEMP TABLE stored AS SELECT * FROM read_parquet(?, union_by_name = true)",
            [stored],
        )
        merged = sql("marts", merge) if merge else "FROM stored UNION ALL BY NAME FROM fresh"
        connection.execute(f"CREATE TEMP TABLE {mart} AS {merged}")
        connection.execute("DROP TABLE fresh")


def _stamps(connection: DuckDBPyConnection) -> dict[int, tuple[int, datetime, datetime]]:
    """Per workspace: events taken in, the latest time stamped on them, the latest time received."""
    rows = connection.execute(
        "SELECT workspace_id, count(*), max(occurred_at), max(received_at) FROM events GROUP BY workspace_id"
    ).fetchall()
    return {row[0]: (row[1], row[2], row[3]) for row in rows}


def _table(connection: DuckDBPyConnection, mart: str, order: str) -> pa.Table:
    table = connection.execute(f"SELECT * FROM {mart} ORDER BY {order}").to_arrow_table()  # noqa: S608
    connection.execute(f"DROP TABLE {mart}")
    return table


def _write(lake: Lake, ids: list[int], tables: dict[str, pa.Table]) -> dict[int, list[MartFile]]:
    """Each workspace's rows of each mart as a durable file; a mart without rows has none."""
    jobs: list[tuple[int, str, pa.Table]] = []
    for mart, table in tables.items():
        keys = table.column("workspace_id").to_numpy()
        starts, ends = keys.searchsorted(ids, "left"), keys.searchsorted(ids, "right")
        jobs += [
            (workspace_id, mart, table.slice(start, end - start))
            for workspace_id, start, end in zip(ids, starts.tolist(), ends.tolist(), strict=True)
            if end > start
        ]
    written: dict[int, list[MartFile]] = {workspace_id: [] for workspace_id in ids}
    with ThreadPoolExecutor(max_workers=4) as pool:
        for workspace_id, file in pool.map(lambda job: (job[0], _write_file(lake, *job)), jobs):
            written[workspace_id].append(file)
    return written


def _write_file(lake: Lake, workspace_id: int, mart: str, rows: pa.Table) -> MartFile:
    size = CUBE_ROW_GROUP if mart in {"units", "cohorts"} else ROW_GROUP
    path = f"marts/{workspace_id % 1000:03d}/{workspace_id}/{mart}-{uuid4().hex[:12]}.parquet"
    with durable.writing(lake.path(path)) as file:
        pq.write_table(rows, file.temporary, compression="zstd", row_group_size=size)
    return MartFile(mart, "all", path, rows.num_rows, file.bytes, file.sha256)


def _publish(
    lake: Lake,
    chunk: list[Work],
    written: dict[int, list[MartFile]],
    stamps: dict[int, tuple[int, datetime, datetime]],
) -> list[tuple[int, int]]:
    results: list[tuple[int, int]] = []
    gone: list[str] = []
    with lake.engine.begin() as connection:
        for item in chunk:
            was, files = item.was, written[item.was.workspace_id]
            taken, stamped, received = stamps.get(was.workspace_id, (0, None, None))
            forgotten = manifest.publish(
                connection,
                was,
                files,
                item.taken,
                format=FORMAT,
                events=taken if item.full else was.events + taken,
                last_event_at=_latest(manifest.utc(stamped), None if item.full else was.last_event_at),
                last_received_at=_latest(manifest.utc(received), None if item.full else was.last_received_at),
            )
            if forgotten is None:
                gone += [file.path for file in files]
                continue
            gone += forgotten
            results.append((taken, len(files)))
    for path in gone:
        lake.path(path).unlink(missing_ok=True)
    return results


def _latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
