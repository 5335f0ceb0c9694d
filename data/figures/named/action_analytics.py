"""Actions by type, and how many reached each status."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.cells import Asked, CellPosition, Cells
from data.figures.lines import Lines, LineWriter, words
from data.figures.rows import Events, Unit
from data.figures.table import Row

#: Channels in the order of docs/numbers.md, and the statuses of an action as they follow each other.
CHANNELS: Final = (
    "email",
    "video",
    "postcard",
    "gift_card",
    "handwritten_note",
    "phone",
    "linkedin",
    "other",
)
STATUSES: Final = (
    "delivered",
    "deferred",
    "failed",
    "opened",
    "clicked",
    "video_opened",
    "video_watched",
    "replied",
    "auto_replied",
    "bounced",
    "complained",
    "unsubscribed",
    "resubscribed",
    "mailed",
    "processed",
    "in_transit",
    "local_area",
    "rerouted",
    "returned",
    "booked",
    "call_back",
    "left_message",
    "bad_number",
    "not_interested",
    "completed",
)


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = []
    for channel in answer["channels"]:
        lines.append(pen.line(words(channel["channel"]), pen.integer(channel["n"])))
        lines += [
            pen.line(f"  {words(status['status'])}", pen.integer(status["n"]))
            for status in channel["statuses"]
        ]
    return lines or ["Nothing was done in this range."]


def _table(answer: Mapping[str, Any]) -> Iterator[Row]:
    for channel in answer["channels"]:
        yield {"channel": channel["channel"], "status": "", "n": channel["n"]}
        yield from ({"channel": channel["channel"], **status} for status in channel["statuses"])


def _read(_: Asked, key: str) -> CellPosition | None:
    """`=email`: the actions of a type; `=email|opened`: those of them that reached a status."""
    channel, bar, status = key[1:].partition("|")
    if key[0] != "=" or channel not in CHANNELS or (bar and status not in STATUSES):
        return None
    return CellPosition(group=channel, status=status or None, named="action")


def _key_of(_: Asked, row: Mapping[str, Any]) -> str:
    return f"={row['channel']}|{row['status']}" if row["status"] else f"={row['channel']}"


def _unit(place: CellPosition) -> Unit:
    return "e-mails" if place.group == "email" else "actions"


FIGURE: Final = Figure(
    "action_analytics",
    ACTIVITY | {"engagement"},
    dates="happened",
    words=Words(
        "Actions",
        "Actions begun in the range by type, and how many of them reached each status so far.",
        "actions",
        "neutral",
        caveats=(
            (
                "An action counts once in a status, however often it reached it. Of a bounced e-mail only "
                "the bounce counts.",
            )
        ),
    ),
    lines=_lines,
    table=_table,
    cells=Cells(_read, _key_of, whole=False),
    behind=Events(
        "behind_actions",
        _unit,
        columns=("at",),
        values=lambda place: {"category": place.group, "status": place.status},
    ),
    weekly=True,
)
