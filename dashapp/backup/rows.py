"""The app database as Parquet, a file a table: typed, compressed, and the same from SQLite and PostgreSQL."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import JSON, Column, Connection, Table, func, insert, select, text

from dashapp.db import migrate  # noqa: F401  (with it every table is in the metadata)
from dashapp.db.base import Base

#: Rows held in memory at a time.
BATCH: Final = 20_000

_ARROW: Final = {
    "Integer": pa.int64(),
    "BigInteger": pa.int64(),
    "Float": pa.float64(),
    "Double": pa.float64(),
    "Boolean": pa.bool_(),
    "String": pa.string(),
    "Text": pa.string(),
    "JSON": pa.string(),
    "LargeBinary": pa.binary(),
    "Date": pa.date32(),
    "DateTime": pa.timestamp("us", tz="UTC"),
    "UtcDateTime": pa.timestamp("us", tz="UTC"),
}


def tables() -> list[Table]:
    """Every table of the app, those that are referred to first."""
    return list(Base.metadata.sorted_tables)


def schema_of(table: Table) -> pa.Schema:
    """The columns of a table's file. Raises KeyError for a type that backups do not know yet."""
    return pa.schema([(column.name, _ARROW[type(column.type).__name__]) for column in table.columns])


def dump(connection: Connection, table: Table, path: Path) -> int:
    """Write a table's rows in the order of its key; how many there were."""
    schema, found = schema_of(table), 0
    as_json = [column.name for column in table.columns if isinstance(column.type, JSON)]
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        statement = select(*table.columns).order_by(*table.primary_key.columns)
        options = {"stream_results": True, "max_row_buffer": BATCH}
        for rows in connection.execution_options(**options).execute(statement).mappings().partitions(BATCH):
            batch = [dict(row) for row in rows]
            for row in batch:
                for name in as_json:
                    row[name] = None if row[name] is None else json.dumps(row[name], ensure_ascii=False)
            writer.write_table(pa.Table.from_pylist(batch, schema))
            found += len(batch)
    return found


def load(connection: Connection, table: Table, path: Path) -> int:
    """Insert the rows of a file that `dump` wrote; how many there were."""
    found = 0
    as_json = [column.name for column in table.columns if isinstance(column.type, JSON)]
    for batch in _batches(path):
        for row in batch:
            for name in as_json:
                row[name] = None if row[name] is None else json.loads(row[name])
        connection.execute(insert(table), batch)
        found += len(batch)
    return found


def _batches(path: Path) -> Iterator[list[dict[str, Any]]]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(BATCH):
            if batch.num_rows:
                yield batch.to_pylist()


def counter(table: Table) -> Column[Any] | None:
    """The column whose numbers the database gives out by itself."""
    column = table.autoincrement_column
    return None if column is None or column.autoincrement is False else column


def last_number(connection: Connection, table: Table) -> int | None:
    """The last number a table's counter gave out, also when its row is gone; None without one."""
    column = counter(table)
    if column is None:
        return None
    if connection.dialect.name == "postgresql":
        sequence = connection.scalar(select(func.pg_get_serial_sequence(table.name, column.name)))
        if sequence is None:
            return None
        given = connection.scalar(
            text("SELECT pg_sequence_last_value(CAST(:name AS regclass))"), {"name": sequence}
        )
    else:
        given = None
        if table.kwargs.get("sqlite_autoincrement"):
            kept = text("SELECT seq FROM sqlite_sequence WHERE name = :name")
            given = connection.scalar(kept, {"name": table.name})
    return int(given or connection.scalar(select(func.max(column))) or 0)


def continue_from(connection: Connection, table: Table, last: int | None) -> None:
    """Let a table's counter go on after `last`."""
    column = counter(table)
    if column is None or not last:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(
            text("SELECT setval(pg_get_serial_sequence(:table, :column), :last)"),
            {"table": table.name, "column": column.name, "last": last},
        )
    elif table.kwargs.get("sqlite_autoincrement"):
        kept = {"name": table.name, "last": last}
        connection.execute(text("DELETE FROM sqlite_sequence WHERE name = :name"), {"name": table.name})
        connection.execute(text("INSERT INTO sqlite_sequence (name, seq) VALUES (:name, :last)"), kept)
