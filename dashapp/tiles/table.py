"""The figures behind a tile: its answers as rows, and those as a file for a spreadsheet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from dashapp.languages import LANGUAGES
from dashapp.tiles.base import Page, tile_types
from dashapp.tiles.frame import page_of
from dashapp.tiles.render import Answer, PlacedTile
from dashapp.ui.language.csv_words import in_words
from data.tables.spreadsheet import csv_pieces

Row = dict[str, Any]
#: A spreadsheet takes a file without it for the machine's old eight-bit text, and spoils "é".
BOM: Final = "\ufeff"
#: Names of people's own: a tile shows none of them, and no file does.
PERSONAL: Final = frozenset({"lead", "email", "reply_text"})
_LISTS = ("groups", "days", "cells", "rows", "points", "stages")


def figures_of(placed: PlacedTile, page: Page, answer: Answer) -> list[Row]:
    """Every figure a tile is made of, as one row each; `part` names the question it answers."""
    kind = tile_types()[placed.type]
    options = kind.options.model_validate(placed.options)
    asked = kind.queries(options, page_of(options, page))
    if not asked:
        return []
    answers = answer({name: page.filters.narrow(query) for name, query in asked.items()})
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
    """The figures of one answer, one a row; of a cohort one a cell."""
    if "channels" in answer:
        for channel in answer["channels"]:
            yield {"channel": channel["channel"], "status": "", "n": channel["n"]}
            yield from ({"channel": channel["channel"], **status} for status in channel["statuses"])
        return
    if "reasons" in answer:
        yield {"reason": "", "n": answer["engaged"], "base": answer["contacts"], "rate": answer["rate"]}
        yield from ({"reason": reason, "n": n} for reason, n in answer["reasons"].items())
        return
    found = next((answer[key] for key in _LISTS if isinstance(answer.get(key), (list, tuple))), None)
    if found is None:
        plain = {key: answer[key] for key in ("n", "base", "rate", "total") if key in answer}
        if plain:
            yield plain
        return
    progress = answer.get("progress")
    young = frozenset(progress["groups"]) if progress else frozenset()
    for one in found:
        outer = {name: value for name, value in one.items() if not isinstance(value, (list, dict))}
        outer = {name: value for name, value in outer.items() if name not in PERSONAL}
        if progress and "key" in one:
            outer["state"] = "in_progress" if one["key"] in young else "value"
        cells = one.get("cells")
        if isinstance(cells, (list, tuple)):
            yield from ({**outer, "week": number, **cell} for number, cell in enumerate(cells, start=1))
        else:
            yield outer
