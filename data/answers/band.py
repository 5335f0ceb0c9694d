"""An agency's anonymous band: where a rate lies among its workspaces, telling no workspace's own figure."""

from __future__ import annotations

from typing import Any, Final

from data.answers.facts import Facts
from data.question import Query

#: Fewer could be told apart.
AT_LEAST: Final = 5


def band(facts: Facts, data_type: str, query: Query) -> dict[str, Any] | None:
    """Lower quartile, median and upper quartile of a rate per e-mail over the scope's workspaces, or None.

    None unless the scope holds at least five workspaces, none of them narrowed to a person or campaigns, and at
    least five have something to measure. The quartiles are interpolated and rounded to whole percent, so that no
    one workspace's figure can be read from them. Workspaces count alike, however much they send.
    """
    scope = facts.scope
    if scope.user is not None or scope.campaigns is not None or len(scope.workspace_ids) < AT_LEAST:
        return None
    asked = Query.model_validate(
        {
            "name": "rate",
            "data_type": data_type,
            "engagement": query.engagement,
            "from": query.from_,
            "to": query.to,
            "as_of": facts.as_of,
        }
    )
    rates = sorted(found["rate"] for found in facts.everywhere(asked) if found["base"])
    if len(rates) < AT_LEAST:
        return None
    return {
        "workspaces": len(rates),
        **{name: _rounded(rates, at) for name, at in (("low", 0.25), ("median", 0.5), ("high", 0.75))},
    }


def _rounded(rates: list[float], at: float) -> float:
    """The quantile between the two rates around it, to a whole percent."""
    place = at * (len(rates) - 1)
    below = int(place)
    above = min(below + 1, len(rates) - 1)
    return round(rates[below] + (rates[above] - rates[below]) * (place - below), 2)
