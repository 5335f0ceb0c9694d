"""Campaigns by the contacts they engaged."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells
from data.figures.lines import Lines, LineWriter
from data.figures.rows import Events

#: Kinds of engagements.sql: what engages a campaign's contact, and what says that somebody is not interested.
ENGAGED: Final = ("reply", "click", "video_opened", "video_watched", "multiple_opens", "booked")
NOT_INTERESTED: Final = ("unsubscribe", "not_interested", "refusal")
_KINDS: Final = {"engaged": ENGAGED, "not_interested": NOT_INTERESTED}


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [pen.line("campaign", "engaged", "contacts", "share", "not int.", "active")]
    for row in answer["rows"]:
        counts = (pen.integer(row["engaged"]), pen.integer(row["contacts"]), pen.percent(row["rate"]))
        rest = (pen.integer(row["not_interested"]), pen.integer(row["active"]))
        lines.append(pen.line(row["campaign"], *counts, *rest))
    return lines


def _read(_: Asked, key: str) -> CellPosition | None:
    """`=Autumn menu|engaged`: of a campaign's contacts those who were engaged, or not interested."""
    campaign, _bar, status = key[1:].rpartition("|")
    if key[0] != "=" or not campaign or status not in _KINDS:
        return None
    return CellPosition(group=campaign, status=status, named="campaign")


def _values(place: CellPosition) -> Mapping[str, Any]:
    return {"kinds": list(_KINDS[place.status or "engaged"]), "category": place.group}


FIGURE: Final = Figure(
    "top_campaigns",
    ACTIVITY | {"engagement", "sort", "limit"},
    dates="happened",
    words=Words(
        "Top campaigns",
        (
            "Contacts who replied, clicked, opened or watched a video, opened one message several times "
            "or booked a call, divided by contacts. Where none did: most active leads first, then by "
            "name."
        ),
        "people",
        "up",
        "People who received at least one action of the campaign in the range, each counted once.",
        (
            (
                "Not interested: unsubscribed, said so on a call, or replied with a refusal. Active: leads "
                "whose sequence goes on now.",
            )
        ),
    ),
    lines=_lines,
    cells=Cells(
        _read, lambda _, row: f"={row['campaign']}|engaged" if row["contacts"] else None, whole=False
    ),
    behind=Events("behind_people", lambda _: "people", values=_values, engagements=True),
    lists=3,
    weekly=True,
    planned=True,
)
