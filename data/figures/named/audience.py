"""The people of a campaign to whom something happened, or did not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.lines import Lines, LineWriter


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    people = [pen.line(row["lead"], row["at"]) for row in answer["rows"]]
    return [pen.line("people", pen.integer(answer["total"])), *people]


FIGURE: Final = Figure(
    "audience",
    ACTIVITY | {"engagement", "event", "limit"},
    dates="sent",
    words=Words(
        "People of a campaign",
        "The people to whom it happened in the campaign, each once, with the first time it did.",
        "people",
        "neutral",
        caveats=("Did not open: got at least one e-mail with tracking on and opened none.",),
    ),
    lines=_lines,
    lists=100,
    events=("opened", "not_opened", "clicked", "replied", "bounced", "unsubscribed"),
    needs_campaign=True,
)
