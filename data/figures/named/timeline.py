"""What happened, newest first."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.lines import WIDE, Lines, LineWriter, words


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [
        f"{group['at']:<27} {words(group['channel']) + ' ' + words(group['event']):<28} "
        f"{group['lead'][:WIDE]:<{WIDE}} {group['campaign'][:30]:<30} {pen.integer(group['count']):>4}"
        for group in answer["groups"]
    ]
    return lines or ["Nothing happened in this range."]


FIGURE: Final = Figure(
    "timeline",
    ACTIVITY | {"engagement", "limit"},
    dates="happened",
    words=Words(
        "Timeline",
        "What happened, newest first; equal events of one action stand in one line with their number.",
        "events",
        "neutral",
    ),
    lines=_lines,
    lists=50,
    weekly=True,
)
