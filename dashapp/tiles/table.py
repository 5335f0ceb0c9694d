"""The figures behind a tile: its answers as rows, and those as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dashapp.languages import LANGUAGES
from dashapp.tiles.base import Page
from dashapp.tiles.frame import PlacedTile, questions_of
from dashapp.tiles.render import Answer
from dashapp.ui.language.csv_words import in_words
from data.figures.registry import figures
from data.figures.table import Row
from data.tables.spreadsheet import csv_pieces

#: A spreadsheet takes a file without it for the machine's old eight-bit text, and spoils "é".
BOM: Final = "\ufeff"


def figures_of(placed: PlacedTile, page: Page, answer: Answer) -> list[Row]:
    """Every figure a tile is made of, as one row each; `part` names the question it answers."""
    asked = questions_of(placed, page).queries
    if not asked:
        return []
    answers = answer(asked)
    return [{"part": name, **row} for name, found in answers.items() for row in rows_of(found)]


def as_csv(rows: Sequence[Row], lang: str = "en") -> bytes:
    """The rows with one line of heads, in UTF-8 that spreadsheets recognise; no cell is a formula."""
    return (BOM + as_text(rows, lang)).encode("utf-8", "replace")


def as_text(rows: Sequence[Row], lang: str = "en") -> str:
    """The same as text."""
    rows = in_words(rows, lang)
    names = list(dict.fromkeys(name for row in rows for name in row)) or list(in_words([{"n": ""}], lang)[0])
    pieces = csv_pieces(
        names,
        [[[row.get(name) for name in names] for row in rows]],
        delimiter=LANGUAGES[lang].formats.csv_delimiter,
        decimal=LANGUAGES[lang].formats.decimal,
    )
    return "".join(pieces)


def rows_of(answer: Mapping[str, Any]) -> Iterator[Row]:
    """The figures of one answer, one a row, as its figure is declared."""
    return figures()[answer["name"]].table(answer)
