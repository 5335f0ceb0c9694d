"""The catalog: every number is declared once, here, and told by tiles, tooltips, CSV, API and `vitrine query`.

Each module has one constant METRICS; they are found by walking the package.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from data.metrics.base import Definition, Good, Metric, Say, in_english
from data.metrics.wording import caveats_of, dates_of, key_of
from data.question import Query

__all__ = ["Definition", "Good", "Metric", "Say", "describe", "metrics"]


@lru_cache(maxsize=1)
def metrics() -> dict[str, Metric]:
    """Every metric by its key; two of one key are refused."""
    found: dict[str, Metric] = {}
    package = importlib.import_module("data.metrics")
    for module in pkgutil.iter_modules(package.__path__):
        for metric in getattr(importlib.import_module(f"data.metrics.{module.name}"), "METRICS", ()):
            if metric.key in found:
                raise ValueError(f"two metrics have the key {metric.key!r}")
            found[metric.key] = metric
    return found


def describe(query: Query, timezone: str = "", say: Say = in_english) -> Definition:
    """What the answer to `query` counts, in words, with the options in force; every query has a definition.

    `timezone`: of the workspace, named where days are meant; without it "the workspace's time zone". `say`: gives
    the sentences in the reader's language.
    """
    metric = metrics()[key_of(query)]
    return Definition(
        metric.key,
        say(metric.label),
        say(metric.formula),
        metric.unit,
        metric.good,
        say(metric.base) if metric.base else "",
        dates_of(query, timezone, say),
        " ".join(say(one) for one in caveats_of(query, metric)),
    )
