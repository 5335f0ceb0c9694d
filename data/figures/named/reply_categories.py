"""The first human reply of each e-mail, by its category."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells
from data.figures.lines import Lines, LineWriter, words
from data.figures.rows import Events


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [
        pen.line(f"{words(row['category'])} ({row['sentiment']})", pen.integer(row["n"]))
        for row in answer["rows"]
    ]
    return [*lines, pen.line("total", pen.integer(answer["total"]))]


def _read(_: Asked, key: str) -> CellPosition | None:
    """`=interested|positive`: a category; `=|positive`: all of a sentiment."""
    category, bar, sentiment = key[1:].rpartition("|")
    return (
        CellPosition(group=category or None, sentiment=sentiment, named="category")
        if key[0] == "=" and bar
        else None
    )


FIGURE: Final = Figure(
    "reply_categories",
    ACTIVITY,
    dates="happened",
    words=Words(
        "Replies by category",
        "The first reply a person wrote to each e-mail, by its category.",
        "e-mails",
        "neutral",
        caveats=(
            "Out-of-office and automatic replies do not count as replies. What no rule settles is neutral.",
        ),
    ),
    lines=_lines,
    cells=Cells(_read, lambda _, row: f"={row['category']}|{row['sentiment']}"),
    behind=Events(
        "behind_replies",
        lambda _: "e-mails",
        columns=("at", "category"),
        values=lambda place: {"category": place.group, "sentiment": place.sentiment},
    ),
    loose=("replied",),
)
