"""E-mails due in the next seven days, and what has to wait."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import WHO, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells, days_of
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Upcoming


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [pen.line("missing: " + ", ".join(answer["missing"]))] if answer["missing"] else []
    if answer["total"] is None:
        return [*lines, "Nothing is planned that we know of: load journeys or steps with `vitrine ingest`."]
    lines += [pen.line("day", "due", "waits")]
    lines += [
        pen.line(day["day"], pen.integer(day["n"]), pen.integer(day["held_back"])) for day in answer["days"]
    ]
    lines.append(pen.line("total", pen.integer(answer["total"])))
    lines += [
        pen.line(f"{day['day']} forecast, actual", pen.integer(day["forecast"]), pen.integer(day["actual"]))
        for day in answer["past"]
    ]
    return lines


def _read(_: Asked, key: str) -> CellPosition | None:
    return days_of(key) if ".." not in key else None


FIGURE: Final = Figure(
    "future_emails",
    WHO,
    dates="ahead",
    words=Words(
        "Future e-mails",
        (
            "The next e-mail of each lead waiting in a trigger, not yet started, under way or back from "
            "absence, on the day it will go out."
        ),
        "e-mails",
        "neutral",
        caveats=(
            (
                "Capped by each mailbox's daily limit, sending days and window; what has to wait is told as "
                "held back. What follows a lead's next e-mail is not forecast, for an answer may end it.",
            )
        ),
    ),
    lines=_lines,
    cells=Cells(_read, lambda _, row: f"d:{row['day']}" if "day" in row else ""),
    behind=Upcoming(),
    planned=True,
)
