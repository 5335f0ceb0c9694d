"""Writes a layer: each mart's rows as one durable Parquet file, sorted so that readers can skip most of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final
from uuid import uuid4

from data.engines.duckdb import DuckDBPyConnection, sql
from data.lake import durable
from data.lake.lake import Lake
from data.lake.manifest import Current, MartFile
from data.marts.contracts import contracts, order_of
from data.marts.slices import DIMENSIONS, FINE, SLICE_ABOVE, coarse_combos_sql, coarse_sql, fine_sql

FOLDER: Final = "marts"
#: What a layer's files look like. Raise it with any change of a mart's columns or meaning: marts of another
#: format are built anew from the segments, never read.
FORMAT: Final = 7
CUBES: Final = ("units", "cohorts", "activity")
_DIMENSIONS: Final = ", ".join(f'"{name}"' for name in DIMENSIONS)
#: Differences instead of values for times and numbers: a third less to write, and to compress.
PARQUET: Final = "PARQUET_VERSION v2, COMPRESSION zstd, COMPRESSION_LEVEL 1"
#: Small enough that looking up some leads of a big workspace, or one small workspace, decodes little else.
ROW_GROUP: Final = 20_480


@dataclass
class LayerFiles:
    """The files of a layer before it is published; `rows`: messages by workspace; `sliced`: see
    data/marts/slices.py."""

    files: list[MartFile] = field(default_factory=list)
    rows: dict[int, int] = field(default_factory=dict)
    sliced: set[int] = field(default_factory=set)


def is_whole(state: Current) -> bool:
    """Whether a version is published whose files can be read here: of this format, and none known to be damaged."""
    return state.version > 0 and state.format == FORMAT and not state.damaged


def write(
    lake: Lake, connection: DuckDBPyConnection, *, refresh: bool, messages_file: MartFile | None = None
) -> LayerFiles:
    """The temp tables of data/marts/derive.py as files: all rows, or with `refresh` what changed.

    `messages_file`: of `keep_messages`, where the messages have one already.
    """
    messages, journeys = "messages", "journeys"
    if refresh:
        columns = ", ".join(f'"{row[0]}"' for row in connection.execute("DESCRIBE messages").fetchall())
        connection.execute(
            f"CREATE TEMP TABLE changed AS {sql('marts', 'changed_messages').format(columns=columns)}"
        )
        connection.execute(f"CREATE TEMP TABLE changed_journeys AS {sql('marts', 'changed_journeys')}")
        messages, journeys = "changed", "changed_journeys"
    else:
        messages = "(SELECT *, NULL::VARCHAR AS was_lead FROM messages)"
    news = "fresh_" if refresh else ""
    unsent = "SEMI JOIN (FROM states WHERE sent_at IS NULL) USING (workspace_id, message_id)"
    hints = f"(FROM hints {unsent} SEMI JOIN fresh USING (workspace_id, message_id))" if refresh else "hints"
    return put(
        lake,
        connection,
        {
            "messages": messages,
            "journeys": journeys,
            "hints": hints,
            "lead_events": f"{news}lead_events",
            "combos": "combos",
            "units": "units",
            "cohorts": "cohorts",
            "activity": "activity",
            "links": "links",
            "timeline": "timeline",
        },
        sliceable=None if refresh else "zones",
        ready=() if messages_file is None else (messages_file,),
    )


def keep_messages(lake: Lake, connection: DuckDBPyConnection, select: str) -> tuple[MartFile | None, str]:
    """Write the messages of a full build before all else; gives their file and a relation of its rows.

    Whatever is made of them reads the file: that is faster than writing the rows into a table first, and holds
    none of them in memory. No message: no file.
    """
    whole = f"(SELECT *, NULL::VARCHAR AS was_lead FROM ({select}))"  # noqa: S608  names of ours
    path, rows, file = _write(lake, connection, "messages", whole)
    if not rows:
        made = ", ".join(f'"{one.name}"' for one in contracts()["messages"].columns if not one.stored_only)
        return None, f"(SELECT {made} FROM ({contracts()['messages'].empty}))"  # noqa: S608  names of ours
    written = str(lake.path(path)).replace("'", "''")
    kept = MartFile("messages", path, rows, file.bytes, file.sha256)
    return kept, f"(SELECT * EXCLUDE (was_lead) FROM read_parquet('{written}'))"  # noqa: S608


def put(
    lake: Lake,
    connection: DuckDBPyConnection,
    sources: dict[str, str],
    *,
    sliceable: str | None,
    ready: Sequence[MartFile] = (),
) -> LayerFiles:
    """Write relations (by mart) as a layer's files; a mart without rows has none. `ready`: those written before.

    The cubes come without their slice column; the big ones of the workspaces in the relation `sliceable` get
    every slice.
    """
    shelf = LayerFiles()
    if sliceable is not None and "units" in sources:
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE big AS SELECT workspace_id FROM {sources['units']} "  # noqa: S608
            f"SEMI JOIN {sliceable} USING (workspace_id) GROUP BY workspace_id HAVING count(*) > {SLICE_ABOVE}"
        )
        shelf.sliced = {row[0] for row in connection.execute("FROM big").fetchall()}
    if "messages" in sources:
        counted = f"SELECT workspace_id, count(*) FROM {sources['messages']} GROUP BY workspace_id"  # noqa: S608
        shelf.rows = dict(connection.execute(counted).fetchall())
    if shelf.sliced:
        coarse = coarse_combos_sql(sources["combos"], "big")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE coarse AS {coarse}")
    written = []
    # Of all events the timeline is a view (data/marts/activity_marts.py): a look would read them all.
    unread = {"timeline"} & sources.keys() if sliceable == "zones" else set()
    there = _with_rows(connection, {k: v for k, v in sources.items() if k not in unread}) | unread
    with lake.store.together():
        for mart, source in sources.items():
            if mart not in there or any(one.mart == mart for one in ready):
                continue
            relation = _relation(mart, source, sliced=bool(shelf.sliced))
            written.append((mart, *_write(lake, connection, mart, relation)))
    # Bytes and checksums are known when the block is over.
    shelf.files = [*ready] + [
        MartFile(mart, path, rows, file.bytes, file.sha256) for mart, path, rows, file in written if rows
    ]
    return shelf


def without(
    lake: Lake, connection: DuckDBPyConnection, mart: str, path: str, workspace_id: int
) -> MartFile | None:
    """The file of a mart once more, without the rows of a workspace; None: there are no others."""
    stored = str(lake.path(path)).replace("'", "''")
    rest = f"(FROM read_parquet('{stored}') WHERE workspace_id <> {workspace_id:d})"
    new, rows, file = _write(lake, connection, mart, rest)
    return MartFile(mart, new, rows, file.bytes, file.sha256) if rows else None


def _with_rows(connection: DuckDBPyConnection, sources: dict[str, str]) -> set[str]:
    """The marts that have a row: in a refresh most have none, and a look costs a tenth of a file."""
    looks = " UNION ALL ".join(
        f"(SELECT '{mart}' FROM {source} LIMIT 1)"  # noqa: S608  names of ours
        for mart, source in sources.items()
    )
    return {row[0] for row in connection.execute(looks).fetchall()}


def _relation(mart: str, source: str, *, sliced: bool) -> str:
    """What is written of a mart: the source itself, or a cube with the slices of the big workspaces."""
    if mart == "combos":
        fine = f"SELECT '{FINE}' AS slice, workspace_id, combo, {_DIMENSIONS} FROM {source}"  # noqa: S608
        more = f"SELECT DISTINCT slice, workspace_id, combo, {_DIMENSIONS} FROM coarse"  # noqa: S608
    elif mart in CUBES:
        fine, more = fine_sql(mart, source), coarse_sql(mart, source, "coarse")
    else:
        return source
    return f"({fine} UNION ALL BY NAME {more})" if sliced else f"({fine})"


def _write(
    lake: Lake, connection: DuckDBPyConnection, mart: str, source: str
) -> tuple[str, int, durable.Written]:
    """The path, the rows, and the file on its way; without rows there is none."""
    path = f"{FOLDER}/{datetime.now(UTC):%Y/%m/%d}/{mart}-{uuid4().hex[:16]}.parquet"
    with lake.store.writing(path) as file:
        target = str(file.temporary).replace("'", "''")
        row = connection.execute(
            f"COPY (SELECT * FROM {source} ORDER BY {_sort_key(mart)}) TO '{target}' "  # noqa: S608  names of ours
            f"(FORMAT parquet, {PARQUET}, ROW_GROUP_SIZE {ROW_GROUP})"
        ).fetchone()
        rows = int(row[0]) if row else 0
        file.dropped = rows == 0
    return path, rows, file


def _sort_key(mart: str) -> str:
    """The contract's order, in keys that are quick to compare: of the two attributions "email" comes first."""
    return order_of(mart).replace('"attribution"', "\"attribution\" = 'lead'")
