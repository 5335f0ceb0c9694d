"""Reading: the cubes of one workspace as relations, from the manifest's files or, for a past `as_of`, anew.

The cubes hold everything stamped so far. A question about an earlier moment may not see what was stamped after
it (METRICS §8), and no minimum can be un-merged: so it is answered by the same SQL over the events up to then.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from data import manifest
from data.build import FORMAT, readable
from data.derive import EVENT_COLUMNS, MERGES, derive, make_missing, make_states
from data.engines.duckdb import DuckDBPyConnection, EngineError, cursor
from data.errors import DamagedFile
from data.lake import Lake
from data.manifest import Current, MartFile
from data.slices import FINE

logger = logging.getLogger(__name__)


@dataclass
class Cubes:
    """An open cursor on one workspace's cubes. `relations`: mart → SQL relation; a mart without rows is absent.

    `fine`: the cubes are over all dimensions at once, and their slice is FINE.
    """

    connection: DuckDBPyConnection
    relations: dict[str, str]
    fine: bool = False
    queries: int = 0

    def rows(self, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """Run one statement; only the values its text names are bound."""
        self.queries += 1
        used = {name: value for name, value in values.items() if f"${name}" in text}
        return self.connection.execute(text, used).fetchall()


@contextmanager
def open_cubes(lake: Lake, state: Current, as_of: datetime, slices: set[str]) -> Iterator[Cubes]:
    """The cubes of a workspace as of `as_of` (aware): `slices` as stored, or made now, over all dimensions at once.

    A damaged file is quarantined, and the last good version served.
    """
    connection = cursor(lake.root)
    try:
        if state.last_event_at is not None and as_of < state.last_event_at:
            yield Cubes(connection, _rebuild(connection, lake, state, as_of), fine=True)
        elif FINE in slices:
            yield Cubes(connection, _derive(connection, lake, state), fine=True)
        else:
            yield Cubes(connection, _load(connection, lake, state, slices))
    finally:
        connection.close()


def _load(connection: DuckDBPyConnection, lake: Lake, state: Current, slices: set[str]) -> dict[str, str]:
    """The cubes in memory: a page asks them a dozen questions."""
    if not state.damaged and state.format in (0, FORMAT):
        try:
            return _materialise(connection, lake, list(state.files), slices)
        except EngineError as error:
            logger.error("The marts of workspace %d cannot be read: %s", state.workspace_id, error)
            for file in state.files:
                if not readable(lake, file.path):
                    manifest.quarantine(lake.engine, file.path)
    with manifest.read_only(lake.engine).begin() as database:
        kept = manifest.previous_files(database, state.workspace_id)
    for version, files in kept:
        try:
            relations = _materialise(connection, lake, files, slices)
        except EngineError:
            continue
        logger.error("Workspace %d is served from its version %d.", state.workspace_id, version)
        return relations
    raise DamagedFile("These figures cannot be read just now; run `vitrine doctor`.")


def _materialise(
    connection: DuckDBPyConnection, lake: Lake, files: list[MartFile], slices: set[str]
) -> dict[str, str]:
    relations = {}
    for mart in ("units", "cohorts"):
        paths = [str(lake.path(file.path)) for file in files if file.mart == mart]
        if paths:
            connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {mart} AS SELECT * FROM read_parquet(?) "  # noqa: S608
                f"WHERE slice IN ({', '.join(repr(name) for name in sorted(slices))})",
                [paths],
            )
            relations[mart] = f"temp.main.{mart}"
    return relations


def _derive(connection: DuckDBPyConnection, lake: Lake, state: Current) -> dict[str, str]:
    """The fine cubes from the stored messages."""
    for mart in MERGES:
        paths = [str(lake.path(path)) for path in state.paths(mart)]
        if paths:
            connection.execute(f"CREATE TEMP TABLE {mart} AS FROM read_parquet(?)", [paths])
        elif mart == "messages":
            return {}
    make_missing(connection, {mart for mart in MERGES if not state.paths(mart)})
    derive(connection, [(state.workspace_id, state.timezone)], fine=True)
    return {"units": "temp.main.units", "cohorts": "temp.main.cohorts"}


def _rebuild(connection: DuckDBPyConnection, lake: Lake, state: Current, as_of: datetime) -> dict[str, str]:
    with manifest.read_only(lake.engine).begin() as database:
        pending = manifest.pending(database, [state.workspace_id], full=True).get(state.workspace_id)
    if pending is None:
        return {}
    connection.execute(
        f"CREATE TEMP TABLE events AS SELECT {EVENT_COLUMNS} FROM read_parquet(?) "  # noqa: S608
        "WHERE workspace_id = ? AND occurred_at <= ?",
        [
            [str(lake.path(path)) for path in pending.paths],
            state.workspace_id,
            as_of.astimezone(UTC).replace(tzinfo=None),
        ],
    )
    make_states(connection)
    derive(connection, [(state.workspace_id, state.timezone)], fine=True)
    return {"units": "temp.main.units", "cohorts": "temp.main.cohorts"}
