"""A view as an Excel workbook: an index that says what it shows and how, then a sheet for each tile.

Numbers are numbers, rates are shown as per cent, days are dates. Every text is written as a text, so that no cell
is ever run as a formula.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from dashapp.tiles.base import Page
from dashapp.tiles.frame import narrowed_to, page_of
from dashapp.tiles.registry import own_title, tile_types
from dashapp.tiles.render import Answer, AnyView, PlacedTile, may_show
from dashapp.tiles.table import Row, rows_of
from dashapp.ui.language.csv_words import in_words, rate_heads
from dashapp.ui.language.say import say
from data.errors import NotInScope

log = logging.getLogger(__name__)
MIMETYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
#: What Excel takes: characters of a sheet's name and of a cell, rows of a sheet.
LONGEST_NAME, LONGEST_TEXT, MOST_ROWS = 31, 32_767, 100_000
_NOT_IN_A_NAME = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_BOLD = Font(bold=True)
_WRAPPED = Alignment(wrap_text=True, vertical="top")


@dataclass
class Sheet:
    """One tile: its title, its figures, and how they are counted. `failed`: they could not be had."""

    title: str
    rows: list[Row] = field(default_factory=list)
    told: list[tuple[str, str]] = field(default_factory=list)
    failed: bool = False


def about_of(page: Page, agency: str, view: str, fresh: str, only: str = "") -> list[tuple[str, str]]:
    """(heading, text) for the head of the index. `only`: what the page is narrowed to; `fresh`: see its page."""
    told = [
        (say("Workspace"), page.workspace),
        (say("View"), view),
        (say("Prepared by"), agency if agency != page.workspace else ""),
        (page.t("period"), page.period.dates(page.lang)),
        (page.t("comparison"), page.compared),
        (page.t("how_only"), only),
        (say("Figures"), fresh),
        (say("Time zone"), page.timezone),
    ]
    return [(heading, text) for heading, text in told if text]


def workbook(
    view: AnyView, page: Page, answer: Answer, about: Sequence[tuple[str, str]], agency: str = ""
) -> bytes:
    """The view's figures under the page's period and filters. `about`: what stands at the head of the index.

    `answer`: see tiles/render.py. A tile whose figures cannot be had is named in the index, and the others stand.
    """
    sheets = [sheet for placed in _ordered(view, page) if (sheet := _sheet(placed, page, answer)) is not None]
    names = _names([sheet.title for sheet in sheets], say("Index"))
    book = Workbook(write_only=True)
    book.properties.title = page.t("report_title", name=page.workspace)
    book.properties.creator = agency
    # The same figures make the same bytes: a file is kept by what it shows.
    book.properties.created = book.properties.modified = page.as_of.replace(tzinfo=None)
    _index(book, page, about, sheets, names)
    for sheet, name in zip(sheets, names, strict=True):
        if not sheet.failed:
            _figures(book, name, sheet, page.lang)
    found = io.BytesIO()
    book.save(found)
    return found.getvalue()


def _ordered(view: AnyView, page: Page) -> list[PlacedTile]:
    shown = [placed for placed in view.tiles if may_show(placed, page)]
    return sorted(shown, key=lambda placed: (placed.y, placed.x))


def _sheet(placed: PlacedTile, page: Page, answer: Answer) -> Sheet | None:
    """What a tile gives; None for one without figures, such as a note."""
    kind = tile_types().get(placed.type)
    title = placed.title or placed.type
    try:
        if kind is None:
            raise LookupError(f"there is no tile type {placed.type!r}")
        options = kind.options.model_validate(placed.options)
        own = page_of(options, page)
        asked = {name: page.filters.narrow(query) for name, query in kind.queries(options, own).items()}
        if not asked:
            return None
        title = placed.title or own_title(placed.type, placed.options, page.lang)
        answers = answer(asked)
        context = kind.context(options, answers, own)
        told = [(str(heading), str(text)) for heading, text in context.get("how") or []]
        if own is not page:
            told.append((page.t("period"), own.period.dates(page.lang)))
        if only := narrowed_to(options, page):
            told.append((page.t("how_only"), only))
        rows = [{"part": name, **row} for name, found in answers.items() for row in rows_of(found)]
        return Sheet(title, in_words(rows[:MOST_ROWS], page.lang, numbers=True), told)
    except NotInScope:
        raise
    except Exception:
        log.exception("tile %s (%s) failed in a workbook", placed.id, placed.type)
        return Sheet(title, failed=True)


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
