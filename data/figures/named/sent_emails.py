"""E-mails sent, day by day."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Cells, days_of
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Units


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [pen.line(day["day"], pen.integer(day["n"])) for day in answer["days"]]
    return [*lines, pen.line("total", pen.integer(answer["total"]))]


FIGURE: Final = Figure(
    "sent_emails",
    ACTIVITY,
    dates="happened",
    words=Words(
        "E-mails sent",
        "E-mails sent, each counted once, bounced ones included.",
        "e-mails",
        "neutral",
    ),
    lines=_lines,
    cells=Cells(lambda _, key: days_of(key), lambda _, row: f"d:{row['day']}" if "day" in row else ""),
    behind=Units(sent=True),
    counts_units=True,
    compared=True,
    echoes_all=True,
)
