"""Excel workbooks (.xlsx): the rows of one sheet, with the dates as Excel keeps them."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any, Final

from data.errors import NotThisForm
from data.sources.files.bounds import OF_EVENTS
from data.sources.files.columns import finished, header_names, header_score
from data.sources.files.encoding import head_of
from data.sources.files.foreign import foreign_file, not_canonical
from data.sources.files.reading import Reading, Row, Rows

_MOST_TITLES: Final = 20


def is_workbook(path: Path) -> bool:
    """Whether a file is an Excel workbook, whatever its name."""
    if head_of(path, 4) != b"PK\x03\x04":
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return "xl/workbook.xml" in archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return False


def read_workbook(path: Path, reading: Reading) -> Rows:
    """Each row of the sheet as a record or Parked. Raises NotThisForm when the workbook cannot be read."""
    if not is_workbook(path):
        raise NotThisForm(
            f"{path.name} is no Excel workbook that can be opened. Save it as .xlsx or CSV again."
        )
    names, start, sheets, sheet = _header(path, reading)
    if not names:
        return
    if summary := foreign_file(path, dict.fromkeys(names), lambda: _count(path, reading, start), reading):
        yield summary
        return
    not_canonical(path, names, reading)
    if len(sheets) > 1 and reading.options.sheet is None:
        reading.note(
            f"{path.name}: the sheet {sheet!r} was read, of {len(sheets)}; --sheet names another.",
            "sheet",
            sheet=sheet,
            n=len(sheets),
        )
    yield from finished(path, reading, lambda: _rows(path, reading, names, start), look_at_dates=True)


def columns(path: Path, reading: Reading) -> tuple[list[str], tuple[str, ...]]:
    """(the names of the sheet's columns, the names of the workbook's sheets). Raises NotThisForm."""
    names, _, sheets, _ = _header(path, reading)
    return names, tuple(sheets)


def every_row(path: Path, reading: Reading) -> Iterator[Row]:
    """The rows of the sheet with all their columns, under their own names."""
    names, start, _, _ = _header(path, reading)
    return _rows(path, reading, names, start)


def _cells(path: Path, reading: Reading) -> Iterator[tuple[list[str], str, tuple[Any, ...]]]:
    """(names of the sheets, the sheet, a row's values), row by row."""
    import openpyxl

    _refuse_too_large(path)
    file = path.open("rb")  # by its bytes: the library refuses a name that does not end in .xlsx
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=True)
    except Exception as error:  # the library raises whatever its XML holds
        file.close()
        raise NotThisForm(f"{path.name} cannot be read as a workbook: {str(error)[:120]}") from None
    try:
        sheets = [sheet.title for sheet in book.worksheets]
        wanted = reading.options.sheet
        if not sheets or (wanted is not None and wanted not in sheets):
            listed = ", ".join(map(repr, sheets)) or "none"
            raise NotThisForm(f"{path.name} has no sheet {wanted!r}; there are: {listed}.")
        sheet = book[wanted or sheets[0]]
        try:
            for row in OF_EVENTS.rows_of(path.name, sheet):
                yield sheets, sheet.title, row
        except NotThisForm:
            raise
        except Exception as error:
            raise NotThisForm(f"{path.name} is damaged: {str(error)[:120]}") from None
    finally:
        book.close()
        file.close()


def _refuse_too_large(path: Path) -> None:
    try:
        OF_EVENTS.check(path.name, path)
    except zipfile.BadZipFile as error:
        raise NotThisForm(f"{path.name} cannot be read as a workbook: {str(error)[:120]}") from None


def _header(path: Path, reading: Reading) -> tuple[list[str], int, list[str], str]:
    best: tuple[int, int, list[str]] = (-1, 0, [])
    first: tuple[int, list[str]] | None = None
    sheets: list[str] = []
    title = ""
    for at, (sheets, title, row) in enumerate(islice(_cells(path, reading), _MOST_TITLES)):  # noqa: B007
        cells = ["" if value is None else str(value) for value in row]
        if not any(cells):
            continue
        if first is None:
            first = (at, cells)
        if (score := header_score(cells, reading)) > max(best[0], 1):
            best = (score, at, cells)
    if best[0] < 0 and first is not None:
        best = (0, *first)
    cells = best[2]
    while cells and not cells[-1].strip():
        cells.pop()
    return header_names(path.name, cells), best[1], sheets, title


def _count(path: Path, reading: Reading, start: int) -> int:
    return sum(
        1 for _, _, row in islice(_cells(path, reading), start + 1, None) if any(v is not None for v in row)
    )


def _rows(path: Path, reading: Reading, names: list[str], start: int) -> Iterator[Row]:
    for number, (_, _, row) in enumerate(islice(_cells(path, reading), start + 1, None), start + 2):
        values = {
            names[at] if at < len(names) else f"column {at + 1}": _plain(value)
            for at, value in enumerate(row)
            if value is not None and value != ""
        }
        if values:
            yield f"{path.name}:{number}", values


def _plain(value: Any) -> Any:
    """A cell as the other formats give it: dates and truth stay, a number is its text (an id may be one)."""
    if isinstance(value, bool | datetime | str):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 (local time of the workspace)
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
