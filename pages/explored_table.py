"""The figures of an explored tile as a table: what the plot shows, for who reads, listens or has no mouse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Any, Final

from markupsafe import Markup

from dashapp.tiles.base import Page
from dashapp.tiles.groups import UNNAMED, group_name
from dashapp.ui.environment import render
from dashapp.ui.say import later, say
from dashapp.ui.spoken import date_range, day, integer, percent, weekday_name
from dashapp.ui.texts import TEXTS
from data.query import Query
from pages.explored_cells import part_names
from pages.exploring import Explored

#: More rows than these are in the file.
MOST_ROWS: Final = 400
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
    shown = list(zip(found.rows, found.cells, strict=True))[:MOST_ROWS]
    names = part_names(asked)
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


def _section(
    name: str, query: Query, rows: Sequence[tuple[dict[str, Any], dict[str, str]]], page: Page
) -> Section:
    columns = [column for column in COLUMNS if any(column in row for row, _ in rows)]
    return Section(
        name,
        [say(COLUMNS[column]) for column in columns],
        [
            {
                "label": _label(query, row, page),
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


def _figure(column: str, value: Any) -> str:
    if value is None:
        return _NONE
    return percent(value) if column in {"rate", "share"} else integer(value)


def _label(query: Query, row: Mapping[str, Any], page: Page) -> str:
    """What a row is about, as the tile says it."""
    if "cohort" in row:
        week = day(date.fromisoformat(row["cohort"]))
        return f"{week} · {say('Week {n}', n=row['week'])}" if "week" in row else week
    if "hour" in row:
        return f"{weekday_name(row['weekday'])} {row['hour']:02d}:00"
    if "day" in row:
        return _day(row["day"])
    if "url" in row:
        return page.t("none_link") if row["url"] in UNNAMED else str(row["url"])
    if "category" in row:
        key = f"reply_{row['category']}"
        named = page.t(key) if key in TEXTS else str(row["category"] or "").replace("_", " ").capitalize()
        return page.t(f"tone_{row['sentiment']}") if row["category"] in UNNAMED else named
    if query.by == "day":
        return _day(row["key"])
    if query.by == "week":
        monday = date.fromisoformat(row["key"])
        return date_range(monday, monday + timedelta(days=6), year=False)
    return group_name(query.by, row["key"], page) if query.by else page.period.dates(page.lang)


def _day(text: str) -> str:
    found = date.fromisoformat(text)
    return f"{weekday_name(found.isoweekday())} {day(found)}"
