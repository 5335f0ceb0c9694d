"""How much of somebody's Parquet file is unpacked: a few kilobytes can stand for rows and texts without end.

A value that repeats is stored once, and a page of zeros hardly at all, so neither the file's size nor the sizes it
declares say what it becomes. What it declares is looked at first, then what really comes out of it is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from data.errors import NotThisForm

MB: Final = 2**20
#: Of the columns that are read, in one row group; pages are read one by one, so a large file may have more.
_GROUP, _GROUP_PER_BYTE = 512 * MB, 50
#: On top while rows are read.
MEMORY: Final = 1536 * MB
#: Characters of one cell; fields of events have lower bounds of their own (data/events/fields.py).
LONGEST: Final = MB
#: However well it is packed, a row takes some bits, and its texts come from somewhere.
_ROWS, _ROWS_PER_BYTE = 100_000, 8
_TEXTS, _TEXTS_PER_BYTE = 512 * MB, 100


def check(path: Path, metadata: Any, wanted: Sequence[int]) -> None:
    """Raise NotThisForm for a file that declares too much. `wanted`: places of the columns that are read."""
    size = path.stat().st_size
    rows, most = int(metadata.num_rows), max(_GROUP, _GROUP_PER_BYTE * size)
    if rows > _ROWS + _ROWS_PER_BYTE * size:
        raise NotThisForm(
            f"{path.name} tells of {rows:,} rows in {size:,} bytes, which no table of events has."
        )
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        columns = [group.column(at) for at in wanted]
        if sum(column.total_uncompressed_size for column in columns) > most:
            raise too_much(path, most)
        for column in columns:  # a list has more values than rows
            if column.num_values > _ROWS + _ROWS_PER_BYTE * size:
                raise NotThisForm(
                    f"{path.name} tells of {column.num_values:,} values of {column.path_in_schema!r} in {size:,} "
                    "bytes, which no table of events has."
                )


def too_much(path: Path, most: int) -> NotThisForm:
    """The refusal of a file that unpacks to more than `most` bytes."""
    return NotThisForm(
        "{name} unpacks to more than {most} MB; save it as CSV.", name=path.name, most=most // MB
    )


class Texts:
    """Counts the characters of the rows of one file."""

    def __init__(self, path: Path) -> None:
        self._path, self._told = path, 0
        self._most = max(_TEXTS, _TEXTS_PER_BYTE * path.stat().st_size)

    def add(self, row: Sequence[Any]) -> None:
        """One row. Raises NotThisForm when the file's texts are more than a file of its size can hold."""
        self._told += sum(len(value) for value in row if type(value) is str or type(value) is bytes)
        if self._told > self._most:
            raise too_much(self._path, self._most)
