"""The most engaged leads, and why."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, REFUSALS, Figure, Words
from data.figures.lines import Lines, LineWriter, words


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = []
    for row in answer["rows"]:
        why = ", ".join(f"{words(reason)} {pen.integer(n)}" for reason, n in row["reasons"].items())
        lines.append(f"{pen.line(row['lead'], pen.integer(row['score']))}   {row['latest']}   {why}")
    return lines or ["Nobody engaged in this range."]


FIGURE: Final = Figure(
    "hot_leads",
    ACTIVITY | {"engagement", "limit"},
    dates="happened",
    words=Words(
        "Hot leads",
        (
            "Score: replies, link clicks, videos watched, incoming mails and messages opened several "
            "times in the range. Equal scores: the latest first."
        ),
        "people",
        "up",
        caveats=(REFUSALS,),
    ),
    lines=_lines,
    lists=10,
    weekly=True,
)
