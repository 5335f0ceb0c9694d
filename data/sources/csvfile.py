"""Reading CSV as people export it: BOM, CRLF, other delimiters, line breaks in cells, damaged lines."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data.events.canonical import Parked
from data.events.fields import storable

#: A quoted cell may hold line breaks; one longer than this many lines is a quote that was never closed.
_MOST_LINES: Final = 200


def csv_rows(path: Path) -> Iterator[tuple[str, dict[str, str] | Parked]]:
    """Rows of a CSV file with a header (names lower-case, stripped), or Parked for a damaged one.

    A quote that is never closed costs its own line, not the rest of the file.
    """
    with path.open(encoding="utf-8-sig", errors="surrogateescape", newline="") as file:
        # Split at line feeds only, as an editor counts lines; a lone CR stays inside its cell.
        lines = file.read().split("\n")
    names: list[str] | None = None
    delimiter = ","
    at = 0
    while at < len(lines):
        start = at
        buffer = lines[at]
        at += 1
        while buffer.count('"') % 2 and at < len(lines) and at - start < _MOST_LINES:
            buffer += "\n" + lines[at]
            at += 1
        if buffer.count('"') % 2:
            buffer, at = lines[start], start + 1
        text = buffer.rstrip("\r")
        if not text.strip():
            continue
        where = f"{path.name}:{start + 1}"
        if names is None:
            delimiter = max(",;\t", key=text.count)
            names = [name.strip().lower() for name in next(csv.reader([text], delimiter=delimiter))]
            continue
        if not text.isascii():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                kept = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                yield where, Parked(where, "the line is no UTF-8 text", storable(kept))
                continue
        try:
            cells = next(csv.reader([text], delimiter=delimiter, strict=True))
        except csv.Error:
            at = start + 1
            yield where, Parked(where, "the line is no CSV", storable(lines[start].rstrip("\r")))
            continue
        if len(cells) != len(names):
            at = start + 1
            why = f"the line has {len(cells)} cells, the header {len(names)}"
            yield where, Parked(where, why, storable(lines[start].rstrip("\r")))
            continue
        yield where, dict(zip(names, cells, strict=True))
