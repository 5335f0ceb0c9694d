"""The people of a campaign to whom something happened, or did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure
from data.figures.lines import Lines, Pen


def _lines(answer: Mapping[str, Any], pen: Pen) -> Lines:
    people = [pen.line(row["lead"], row["at"]) for row in answer["rows"]]
    return [pen.line("people", pen.integer(answer["total"])), *people]


FIGURE: Final = Figure(
    "audience",
    ACTIVITY | {"engagement", "event", "limit"},
    dates="sent",
    lines=_lines,
    lists=100,
    events=("opened", "not_opened", "clicked", "replied", "bounced", "unsubscribed"),
    needs_campaign=True,
)
