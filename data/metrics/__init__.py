"""The catalog in words: what every number counts, told by tiles, tooltips, CSV, API and `vitrine query`.

The words stand in the declarations (data/figures/); here they are put together for one question.
"""

from __future__ import annotations

from functools import lru_cache

from data.figures.base import Good, Words
from data.figures.registry import figures, rates
from data.metrics.base import Definition, Translate, in_english
from data.metrics.wording import caveats_of, dates_of, key_of
from data.question import Query

__all__ = ["Definition", "Good", "Translate", "Words", "describe", "metrics"]


@lru_cache(maxsize=1)
def metrics() -> dict[str, Words]:
    """Every number by its key: the figure's name, for rates `<data type>_<attribution>`."""
    found = {name: figure.words for name, figure in figures().items() if figure.words is not None}
    for name, rate in rates().items():
        found |= {f"{name}_{attribution}": rate.definition(attribution) for attribution in ("email", "lead")}
    return found


def describe(query: Query, timezone: str = "", say: Translate = in_english) -> Definition:
    """What the answer to `query` counts, in words, with the options in force; every query has a definition.

    `timezone`: of the workspace, named where days are meant; without it "the workspace's time zone". `say`: gives
    the sentences in the reader's language.
    """
    key = key_of(query)
    metric = metrics()[key]
    return Definition(
        key,
        say(metric.label),
        say(metric.formula),
        metric.unit,
        metric.good,
        say(metric.base) if metric.base else "",
        dates_of(query, timezone, say),
        " ".join(say(one) for one in caveats_of(query, metric)),
    )
