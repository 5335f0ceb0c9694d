"""The answer of `vitrine query` for a person: a heading, lines of figures, and what they count."""

from __future__ import annotations

from typing import Any, Final

from dashapp.ui.format import integer, of_base, percent, percent_short
from data.figures.lines import Lines, LineWriter
from data.metrics import describe
from data.question import Query

_PEN: Final = LineWriter(integer, percent, percent_short, of_base)


def text_of(query: Query, answer: dict[str, Any]) -> str:
    """The figures in lines, and under them how they are counted."""
    heading = (
        f"{answer['name']} of {answer['workspace']}, days in {answer['timezone']}, as of {answer['as_of']}"
    )
    told = describe(query)
    meant = [f"{told.label}: {told.formula}", *([told.caveat] if told.caveat else [])]
    lines = [*_held_back(answer), *query.figure.lines(answer, _PEN), *_unattributed(answer)]
    return "\n".join([heading, *lines, "", *meant, *_restated(answer)])


def _unattributed(answer: dict[str, Any]) -> Lines:
    """Replies or unsubscribes that belong to no e-mail, where there are any: the figures leave them out."""
    count = answer.get("unattributed", 0)
    return [_PEN.line("belong to no e-mail, counted in none", integer(count))] if count else []


#: Why days were restated, as the answer names it and as a person does.
_WHY = {
    "late": "events came in late",
    "recategorised": "replies changed",
    "rebuilt": "they were counted anew",
}


def _restated(answer: dict[str, Any]) -> Lines:
    return [
        f"Restated at {one['at']}: {one['from']} to {one['to']}, for {_WHY[one['why']]}"
        + (f" ({integer(one['events'])} events)." if one["events"] else ".")
        for one in answer.get("restated", [])
    ]


#: Why figures are held back, as the answer names it and as a person does.
_HELD = {
    "check_failed": "newer events failed a check and are not counted yet: see `vitrine doctor`",
    "waiting": "newer events have come in and are not counted yet",
    "damaged": "a file is damaged, and an earlier version answers: see `vitrine doctor`",
    "recount": "these figures are to be counted anew",
}


def _held_back(answer: dict[str, Any]) -> Lines:
    held = answer.get("held_back")
    return [] if held is None else [f"Held back since {held['since']}: {_HELD[held['why']]}."]
