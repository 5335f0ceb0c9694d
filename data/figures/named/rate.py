"""A rate over a range, whole or by groups."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import RANGE, RATE, Figure
from data.figures.cells import Asked, CellPosition, Cells, days_of, key_of_group
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Units


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    return [*(pen.rate(group["key"], group) for group in answer.get("groups", [])), pen.rate("all", answer)]


def _read(asked: Asked, key: str) -> CellPosition | None:
    if key[0] == "=" and asked.by not in {None, "day", "week"}:
        return CellPosition(group=key[1:])
    return days_of(key)


FIGURE: Final = Figure(
    "rate",
    RATE | RANGE | {"by"},
    dates="sent",
    lines=_lines,
    cells=Cells(_read, key_of_group),
    behind=Units(),
    is_rate=True,
    compared=True,
    echoes_all=True,
)
