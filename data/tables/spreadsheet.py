"""Values as the cells of a CSV that a spreadsheet may open: what it would run as a formula is made a text."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

#: What a spreadsheet takes for the beginning of a formula, full-width forms included.
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")


def cell(value: Any) -> Any:
    """The value; a text that would be run, with an apostrophe before it. Numbers stay numbers."""
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value


def csv_pieces(
    names: Sequence[str],
    rows: Iterable[Sequence[Sequence[Any]]],
    *,
    delimiter: str = ",",
    decimal: str = ".",
) -> Iterator[str]:
    """A line of names, then the rows, each batch of them as one piece of text.

    `delimiter` and `decimal` are what the reader's spreadsheet expects: where numbers have a decimal comma, it
    opens a file in columns only when they are separated by semicolons.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n", delimiter=delimiter)
    writer.writerow([cell(name) for name in names])
    yield text.getvalue()
    for batch in rows:
        text.seek(0)
        text.truncate()
        writer.writerows([_number(cell(value), decimal) for value in row] for row in batch)
        yield text.getvalue()


def _number(value: Any, decimal: str) -> Any:
    return str(value).replace(".", decimal) if decimal != "." and isinstance(value, float) else value
