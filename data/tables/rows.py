"""The rows of a mart, of the segments or of the inbox that belong to some workspaces: to look at, to take away.

Files are shared with strangers. What is given out here is a relation that holds the rows of the scope's
workspaces alone, with their slug in the place of their id, in the layers' current state.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import pyarrow as pa
from sqlalchemy import select

from data.building.merging import merged_sql
from data.engines.duckdb import THREADS, DuckDBPyConnection, EngineError, OutOfMemory, connect, cursor
from data.errors import NO_MEMORY, BadQuery, DamagedFile, NotInScope, OutOfRoom, Replaced
from data.events.canonical import Event
from data.lake import backlog, manifest
from data.lake.lake import Lake
from data.lake.segments import SCHEMA
from data.lake.tables import inbox, mart_version
from data.marts.contracts import contracts
from data.marts.layer_files import FORMAT
from data.marts.layers import attach, numbered, uses_of
from data.marts.slices import FINE
from data.scope import Scope
from data.tables.lineage import INBOX, MARTS, SEGMENTS

logger = logging.getLogger(__name__)

#: What can be looked at, in the order of the data's way.
TABLES: Final = (INBOX, SEGMENTS, *(mart.name for mart in MARTS))
#: What a person's SQL may read: what is built. The inbox is a queue, and its rows are soon elsewhere.
QUERIED: Final = (SEGMENTS, *(mart.name for mart in MARTS))
#: Deliveries of the inbox that are opened for a look.
_DELIVERIES: Final = 2_000
#: Workspaces by id, with the slug their rows are shown under.
Slugs = Mapping[int, str]


#: What tells how new a row is: the first of these that a table has.
_NEWEST: Final = ("received_at", "t0", "sent_at", "first_at", "at", "day", "cohort", "occurred_at")
#: More rows than this are not put together to be counted: for cubes that is adding up all of them.
_COUNTED: Final = 2_000_000
#: What looking into a table holds in memory before it spills: all who look share it.
_MEMORY_MB: Final = 500
#: What reading one as a whole may hold, each reader for itself.
_ALONE_MB: Final = 250
#: How often rows are asked for whose files are replaced meanwhile.
_TRIES: Final = 4
Read = TypeVar("Read")


@dataclass(frozen=True)
class Count:
    """How many rows there are; without `exact`, at most so many: some of several layers may be one."""

    n: int
    exact: bool


@dataclass(frozen=True)
class OwnRows:
    """`relation`: SELECT of the rows, `workspace` first.

    `lying`: SELECT of them as they lie in the files; where they are `layered`, several of these may be one row.
    """

    connection: DuckDBPyConnection
    relation: str
    lying: str
    layered: bool

    def newest(self, limit: int) -> list[tuple[Any, ...]]:
        """The newest rows first, as far as a row says how new it is."""
        names = [name for name, _ in self.columns()]
        newest = next((name for name in _NEWEST if name in names), None)
        by = [f'"{newest}" DESC NULLS LAST'] if newest else []
        order = f"ORDER BY {', '.join(by + [_quoted(name) for name in names[:5]])} LIMIT {limit:d}"
        # One column tells from when on the newest lie: only from there on are whole rows read and put together.
        # Rows of several layers may be one, so those many may be too few of them.
        for many in (limit, 50 * limit) if newest else ():
            ((found, since),) = self.connection.execute(
                f'SELECT count(v), min(v) FROM (SELECT "{newest}" AS v FROM ({self.lying}) '  # noqa: S608
                f"WHERE v IS NOT NULL ORDER BY v DESC LIMIT {many:d})"
            ).fetchall()
            if found < many:
                break
            rows = self.connection.execute(
                f'FROM ({self.relation}) WHERE "{newest}" >= ? {order}', [since]
            ).fetchall()
            if len(rows) == limit:
                return rows
        return self.connection.execute(f"FROM ({self.relation}) {order}").fetchall()

    def columns(self) -> list[tuple[str, str]]:
        """Names and types."""
        found = self.connection.execute(f"DESCRIBE {self.relation}").fetchall()
        return [(row[0], row[1]) for row in found]

    def count(self) -> Count:
        """How many there are; of very many at most."""
        lying = self._count(self.lying)
        if not self.layered or lying > _COUNTED:
            return Count(lying, exact=not self.layered)
        return Count(self._count(self.relation), exact=True)

    def _count(self, relation: str) -> int:
        ((found,),) = self.connection.execute(f"SELECT count(*) FROM ({relation})").fetchall()  # noqa: S608
        return int(found)


@contextmanager
def own_rows(lake: Lake, scope: Scope, slugs: Slugs, table: str, *, alone: bool = False) -> Iterator[OwnRows]:
    """The rows of `table` that belong to the workspaces `slugs`, all of them in the scope.

    `alone`: in a database of its own, so that its memory is no one else's. Raises NotInScope, BadQuery for a table
    that is none, OutOfRoom, DamagedFile when a file cannot be read, and Replaced when it cannot because a newer
    version of a workspace has taken its place meanwhile: then asking again helps.
    """
    for workspace_id in slugs:
        scope.require(workspace_id)
    if scope.user is not None or scope.campaigns is not None or not slugs:
        raise NotInScope("There is no such workspace.")
    if table not in TABLES:
        raise BadQuery(
            "There is no table {name}; there are {names}.", name=repr(table[:80]), names=", ".join(TABLES)
        )
    ids = sorted(slugs)
    before = _versions(lake, ids)
    if alone:
        connection = connect(lake.root, threads=THREADS, memory_mb=_ALONE_MB)
    else:
        connection = cursor(lake.root, memory_mb=_MEMORY_MB)
    try:
        connection.execute("CREATE OR REPLACE TEMP TABLE own (workspace_id INTEGER, workspace VARCHAR)")
        connection.execute("INSERT INTO own SELECT unnest(?), unnest(?)", [ids, [slugs[one] for one in ids]])
        source, lying, layered = _source(connection, lake, ids, table)
        yield OwnRows(connection, _owned(source), _owned(lying), layered)
    except (EngineError, OSError, pa.ArrowException) as error:
        # On its way through Arrow an error keeps its text, not its kind.
        if isinstance(error, OutOfMemory) or "Out of Memory" in str(error):
            raise OutOfRoom(NO_MEMORY) from error
        if _versions(lake, ids) != before:
            raise Replaced(f"{table} has just changed; ask again.") from error
        logger.error("%s of %d workspaces cannot be read: %s", table, len(ids), error)
        raise DamagedFile(f"A file of {table} cannot be read; rebuild the workspace.") from error
    finally:
        connection.close()


def again_if_replaced(read: Callable[[], Read]) -> Read:
    """What `read` gives, tried again where the files it read were replaced under it."""
    for _ in range(_TRIES - 1):
        try:
            return read()
        except Replaced:
            continue
    return read()


def _versions(lake: Lake, ids: list[int]) -> list[tuple[int, int]]:
    """The published version of each workspace."""
    query = select(mart_version.c.workspace_id, mart_version.c.version).where(
        mart_version.c.workspace_id.in_(ids)
    )
    with manifest.read_only(lake.engine).connect() as database:
        return sorted((row.workspace_id, row.version) for row in database.execute(query))


def _owned(source: str) -> str:
    """Inner join with what is ours: whatever a file holds beside, no row of it comes through."""
    return (
        f"SELECT own.workspace, r.* EXCLUDE (workspace_id) FROM ({source}) AS r "  # noqa: S608
        "JOIN own ON own.workspace_id = r.workspace_id"
    )


def _source(connection: DuckDBPyConnection, lake: Lake, ids: list[int], table: str) -> tuple[str, str, bool]:
    """The rows, the rows as they lie, and whether some of these may be put together."""
    if table == INBOX:
        connection.register("waiting", _waiting(lake, ids))
        return "FROM waiting", "FROM waiting", False
    with manifest.read_only(lake.engine).connect() as database:
        if table == SEGMENTS:
            paths = {path for one in backlog.pending(database, ids, full=True).values() for path in one.paths}
        else:
            states = [one for one in manifest.current(database, ids).values() if one.format == FORMAT]
    if table == SEGMENTS:
        files = ", ".join("'" + str(lake.path(path)).replace("'", "''") + "'" for path in sorted(paths))
        chosen = ", ".join(map(str, ids))
        rows = (
            f"FROM read_parquet([{files}], union_by_name = true) WHERE workspace_id IN ({chosen})"
            if paths
            else _empty(connection, SCHEMA)
        )
        return rows, rows, False
    uses = uses_of((state.workspace_id, state.layers) for state in states)
    if not attach(connection, lake, uses, [table]):
        nothing = "SELECT NULL::INTEGER AS workspace_id WHERE false"
        return nothing, nothing, False
    connection.execute("CREATE OR REPLACE TEMP TABLE bottom AS SELECT workspace_id FROM own")
    sliced = any(column.name == "slice" for column in contracts()[table].columns)
    lying = f"FROM stored_{table}" + (f" WHERE slice = '{FINE}'" if sliced else "")
    layered = max((number for _, number, _ in numbered(uses, table)), default=0) > 0
    return f"FROM ({merged_sql(table)})", lying, layered


def _empty(connection: DuckDBPyConnection, schema: pa.Schema) -> str:
    connection.register("nothing", schema.empty_table())
    return "FROM nothing"


def _waiting(lake: Lake, ids: list[int]) -> pa.Table:
    """The newest events of the inbox, one a row, in the columns of a segment."""
    wanted = (
        select(inbox.c.workspace_id, inbox.c.source_id, inbox.c.body)
        .where(inbox.c.workspace_id.in_(ids))
        .order_by(inbox.c.seq.desc())
        .limit(_DELIVERIES)
    )
    rows: list[dict[str, Any]] = []
    with manifest.read_only(lake.engine).connect() as database:
        for row in database.execute(wanted):
            try:
                events = json.loads(row.body)
            except ValueError:
                continue  # a damaged delivery: the drain parks it with its reason
            rows += [
                {"workspace_id": row.workspace_id, "source_id": row.source_id}
                | {field: _text(event.get(field)) for field in Event._fields}
                for event in events
            ]
    schema = pa.schema(
        [("workspace_id", pa.int32()), ("source_id", pa.int32())]
        + [(field, pa.string()) for field in Event._fields]
    )
    return pa.Table.from_pylist(rows, schema)


def _text(value: Any) -> str | None:
    return None if value is None else value if isinstance(value, str) else json.dumps(value)


def _quoted(name: str) -> str:
    return f'"{name}"'
