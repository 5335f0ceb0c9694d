"""What each week of sending reached before it ended, and the complete weeks pooled."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import RATE, Figure
from data.figures.cells import Asked, CellPosition, Cells, week_of
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Units

_MARKS: Final = {"in_progress": " (in progress)"}


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    points = [pen.rate(f"{one['cohort']}{_MARKS.get(one['state'], '')}", one) for one in answer["points"]]
    return [*points, pen.rate("complete weeks", answer["headline"])]


def _read(_: Asked, key: str) -> CellPosition | None:
    place = week_of(key)
    return place if place is not None and place.week == 1 else None


FIGURE: Final = Figure(
    "week1",
    RATE | {"clock"},
    dates="weeks",
    shape=(
        "Each point is a week of sending: the share reached before that week ended. The headline "
        "pools the complete weeks, sum over sum."
    ),
    lines=_lines,
    cells=Cells(_read, lambda _, row: f"w:{row['cohort']}" if row["base"] else None),
    behind=Units(weeks="first"),
    is_rate=True,
    echoes_all=True,
    plot="week line",
)
