"""Opens the cubes of one workspace: from the manifest's files or, for a past `as_of`, derived from its events.

The cubes hold everything stamped so far. A question about an earlier moment must not see what was stamped later
(docs/numbers.md), and a minimum cannot be un-merged: so the same SQL runs over the events up to then.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import pyarrow as pa

from data.cubes import cubes, unattributed
from data.cubes import links as clicks
from data.cubes.cubes import Activity, Slice
from data.cubes.links import Clicks
from data.engines.duckdb import DuckDBPyConnection, EngineError, OutOfMemory, cursor
from data.errors import NO_MEMORY, DamagedFile, OutOfRoom
from data.lake import backlog, manifest
from data.lake.lake import Lake, readable
from data.lake.manifest import Current, Layer
from data.marts.activity_marts import count_activity
from data.marts.counting import rules_of
from data.marts.derive import derive_units, event_columns, take_all
from data.marts.layer_files import FORMAT, is_whole
from data.marts.layers import attach, latest_sql
from data.marts.slices import FINE, SLICES_OF
from data.question import Query

logger = logging.getLogger(__name__)

Looked = TypeVar("Looked")
Found = TypeVar("Found")
#: What reading a missing or damaged file raises.
READ_ERRORS = (OSError, pa.ArrowException, EngineError)


@dataclass
class Warehouse:
    """One version of one workspace's marts, open for questions.

    `made`: the cubes computed for a past moment; otherwise they are loaded from `layers`, slice by slice.
    `connection`: with `made`, the facts behind it (temp tables `messages`, `journeys`, `events`). `counted`:
    whether activity is counted there.
    """

    lake: Lake
    workspace_id: int
    timezone: str
    layers: Sequence[Layer] = ()
    made: Slice | None = None
    connection: DuckDBPyConnection | None = None
    loaded: dict[str, Slice] = field(default_factory=dict)
    counted: bool = False

    def slice(self, name: str) -> Slice:
        """The cubes in the slice `name`, or in one that knows more dimensions."""
        if self.made is not None:
            return self.made
        if name not in self.loaded:
            self.loaded[name] = cubes.load(self.lake, self.workspace_id, self.layers, name)
        return self.loaded[name]

    def activity(self, name: str, event: str) -> Activity:
        """One event of the cube of activity, in the slice `name`."""
        assert name in (FINE, *SLICES_OF["activity"]), f"activity is not counted by {name}"
        beside = self.slice(name)
        if self.made is None:
            return cubes.load_activity(self.lake, self.workspace_id, self.layers, name, event, beside)
        counted = self._counted()
        if counted is None:
            return cubes.activity_of(None, beside)
        rows = counted.execute("FROM activity WHERE event = ?", [event]).to_arrow_table()
        return cubes.activity_of(rows, beside)

    def clicks(self) -> Clicks:
        """The clicks on links."""
        if self.made is None:
            return clicks.load(self.lake, self.workspace_id, self.layers)
        counted = self._counted()
        return clicks.of_rows(None if counted is None else counted.execute("FROM links").to_arrow_table())

    def unattributed(self, query: Query) -> int:
        """How many replies or unsubscribes of the query's kind and days belong to no message."""
        if self.made is not None and self.connection is None:
            return 0
        return unattributed.count(
            self.lake, self.workspace_id, self.layers, query, self.timezone, self.connection
        )

    def _counted(self) -> DuckDBPyConnection | None:
        """The connection with the activity up to a past moment; None: nothing happened."""
        if self.connection is not None and not self.counted:
            count_activity(self.connection)
            self.counted = True
        return self.connection

    @contextmanager
    def facts(self, mart: str) -> Iterator[tuple[DuckDBPyConnection, str]]:
        """A connection and a relation of `messages` or `journeys`: the rows behind the cubes."""
        if self.connection is not None:
            yield self.connection, mart
            return
        connection = cursor(self.lake.root)
        try:
            uses = [(self.workspace_id, one) for one in self.layers]
            if attach(connection, self.lake, uses, [mart]):
                single = sum(mart in one.files for one in self.layers) == 1
                yield connection, f"({latest_sql(mart, f'stored_{mart}', single)})"
            else:
                yield connection, ""
        finally:
            connection.close()


