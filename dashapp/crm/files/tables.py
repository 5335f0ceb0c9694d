"""Tables as people hand them over: CSV with whatever separates its columns, or the first sheet of a workbook."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final

from dashapp.errors import Refused
from data.errors import NotThisForm
from data.sources.files.bounds import OF_A_PAGE
from data.tables.spreadsheet import FORMULA

#: Columns of one table.
MOST_COLUMNS: Final = 200
_THIS: Final = "This workbook"
_NO_NAMES: Final = "The file has no line of column names, or more than 200 of them."

Table = tuple[list[str], list[dict[str, str]]]


def parse_csv(text: str) -> Table:
    """(columns, rows) of a CSV with a header; comma, semicolon or tab. Raises Refused when it is none."""
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Refused("The file is empty.")
    head = text.split("\n", 1)[0]
    delimiter = max(",;\t", key=head.count)
    try:
        reader = csv.DictReader(io.StringIO(text), delimiter=delimiter, restkey="", restval="", strict=False)
        columns = [name for name in reader.fieldnames or [] if name]
        rows = [{name: _bare(row.get(name) or "") for name in columns} for row in reader]
    except csv.Error as error:
        raise Refused("The file cannot be read as CSV.") from error
    if not columns or len(columns) > MOST_COLUMNS:
        raise Refused(_NO_NAMES)
    return columns, rows


def parse_workbook(data: bytes) -> Table:
    """(columns, rows) of an Excel workbook's first sheet; dates as ISO 8601. Raises Refused when it is none."""
    import openpyxl  # a quarter of a second that nobody else waits for

    try:
        OF_A_PAGE.check(_THIS, io.BytesIO(data))
        book = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
        try:
            read = OF_A_PAGE.rows_of(_THIS, book.worksheets[0])
            lines = [[_text(value) for value in row] for row in read]
        finally:
            book.close()
    except NotThisForm as error:
        raise Refused(error.sentence, **error.values) from error
    except Exception as error:  # the library raises whatever the archive's XML holds
        raise Refused("The file is no Excel workbook that can be read; save it as .xlsx or CSV.") from error
    lines = [line for line in lines if any(line)]
    if not lines:
        raise Refused("The file is empty.")
    columns = [name.strip() for name in lines[0]]
    named = [name for name in columns if name]
    if not named or len(named) > MOST_COLUMNS:
        raise Refused(_NO_NAMES)
    rows = [
        {name: line[at] if at < len(line) else "" for at, name in enumerate(columns) if name}
        for line in lines[1:]
    ]
    return named, rows


def workbook(
    names: Sequence[str], batches: Iterable[Sequence[Sequence[Any]]], file: Any, title: str = "Contacts"
) -> None:
    """Write a workbook of one sheet into a binary file, a row at a time: what Excel would run is a text."""
    import openpyxl
    from openpyxl.cell import WriteOnlyCell

    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"

    def cells(row: Sequence[Any]) -> Iterator[Any]:
        for value in row:
            if not isinstance(value, str):
                yield value
                continue
            text = "".join(c for c in value if c.isprintable() or c in "\t\n")[:32_000]
            cell = WriteOnlyCell(sheet, value=text)
            if text.startswith(FORMULA):
                cell.data_type = "s"  # as it stands: never a formula
            yield cell

    sheet.append(list(cells(names)))
    for batch in batches:
        for row in batch:
            sheet.append(list(cells(row)))
    book.save(file)


def _bare(text: str) -> str:
    """Without the mark that our own files set before what a spreadsheet would run."""
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA) else text


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)
