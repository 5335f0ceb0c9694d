"""When people do something, by weekday and hour."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Events

_HOUR: Final = re.compile(r"h:([1-7]):(\d|1\d|2[0-3]|)")
_DAYS: Final = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = ["     " + " ".join(f"{hour:>4}" for hour in range(24))]
    for number, name in enumerate(_DAYS):
        cells = answer["cells"][number * 24 : number * 24 + 24]
        lines.append(f"{name}  " + " ".join(f"{pen.integer(cell['n']):>4}" for cell in cells))
    return [*lines, pen.line("total", pen.integer(answer["total"]))]


def _read(_: Asked, key: str) -> CellPosition | None:
    """`h:1:9`: Mondays from 9 to 10; `h:1:`: all of Mondays."""
    match = _HOUR.fullmatch(key)
    return CellPosition(weekday=int(match[1]), hour=int(match[2]) if match[2] else None) if match else None


FIGURE: Final = Figure(
    "hours",
    ACTIVITY | {"engagement", "event"},
    dates="happened",
    words=Words(
        "Hours of the week",
        "E-mail events of one kind by weekday and hour; every event counts.",
        "events",
        "neutral",
    ),
    lines=_lines,
    cells=Cells(_read, lambda _, row: f"h:{row['weekday']}:{row['hour']}" if row["n"] else None),
    behind=Events(
        "behind_hours",
        lambda _: "events",
        columns=("at",),
        values=lambda place: {"weekday": place.weekday, "hour": place.hour},
    ),
    events=("opened", "sent", "clicked", "replied"),
    plot="hour grid",
)