@contextmanager
def open_warehouse(lake: Lake, state: Current, as_of: datetime) -> Iterator[Warehouse]:
    """The marts of a workspace as of `as_of` (aware).

    Where a file of the version is known to be damaged, the last version without it; failing that, the events.
    Callers may meet one of READ_ERRORS: `read_again` opens them again.
    """
    past = state.last_event_at is not None and as_of < state.last_event_at
    layers = None if past else _whole_layers(lake, state)
    if layers is None:
        with _rebuilt(lake, state, as_of) as made:
            yield made
    else:
        yield Warehouse(lake, state.workspace_id, state.timezone, layers)


def covers(state: Current, moment: datetime) -> bool:
    """Whether the published version is intact and contains everything up to that moment, and nothing stamped
    later.
    """
    return (not state.version or is_whole(state)) and (
        state.last_event_at is None or state.last_event_at <= moment
    )


def quarantine_broken(lake: Lake, state: Current) -> bool:
    """Check every file of the version and quarantine unreadable ones; returns whether there were any. Raises
    LakeUnavailable (data/lake/lake.py).
    """
    paths = sorted({file.path for one in state.layers for file in one.files.values()})
    broken = [path for path in paths if not readable(lake, path)]
    for path in broken:
        logger.error("%s of workspace %d cannot be read.", path, state.workspace_id)
        manifest.quarantine(lake.engine, path)
    return bool(broken)


def read_again(
    lake: Lake,
    look: Callable[[], Looked],
    read: Callable[[Looked], Found],
    current_of: Callable[[Looked], Current],
    sorry: str,
) -> Found:
    """The result of `read` on the version that `look` finds; if a file of it is unreadable, on the version after.

    Raises DamagedFile with the sentence `sorry` when no version is readable, and OutOfRoom when memory does not
    suffice.
    """
    for attempt in range(manifest.KEEP_VERSIONS + 1):
        looked = look()
        state = current_of(looked)
        try:
            return read(looked)
        except OutOfMemory as error:
            raise OutOfRoom(NO_MEMORY) from error
        except READ_ERRORS as error:
            logger.error("The marts of workspace %d cannot be read: %s", state.workspace_id, error)
            # Intact files once more: the version was replaced, or a copy dropped, while it was read.
            if not quarantine_broken(lake, state) and attempt:
                break
    raise DamagedFile(sorry)


def _whole_layers(lake: Lake, state: Current) -> Sequence[Layer] | None:
    """The layers of the current version, or of the last good one; None: only the events are left to read."""
    if not state.version or is_whole(state):
        return state.layers
    if state.format != FORMAT:
        return None
    with manifest.read_only(lake.engine).begin() as database:
        kept = manifest.previous(database, state.workspace_id)
    if not kept:
        return None
    logger.error("Workspace %d is served from its version %d.", state.workspace_id, kept[0][0])
    return kept[0][1]


@contextmanager
def _rebuilt(lake: Lake, state: Current, as_of: datetime) -> Iterator[Warehouse]:
    """The marts of the events up to `as_of`, derived for this question alone."""
    with manifest.read_only(lake.engine).begin() as database:
        pending = backlog.pending(database, [state.workspace_id], full=True).get(state.workspace_id)
        rules = rules_of(database, [state.workspace_id])
    if pending is None:
        yield Warehouse(lake, state.workspace_id, state.timezone, made=cubes.of_tables(None, None, None))
        return
    connection = cursor(lake.root)
    try:
        connection.execute(
            f"CREATE TEMP TABLE events AS SELECT {event_columns(rules)} FROM read_parquet(?) "  # noqa: S608
            "WHERE workspace_id = ? AND occurred_at <= ?",
            [
                lake.paths(pending.paths),
                state.workspace_id,
                as_of.astimezone(UTC).replace(tzinfo=None),
            ],
        )
        take_all(connection)
        derive_units(connection, [(state.workspace_id, state.timezone)])
        made = cubes.of_tables(
            *(connection.execute(f"FROM {mart}").to_arrow_table() for mart in ("combos", "units", "cohorts"))
        )
        yield Warehouse(lake, state.workspace_id, state.timezone, made=made, connection=connection)
    finally:
        connection.close()
