"""Reading CSV as people export it: other delimiters and line ends, `sep=`, titles, line breaks in cells, damage."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from data.events.canonical import Parked
from data.events.fields import storable
from data.sources.files.columns import header_names, header_score
from data.sources.files.encoding import text_of_file
from data.sources.files.reading import Reading

#: A quoted cell may hold line breaks; one longer than this many lines is a quote that was never closed.
_MOST_LINES: Final = 200
#: How far down a header is looked for: above it stand a title, the date of the export, an empty line.
_MOST_TITLES: Final = 20
_DELIMITERS: Final = ",;\t|"
_ANY_END: Final = re.compile(r"\r*\n|\r")
_SEP: Final = re.compile(r'"?sep=(.)"?\s*', re.IGNORECASE)


def csv_rows(path: Path, reading: Reading | None = None) -> Iterator[tuple[str, dict[str, str] | Parked]]:
    """Rows of a CSV file with a header (names lower-case, stripped), or Parked for a damaged one.

    A quote that is never closed costs its own line, not the rest of the file. Raises NotThisForm when the file is
    no text, or two of its columns have one name.
    """
    reading = reading if reading is not None else Reading()
    lines = _lines(text_of_file(path, reading))
    start, delimiter = _header(lines, reading)
    table = _Table(path.name, lines, start, delimiter)
    yield from table.rows()


def csv_header(path: Path, reading: Reading) -> list[str]:
    """The names of the columns, as `csv_rows` gives them; empty for a file without rows."""
    lines = _lines(text_of_file(path, Reading(reading.options)))
    start, delimiter = _header(lines, reading)
    return header_names(path.name, _cells(lines[start], delimiter)) if start < len(lines) else []


def _lines(text: str) -> list[str]:
    """Split at line feeds, as an editor counts lines; at carriage returns too where those end most lines."""
    if text.count("\r") - text.count("\r\n") > text.count("\n"):
        return _ANY_END.split(text)
    return text.split("\n")


def _cells(line: str, delimiter: str) -> list[str]:
    try:
        return [cell.strip() for cell in next(csv.reader([line.rstrip("\r")], delimiter=delimiter))]
    except (csv.Error, StopIteration):
        return []


def _header(lines: list[str], reading: Reading) -> tuple[int, str]:
    """(the header's line, the delimiter). The line with most fields of events, else the first that is filled."""
    named: str | None = None
    first: tuple[int, str] | None = None
    best: tuple[int, int, str] = (1, 0, ",")
    looked = 0
    for at, line in enumerate(lines):
        if not line.strip():
            continue
        if looked == 0 and (sep := _SEP.fullmatch(line.strip("\r"))) and named is None:
            named = sep.group(1)
            continue
        looked += 1
        if looked > _MOST_TITLES:
            break
        delimiter = named or max(_DELIMITERS, key=line.count)
        score = header_score(_cells(line, delimiter), reading)
        if first is None:
            first = (at, delimiter)
        if score > best[0]:
            best = (score, at, delimiter)
    if best[0] > 1:
        return best[1], best[2]
    return first if first is not None else (len(lines), ",")


class _Table:
    """The lines of one file from its header on."""

    def __init__(self, name: str, lines: list[str], start: int, delimiter: str) -> None:
        self.name, self.lines, self.start, self.delimiter = name, lines, start, delimiter

    def rows(self) -> Iterator[tuple[str, dict[str, str] | Parked]]:
        if self.start >= len(self.lines):
            return
        head, *rest = self.lines[self.start].rstrip("\r").split("\r")
        names = header_names(self.name, _cells(head, self.delimiter))
        # Some tools end the header with a line feed and the rows with a carriage return, or the other way round.
        for line in rest:
            yield from self._of_line(line, self.start, names)
        at = self.start + 1
        while at < len(self.lines):
            begin = at
            buffer = self.lines[at]
            at += 1
            inside = self._open(buffer, False)
            while inside and at < len(self.lines) and at - begin < _MOST_LINES:
                buffer += "\n" + self.lines[at]
                inside = self._open(self.lines[at], True)
                at += 1
            if inside:
                buffer, at = self.lines[begin], begin + 1
            read = list(self._of_line(buffer.rstrip("\r"), begin, names))
            if at > begin + 1 and any(isinstance(row, Parked) for _, row in read):
                at = begin + 1  # what follows a damaged line is read on its own
                read = list(self._of_line(self.lines[begin].rstrip("\r"), begin, names))
            yield from read

    def _of_line(
        self, text: str, line: int, names: list[str]
    ) -> Iterator[tuple[str, dict[str, str] | Parked]]:
        """The row of a line; several when carriage returns alone stand between them."""
        if not text.strip():
            return
        where = f"{self.name}:{line + 1}"
        if not text.isascii():
            try:
                text.encode("utf-8")
            except UnicodeEncodeError:
                kept = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
                yield where, Parked(where, "the line is no UTF-8 text", storable(kept))
                return
        try:
            cells = next(csv.reader([text], delimiter=self.delimiter, strict=True))
        except csv.Error:
            cells = []
        if len(cells) == len(names):
            if any(cells):  # spreadsheets end in rows of nothing
                yield where, dict(zip(names, cells, strict=True))
        elif "\r" in text.rstrip("\r") and '"' not in text:
            for part in text.split("\r"):
                yield from self._of_line(part, line, names)
        elif not cells:
            yield where, Parked(where, "the line is no CSV", storable(text))
        elif any(cells):
            extra = cells[len(names) :]
            if extra and not any(extra):
                yield where, dict(zip(names, cells, strict=False))
                return
            why = f"the line has {len(cells)} cells, the header {len(names)}"
            yield where, Parked(where, why, storable(text))

    def _open(self, text: str, inside: bool) -> bool:
        """Whether a quoted cell is still open at the line's end. A quote amid a cell (5" screen) opens nothing."""
        if '"' not in text:
            return inside
        at = 0
        if not inside and text[:1] == '"':
            at, inside = 1, True
        while True:
            if inside:
                while (quote := text.find('"', at)) >= 0 and text[quote + 1 : quote + 2] == '"':
                    at = quote + 2
                if quote < 0:
                    return True
                at, inside = quote + 1, False
            following = text.find(self.delimiter, at)
            if following < 0:
                return False
            at = following + 1
            if text[at : at + 1] == '"':
                at, inside = at + 1, True
