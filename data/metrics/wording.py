"""What a query's options add to the words of its metric: which dates are meant, what is left out."""

from __future__ import annotations

from typing import Final

from data.metrics.base import Metric, Say
from data.question import ALLOWED, Query

#: Names whose number is a rate of docs/numbers.md: their metric goes by data type and attribution.
_RATES: Final = frozenset({"rate", "cohort", "week1"})

_SHAPE: Final = {
    "cohort": (
        "Each row is a week of sending. Column k is the share reached up to the end of week k, so "
        "it never falls."
    ),
    "week1": (
        "Each point is a week of sending: the share reached before that week ended. The headline "
        "pools the complete weeks, sum over sum."
    ),
}
_MACHINES: Final = {
    "human": "Opens and clicks by machines are left out.",
    "all": "Opens and clicks by machines are counted too.",
}


def key_of(query: Query) -> str:
    """The key of the metric a query asks for."""
    return f"{query.data_type}_{query.attribution}" if query.name in _RATES else query.name


def caveats_of(query: Query, metric: Metric) -> list[str]:
    """What to keep in mind: the shape of the answer, the metric's own caveats, and the machines."""
    caveats = [_SHAPE[query.name]] if query.name in _SHAPE else []
    caveats += metric.caveats
    return [*caveats, _MACHINES[query.engagement]] if _machines_matter(query) else caveats


def dates_of(query: Query, timezone: str, say: Say) -> str:
    """Which dates the answer is about, and whose days they are."""
    zone = say("in {timezone} time", timezone=timezone) if timezone else say("in the workspace's time zone")
    if query.name in {"cohort", "week1"}:
        if query.clock == "elapsed":
            return say("Weeks are full 7 days from the moment of sending.")
        return say("Weeks are calendar weeks from Monday, {zone}.", zone=zone)
    if query.name == "future_emails":
        return say("The 7 days from tomorrow, {zone}.", zone=zone)
    if query.name in {"rate", "campaign_report", "audience"}:
        return say(
            "What was sent in the range, and what happened to it up to now. Days are {zone}.", zone=zone
        )
    return say("Counted on the day it happened. Days are {zone}.", zone=zone)


def _machines_matter(query: Query) -> bool:
    if query.name in _RATES:
        return query.data_type in {"open", "click"}
    return "engagement" in ALLOWED[query.name]
