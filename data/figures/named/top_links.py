"""Links by their clicks."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final, cast

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells, Measured
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Events, Unit

_LINK: Final = re.compile(r"(clicks|unique|leads)=(.*)", re.DOTALL)
_UNITS: Final[Mapping[str, Unit]] = {"clicks": "events", "unique": "e-mails", "leads": "people"}


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [pen.line("link", "clicks", "e-mails", "people", "share")]
    for row in answer["rows"]:
        counts = (pen.integer(row[name]) for name in _UNITS)
        lines.append(pen.line(row["url"], *counts, pen.percent(row["share"])))
    return lines


def _read(_: Asked, key: str) -> CellPosition | None:
    """`clicks=…`, `unique=…`, `leads=…`: a link by its clicks, its e-mails, its people."""
    match = _LINK.fullmatch(key)
    return CellPosition(group=match[2], measured=cast(Measured, match[1]), named="link") if match else None


FIGURE: Final = Figure(
    "top_links",
    ACTIVITY | {"engagement", "limit"},
    dates="happened",
    words=Words(
        "Top links",
        "All clicks on a link; beside them the e-mails and the people they came from.",
        "events",
        "up",
    ),
    lines=_lines,
    cells=Cells(_read, lambda _, row: f"={row['url']}", columns=tuple(_UNITS)),
    behind=Events(
        "behind_links",
        lambda place: _UNITS[place.measured],
        columns=("at", "url"),
        values=lambda place: {"link": place.group, "measured": place.measured},
        links=True,
    ),
    lists=10,
)
