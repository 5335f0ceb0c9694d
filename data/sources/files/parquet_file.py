"""Parquet: the columns that are fields of an event; a value that cannot be read costs its row only."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from data.errors import NotThisForm
from data.events.canonical import FIELDS, Parked
from data.sources.files.columns import field_name, finished, header_names, squeezed
from data.sources.files.foreign import foreign_file, not_canonical
from data.sources.files.memory import at_most
from data.sources.files.parquet_bounds import LONGEST, MEMORY, Texts, check, too_much
from data.sources.files.reading import Reading, Row, Rows

_BATCH = 10_000


def read_parquet(path: Path, reading: Reading) -> Rows:
    """Each row as a record or Parked. Raises NotThisForm when the file is damaged or holds no events."""
    names, rows = _head(path)
    if summary := foreign_file(path, dict.fromkeys(names), lambda: rows, reading):
        yield summary
        return
    not_canonical(path, names, reading)
    yield from finished(path, reading, lambda: _rows(path, _wanted(names, reading)), look_at_dates=True)


def every_column(path: Path) -> Rows:
    """The rows with all their columns, under their own names."""
    yield from _rows(path, _head(path)[0])


def _head(path: Path) -> tuple[list[str], int]:
    """The names of the columns, and how many rows there are. Raises NotThisForm."""
    import pyarrow.parquet as pq

    try:
        file = pq.ParquetFile(path)
        return list(file.schema_arrow.names), int(file.metadata.num_rows)
    except _damages() as error:
        raise NotThisForm(f"{path.name} cannot be read as Parquet: {str(error)[:120]}") from None


def _damages() -> tuple[type[Exception], ...]:
    """What reading a damaged file raises; KeyError and ValueError are of names that are no text."""
    import pyarrow.lib

    return pyarrow.lib.ArrowException, OSError, ValueError, KeyError


def _wanted(names: list[str], reading: Reading) -> list[str]:
    mapped = {squeezed(part) for column in reading.options.columns.values() for part in column.split("+")}
    whole = {squeezed(column) for column in reading.options.columns.values()}
    return [n for n in names if field_name(n) in FIELDS or squeezed(n) in mapped | whole]


def _rows(path: Path, wanted: list[str]) -> Iterator[Row]:
    fields = header_names(path.name, wanted)
    texts = Texts(path)
    number = 0
    try:
        for columns, rows in _batches(path, wanted):
            for place, row in enumerate(_values(columns, rows)):
                number += 1
                where = f"{path.name}:{number}"
                bad = [fields[at] for at, value in enumerate(row) if isinstance(value, _Unreadable)]
                if bad:
                    why = f"{bad[0]} holds a value that cannot be read"
                    yield where, Parked(where, why, f"row {place + 1} of a batch, column {bad[0]}")
                    continue
                texts.add(row)
                record = {name: _plain(value) for name, value in zip(fields, row, strict=True)}
                yield where, {name: value for name, value in record.items() if value is not None}
    except MemoryError:
        raise too_much(path, MEMORY) from None
    except NotThisForm:
        raise
    except _damages() as error:
        raise NotThisForm(
            f"{path.name} cannot be read as Parquet after row {number}: {str(error)[:120]}"
        ) from None


def _batches(path: Path, wanted: list[str]) -> Iterator[tuple[list[Any], int]]:
    """(the wanted columns as lists of values, how many rows), some thousands of rows at a time.

    A value that repeats stays one value, however many rows have it. Raises NotThisForm, and MemoryError.
    """
    import pyarrow.parquet as pq

    with at_most(MEMORY):
        file = pq.ParquetFile(path, pre_buffer=False)
        places = [at for at in range(len(file.schema)) if _top(file, at) in wanted]
        check(path, file.metadata, places)
        repeated = [name for name in wanted if _is_text(file.schema_arrow.field(name).type)]
        file = pq.ParquetFile(path, read_dictionary=repeated, pre_buffer=False)
        batches = file.iter_batches(batch_size=_BATCH, columns=wanted, use_threads=False)
    while True:
        with at_most(MEMORY):
            batch = next(batches, None)
            if batch is None:
                return
            arrays = [batch.column(batch.schema.get_field_index(name)) for name in wanted]
            columns = [_listed(array, batch.num_rows) for array in arrays]
            rows = batch.num_rows
            del batch, arrays
        yield columns, rows


def _top(file: Any, place: int) -> str:
    """The column that the leaf at a place belongs to."""
    return str(file.schema.column(place).path).partition(".")[0]


def _is_text(kind: Any) -> bool:
    from pyarrow import types

    return bool(types.is_string(kind) or types.is_binary(kind) or types.is_large_string(kind))


class _Unreadable:
    """Stands for a value that has no counterpart here: a time beyond the calendar, a text that is no UTF-8."""


def _values(columns: list[Any], rows: int) -> Iterator[tuple[Any, ...]]:
    return zip(*columns, strict=True) if columns else iter([()] * rows)


def _listed(column: Any, rows: int) -> list[Any]:
    """The values of a column; each distinct text of it is made once."""
    from pyarrow import DictionaryArray

    if isinstance(column, DictionaryArray):
        known = _listed(column.dictionary, len(column.dictionary))
        return [None if at is None else known[at] for at in column.indices.to_pylist()]
    try:
        read = column.to_pylist()
    except MemoryError:
        raise
    except Exception:  # one value of 10,000: found one by one
        read = [_value(column, at) for at in range(rows)]
    return [
        _Unreadable() if type(value) in (str, bytes) and len(value) > LONGEST else value for value in read
    ]


def _value(column: Any, at: int) -> Any:
    try:
        return column[at].as_py()
    except MemoryError:
        raise
    except Exception:
        return _Unreadable()


def _plain(value: Any) -> Any:
    """What pandas made of a column with gaps, back: 1.0 was 1, NaN was nothing; bytes were a text."""
    if type(value) is float:
        if math.isnan(value):
            return None
        return int(value) if value.is_integer() else value
    if type(value) is bytes:
        return value.decode("utf-8", "replace")
    return value
