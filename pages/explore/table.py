"""The figures of an explored tile as a table: what the plot shows, for who reads, listens or has no mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup

from dashapp.tiles.base import Page
from dashapp.ui.environment import render
from dashapp.ui.language.say import later, say
from dashapp.ui.language.spoken import integer, percent
from data.query.ask import Query
from pages.plots.cells import part_names, row_label
from pages.plots.plot import Explored

#: More rows than these are in the file.
MOST_ROWS: Final = 400
#: Characters of names in the table, in all and of one row: names may be long and full of signs, and each figure
#: carries the name of its row.
_MOST_TEXT: Final = 20_000
_LONGEST_LABEL: Final = 160
#: The columns with figures, in the order they are shown.
COLUMNS: Final = {
    "n": later("Counted"),
    "base": later("Base"),
    "rate": later("Rate"),
    "held_back": later("Held back"),
    "total": later("Counted"),
    "clicks": later("Clicks"),
    "unique": later("E-mails"),
    "leads": later("Leads"),
    "share": later("Share|of a whole"),
}
_NONE: Final = "–"
#: Which rows of the cell a column means, where not those it counts.
_PARTS: Final = {"base": "base", "held_back": "held"}


@dataclass(frozen=True)
class Section:
    """One question of the tile: how it is called, its columns, and a row a figure."""

    name: str
    columns: list[str]
    rows: list[dict[str, Any]]


def table(found: Explored, asked: Mapping[str, Query], page: Page, tile: str, title: str) -> Markup:
    """The table; its figures open as those of a tile do."""
    shown = _bounded(list(zip(found.rows, found.cells, strict=True))[:MOST_ROWS])
    names = part_names(asked, page)
    sections = [
        _section(names[part], asked[part], list(rows), page)
        for part, rows in groupby(shown, key=lambda one: one[0]["part"])
    ]
    return render(
        "ui/explored_table.html",
        tile=tile,
        title=title,
        sections=sections,
        wide=max((len(one.columns) for one in sections), default=0) + 1,
        left=say(
            "The first {shown} of {total} figures; the CSV has all.",
            shown=integer(len(shown)),
            total=integer(len(found.rows)),
        )
        if len(shown) < len(found.rows)
        else "",
    )


def _bounded(
    rows: list[tuple[dict[str, Any], dict[str, str]]],
) -> list[tuple[dict[str, Any], dict[str, str]]]:
    """The first of the rows, up to so much text."""
    text = 0
    for at, (_, cells) in enumerate(rows):
        text += sum(map(len, cells.values()))
        if text > _MOST_TEXT:
            return rows[: max(at, 1)]
    return rows


def _section(
    name: str, query: Query, rows: Sequence[tuple[dict[str, Any], dict[str, str]]], page: Page
) -> Section:
    columns = [column for column in COLUMNS if any(column in row for row, _ in rows)]
    return Section(
        name,
        [say(COLUMNS[column]) for column in columns],
        [
            {
                "label": _cut(row_label(query, row, page)),
                "cells": [
                    {
                        "text": _figure(column, row.get(column)),
                        "opens": cells.get(column, ""),
                        "part": _PARTS.get(column, ""),
                    }
                    for column in columns
                ],
            }
            for row, cells in rows
        ],
    )


def _cut(label: str) -> str:
    return label if len(label) <= _LONGEST_LABEL else f"{label[: _LONGEST_LABEL - 1]}…"


def _figure(column: str, value: Any) -> str:
    if value is None:
        return _NONE
    return percent(value) if column in {"rate", "share"} else integer(value)
