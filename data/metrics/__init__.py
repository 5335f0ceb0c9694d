"""The catalog: every number is declared once, here, and told by tiles, tooltips, CSV, API and `vitrine query`.

Each module has one constant METRICS; they are found by walking the package.
"""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from data.metrics.base import Definition, Good, Lang, Metric, Text
from data.metrics.wording import caveat_of, dates_of, key_of
from data.question import Query

__all__ = ["Definition", "Good", "Lang", "Metric", "Text", "describe", "metrics"]


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


def describe(query: Query, lang: Lang = "en", timezone: str = "") -> Definition:
    """What the answer to `query` counts, in words, with the options in force; every query has a definition.

    `timezone`: of the workspace, named where days are meant; without it "the workspace's time zone".
    """
    metric = metrics()[key_of(query)]
    return Definition(
        metric.key,
        metric.label.of(lang),
        metric.formula.of(lang),
        metric.unit,
        metric.good,
        metric.base.of(lang),
        dates_of(query, timezone).of(lang),
        caveat_of(query, metric).of(lang),
    )
