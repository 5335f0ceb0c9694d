"""Looking into a table of one's own workspaces: its newest rows, and all of it as CSV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from sqlalchemy import func, select

from data.engines.sealed_process import plain
from data.errors import NO_DISK, DamagedFile, OutOfRoom
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.lake.tables import mart_version
from data.scope import Scope
from data.tables.rows import TABLES, Slugs, again_if_replaced, own_rows
from data.tables.spreadsheet import csv_pieces

#: Rows of a sample, and of a CSV of the whole table.
SAMPLE: Final = 200
CSV_ROWS: Final = 500_000
#: Of a CSV; a row of all columns has some 300.
CSV_BYTES: Final = 256 * 2**20
_BATCH: Final = 2_000


@dataclass(frozen=True)
class Sample:
    """`columns` are (name, type); `rows` the newest of `total`; without `exact`, of at most so many."""

    columns: Sequence[tuple[str, str]]
    rows: Sequence[Sequence[Any]]
    total: int
    exact: bool = True


@dataclass(frozen=True)
class Taken:
    """`rows` of the `total` of a table (at most so many) were written as CSV."""

    rows: int
    total: int


def sample(lake: Lake, scope: Scope, slugs: Slugs, table: str, limit: int = SAMPLE) -> Sample:
    """The newest rows of a table. Raises as `own_rows` does."""

    def read() -> Sample:
        with own_rows(lake, scope, slugs, table) as own:
            columns = own.columns()
            total = own.count()
            found = own.newest(limit)
        return Sample(columns, [[plain(value) for value in row] for row in found], total.n, total.exact)

    return again_if_replaced(read)


def take_away(
    lake: Lake,
    scope: Scope,
    slugs: Slugs,
    table: str,
    out: BinaryIO,
    limit: int = CSV_ROWS,
    *,
    newest: bool = False,
    most_bytes: int = CSV_BYTES,
) -> Taken:
    """Write the table to `out` as CSV: at most `limit` rows of it and, but for a batch, `most_bytes`.

    `newest`: the newest rows, in order. In memory of its own. Raises as `own_rows` does.
    """

    def read() -> Taken:
        if out.tell():  # what was read before files were replaced
            out.seek(0)
            out.truncate()
        return _take_away(lake, scope, slugs, table, out, limit, newest=newest, most_bytes=most_bytes)

    return again_if_replaced(read)


def _take_away(
    lake: Lake,
    scope: Scope,
    slugs: Slugs,
    table: str,
    out: BinaryIO,
    limit: int,
    *,
    newest: bool,
    most_bytes: int,
) -> Taken:
    with own_rows(lake, scope, slugs, table, alone=True) as own:
        names = [name for name, _ in own.columns()]
        rows = 0

        def batches() -> Iterator[list[list[Any]]]:
            nonlocal rows
            if newest:
                found: Iterable[list[tuple[Any, ...]]] = [own.newest(limit)]
            else:
                own.connection.execute(f"{own.relation} LIMIT ?", [limit])
                found = iter(lambda: own.connection.fetchmany(_BATCH), [])
            for batch in found:
                rows += len(batch)
                yield [[plain(value) for value in row] for row in batch]

        cut = False
        for text in csv_pieces(names, batches()):
            _write(out, text)
            if cut := out.tell() >= most_bytes:
                break
        whole = rows < limit and not cut
        return Taken(rows, rows if whole else max(rows, own.count().n))


def _write(out: BinaryIO, text: str) -> None:
    try:
        out.write(text.encode("utf-8", "replace"))
    except OSError as error:  # not of the table's files, which are read by the same statement
        raise OutOfRoom(NO_DISK) from error


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
