"""The file of a workbook: an index and the sheets of the tiles, as Excel reads them."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from dashapp.tiles.base import Page
from dashapp.tiles.workbook import Sheet
from dashapp.ui.language.csv_words import rate_heads
from dashapp.ui.language.say import say

#: What Excel takes: characters of a sheet's name and of a cell.
LONGEST_NAME: Final = 31
LONGEST_TEXT: Final = 32_767
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


def written(sheets: Sequence[Sheet], page: Page, agency: str, about: Sequence[tuple[str, str]]) -> bytes:
    """The sheets with an index before them. The same figures make the same bytes."""
    names = _names([sheet.title for sheet in sheets], say("Index"))
    book = Workbook(write_only=True)
    book.properties.title = page.t("report_title", name=page.workspace)
    book.properties.creator = agency
    # A file is kept by what it shows, and says so itself.
    book.properties.created = book.properties.modified = page.as_of.replace(tzinfo=None)
    _index(book, page, about, sheets, names)
    for sheet, name in zip(sheets, names, strict=True):
        if not sheet.failed:
            _figures(book, name, sheet, page.lang)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def _index(
    book: Any, page: Page, about: Sequence[tuple[str, str]], sheets: Sequence[Sheet], names: Sequence[str]
) -> None:
    sheet = book.create_sheet(say("Index"))
    for column, width in enumerate((28, 34, 90), start=1):
        sheet.column_dimensions[get_column_letter(column)].width = width
    for heading, text in about:
        sheet.append([_cell(sheet, heading, bold=True), _cell(sheet, text)])
    sheet.append([])
    heads = (say("Sheet"), say("Tile"), page.t("how"))
    sheet.append([_cell(sheet, head, bold=True) for head in heads])
    for one, name in zip(sheets, names, strict=True):
        if one.failed:
            sheet.append([_cell(sheet, "–"), _cell(sheet, one.title), _cell(sheet, page.t("failed"))])
            continue
        told = "\n".join(f"{heading}: {text}" for heading, text in one.told)
        link = _cell(sheet, name)
        link.hyperlink = f"#'{name.replace(chr(39), chr(39) * 2)}'!A1"
        wrapped = _cell(sheet, told)
        wrapped.alignment = _WRAPPED
        sheet.append([link, _cell(sheet, one.title), wrapped])


def _figures(book: Any, name: str, sheet: Sheet, lang: str) -> None:
    made = book.create_sheet(name)
    made.freeze_panes = "A2"
    heads = list(dict.fromkeys(head for row in sheet.rows for head in row))
    rates = rate_heads(lang)
    for column, head in enumerate(heads, start=1):
        longest = max([len(str(head)), *(len(str(row.get(head, ""))) for row in sheet.rows[:200])])
        made.column_dimensions[get_column_letter(column)].width = min(max(longest + 2, 9), 60)
    made.append([_cell(made, head, bold=True) for head in heads])
    for row in sheet.rows:
        made.append([_cell(made, row.get(head), rate=head in rates) for head in heads])


def _cell(sheet: Any, value: Any, *, bold: bool = False, rate: bool = False) -> Any:
    """A cell that holds the value and nothing that runs."""
    if value is None or value == "":
        return WriteOnlyCell(sheet, None)
    if isinstance(value, bool):
        value = str(value)
    if isinstance(value, str) and _DAY.fullmatch(value):
        value = _day(value)
    if isinstance(value, datetime):  # Excel knows no zones
        value = value.astimezone(ZoneInfo("UTC")).replace(tzinfo=None) if value.tzinfo else value
    if not isinstance(value, int | float | date | datetime):
        text = ILLEGAL_CHARACTERS_RE.sub("", str(value))[:LONGEST_TEXT]
        made = WriteOnlyCell(sheet, text)
        made.data_type = "s"  # "=…" else would be a formula
        made.quotePrefix = text[:1] in "=+-@＝＋－＠"
    else:
        made = WriteOnlyCell(sheet, value)
        if rate:
            made.number_format = "0.0%"
        elif isinstance(value, date):
            made.number_format = "yyyy-mm-dd"
    if bold:
        made.font = _BOLD
    return made


def _day(text: str) -> date | str:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return text
    return day if day.year >= 1900 else text  # Excel's first day


def _names(titles: Sequence[str], index: str) -> list[str]:
    """Names of sheets: what Excel takes, each once whatever its case."""
    taken, names = {index.lower(), "history"}, []
    for title in titles:
        bare = _NOT_IN_A_NAME.sub(" ", title).strip().strip("'")[:LONGEST_NAME].strip() or "–"
        name = next(one for one in _variants(bare) if one.lower() not in taken)
        taken.add(name.lower())
        names.append(name)
    return names


def _variants(name: str) -> Iterator[str]:
    yield name
    n = 1
    while True:
        n += 1
        end = f" {n}"
        yield f"{name[: LONGEST_NAME - len(end)].strip()}{end}"
