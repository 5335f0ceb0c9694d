"""What a query's options add to the words of its metric: which dates are meant, what is left out."""

from __future__ import annotations

from typing import Final

from data.figures.base import Words
from data.figures.registry import rates
from data.metrics.base import Translate
from data.question import Query

_MACHINES: Final = {
    "human": "Opens and clicks by machines are left out.",
    "all": "Opens and clicks by machines are counted too.",
}


def key_of(query: Query) -> str:
    """The key of the metric a query asks for."""
    return f"{query.data_type}_{query.attribution}" if query.figure.is_rate else query.name


def caveats_of(query: Query, metric: Words) -> list[str]:
    """What to keep in mind: the shape of the answer, the metric's own caveats, and the machines."""
    caveats = [query.figure.shape] if query.figure.shape else []
    caveats += metric.caveats
    return [*caveats, _MACHINES[query.engagement]] if _machines_matter(query) else caveats


def dates_of(query: Query, timezone: str, say: Translate) -> str:
    """Which dates the answer is about, and whose days they are."""
    zone = say("in {timezone} time", timezone=timezone) if timezone else say("in the workspace's time zone")
    if query.figure.dates == "weeks":
        if query.clock == "elapsed":
            return say("Weeks are full 7 days from the moment of sending.")
        return say("Weeks are calendar weeks from Monday, {zone}.", zone=zone)
    if query.figure.dates == "ahead":
        return say("The 7 days from tomorrow, {zone}.", zone=zone)
    if query.figure.dates == "sent":
        return say(
            "What was sent in the range, and what happened to it up to now. Days are {zone}.", zone=zone
        )
    return say("Counted on the day it happened. Days are {zone}.", zone=zone)


def _machines_matter(query: Query) -> bool:
    if query.figure.is_rate:
        return rates()[query.data_type].by_anyone is not None
    return "engagement" in query.figure.options
