"""An agency's anonymous band: where a rate lies among its workspaces, telling no workspace's own figure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from data.answers.facts import Facts
from data.question import Query

#: Fewer could be told apart.
AT_LEAST: Final = 5


def bands(facts: Facts, data_types: Sequence[str], query: Query) -> dict[str, dict[str, Any]]:
    """Of each rate per e-mail its lower quartile, median and upper quartile over the scope's workspaces.

    None of it unless the scope holds at least five workspaces, not narrowed to a person or campaigns, and no rate
    unless at least five have something to measure. The quartiles are interpolated and rounded to whole percent, so
    that no one workspace's figure can be read from them. Workspaces count alike, however much they send.
    """
    scope = facts.scope
    if scope.user is not None or scope.campaigns is not None or len(scope.workspace_ids) < AT_LEAST:
        return {}
    common = {"engagement": query.engagement, "from": query.from_, "to": query.to, "as_of": facts.as_of}
    asked = [
        Query.model_validate({"name": "rate", "data_type": data_type, **common}) for data_type in data_types
    ]
    found = zip(data_types, facts.everywhere(asked), strict=True)
    measured = {
        data_type: sorted(one["rate"] for one in all_of if one["base"]) for data_type, all_of in found
    }
    return {data_type: _told(rates) for data_type, rates in measured.items() if len(rates) >= AT_LEAST}


def _told(rates: Sequence[float]) -> dict[str, Any]:
    return {
        "workspaces": len(rates),
        **{name: _rounded(rates, at) for name, at in (("low", 0.25), ("median", 0.5), ("high", 0.75))},
    }


def _rounded(rates: Sequence[float], at: float) -> float:
    """The quantile between the two rates around it, to a whole percent."""
    place = at * (len(rates) - 1)
    below = int(place)
    above = min(below + 1, len(rates) - 1)
    return round(rates[below] + (rates[above] - rates[below]) * (place - below), 2)
