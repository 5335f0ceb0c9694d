"""Contacts who received something, and how many of them engaged, by what they did."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, REFUSALS, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells
from data.figures.lines import Lines, LineWriter, words
from data.figures.rows import Events
from data.figures.table import Row

#: What engages a contact.
REASONS: Final = ("multiple_opens", "reply", "click", "video_watched", "booked")


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [pen.rate("engaged contacts", {"n": answer["engaged"], "base": answer["contacts"], **answer})]
    return lines + [pen.line(f"  {words(name)}", pen.integer(n)) for name, n in answer["reasons"].items()]


def _table(answer: Mapping[str, Any]) -> Iterator[Row]:
    yield {"reason": "", "n": answer["engaged"], "base": answer["contacts"], "rate": answer["rate"]}
    yield from ({"reason": reason, "n": n} for reason, n in answer["reasons"].items())


def _read(_: Asked, key: str) -> CellPosition | None:
    return CellPosition(group=key[1:], named="reason") if key[0] == "=" and key[1:] in REASONS else None


def _values(place: CellPosition) -> Mapping[str, Any]:
    return {"kinds": [place.group] if place.group else list(REASONS), "category": None}


FIGURE: Final = Figure(
    "engagement_overview",
    ACTIVITY | {"engagement"},
    dates="happened",
    words=Words(
        "Engaged contacts",
        (
            "Contacts who opened one message twice at least 60 seconds apart, replied, clicked a link, "
            "watched a video or booked a call, divided by contacts."
        ),
        "people",
        "up",
        (
            "People who received at least one action in the range, each counted once; bounced e-mails "
            "were not received."
        ),
        (REFUSALS,),
    ),
    lines=_lines,
    table=_table,
    cells=Cells(_read, lambda _, row: f"={row['reason']}" if row["reason"] else ""),
    behind=Events("behind_people", lambda _: "people", values=_values, engagements=True),
    weekly=True,
)
