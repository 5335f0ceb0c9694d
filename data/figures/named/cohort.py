"""Twelve weeks of sending, and what each had reached week by week."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import RATE, Figure
from data.figures.cells import Asked, Cells, Row, week_of
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Units


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = []
    for row in answer["rows"]:
        cells = (pen.percent_short(cell["rate"]) for cell in row["cells"] if cell["state"] != "future")
        lines.append(
            f"{row['cohort']} {pen.integer(row['base']):>8}  " + " ".join(f"{cell:>6}" for cell in cells)
        )
    return lines


def _key_of(_: Asked, row: Row) -> str | None:
    return f"w:{row['cohort']}:{row['week']}" if row["base"] and row["n"] is not None else None


FIGURE: Final = Figure(
    "cohort",
    RATE | {"clock"},
    dates="weeks",
    shape=(
        "Each row is a week of sending. Column k is the share reached up to the end of week k, so "
        "it never falls."
    ),
    lines=_lines,
    cells=Cells(lambda _, key: week_of(key), _key_of, whole=False),
    behind=Units(weeks="cell"),
    is_rate=True,
    echoes_all=True,
    plot="cohort grid",
)
