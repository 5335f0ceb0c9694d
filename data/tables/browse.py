"""Looking into a table of one's own workspaces: its newest rows, and all of it as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import func, select

from data.engines.duckdb import EngineError
from data.engines.sealed_process import plain
from data.errors import DamagedFile
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.lake.tables import mart_version
from data.scope import Scope
from data.tables.rows import TABLES, Slugs, own_rows
from data.tables.spreadsheet import csv_pieces

#: Rows of a sample, and of a CSV of the whole table.
SAMPLE: Final = 200
CSV_ROWS: Final = 500_000
_BATCH: Final = 2_000


@dataclass(frozen=True)
class Sample:
    """`columns` are (name, type); `rows` the newest of `total`; without `exact`, of at most so many."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    total: int
    exact: bool = True


@dataclass
class Taken:
    """A table on its way out: `rows` of its `total` (at most so many) are in `pieces`, texts of a CSV. Close it."""

    rows: int
    total: int
    pieces: Iterator[str]
    _stack: ExitStack

    def close(self) -> None:
        """Let go of the files."""
        self._stack.close()


def sample(lake: Lake, scope: Scope, slugs: Slugs, table: str, limit: int = SAMPLE) -> Sample:
    """The newest rows of a table. Raises as `own_rows` does."""
    with own_rows(lake, scope, slugs, table) as own:
        columns = own.columns()
        total = own.count()
        found = own.newest(limit)
    return Sample(columns, [[plain(value) for value in row] for row in found], total.n, total.exact)


def take_away(
    lake: Lake, scope: Scope, slugs: Slugs, table: str, limit: int = CSV_ROWS, *, newest: bool = False
) -> Taken:
    """The table as CSV, at most `limit` rows of it; `newest`: those, in order.

    Raises as `own_rows` does, before the first row goes out.
    """
    stack = ExitStack()
    try:
        own = stack.enter_context(own_rows(lake, scope, slugs, table))
        names = [name for name, _ in own.columns()]
        total = own.count().n
        if newest:
            batches: Iterable[list[list[Any]]] = [
                [[plain(value) for value in row] for row in own.newest(limit)]
            ]
        else:
            own.connection.execute(f"{own.relation} LIMIT ?", [limit])
            batches = _batches(own.connection)
        return Taken(min(total, limit), total, csv_pieces(names, batches), stack)
    except BaseException:
        stack.close()
        raise


def _batches(connection: Any) -> Iterator[list[list[Any]]]:
    try:
        while batch := connection.fetchmany(_BATCH):
            yield [[plain(value) for value in row] for row in batch]
    except EngineError as error:
        raise DamagedFile("A file of the table could not be read to its end.") from error


def events(lake: Lake, scope: Scope) -> int:
    """Events in the published marts of the scope's workspaces."""
    own = mart_version.c.workspace_id.in_(sorted(scope.workspace_ids))
    with read_only(lake.engine).connect() as connection:
        return int(connection.scalar(select(func.sum(mart_version.c.events)).where(own)) or 0)


def shapes(
    lake: Lake, scope: Scope, slugs: Slugs, tables: Sequence[str] = TABLES
) -> dict[str, list[tuple[str, str]]]:
    """The columns (name, type) of each table; one of which nothing is built yet has `workspace` alone."""
    found: dict[str, list[tuple[str, str]]] = {}
    for table in tables:
        try:
            with own_rows(lake, scope, slugs, table) as own:
                found[table] = own.columns()
        except DamagedFile:  # told where its rows are asked for
            found[table] = []
    return found
