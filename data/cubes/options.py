"""A question and its options: what may be asked, in which words, and where a data type stands in the cubes."""

from __future__ import annotations

from dataclasses import dataclass

from data.marts.slices import DIMENSIONS
from data.question import NAMES, Query, parse
from data.scope import Scope

__all__ = ["NAMES", "Measure", "Query", "dimensions", "measure", "parse"]


@dataclass(frozen=True)
class Measure:
    """Where a data type stands in the cubes: its base and its hits (columns of units.sql), and its tracking."""

    base: str
    hits: str
    tracking: str | None = None


def measure(query: Query) -> Measure:
    """docs/numbers.md, "Units and bases", as columns of units.sql."""
    if query.data_type == "bounce":
        return Measure("units", "bounce")
    if query.data_type == "open":
        return Measure("open_base", f"open_{query.engagement}", "track_opens")
    if query.data_type == "click":
        return Measure("click_base", f"click_{query.engagement}", "track_clicks")
    return Measure("eligible", query.data_type)


def dimensions(query: Query, scope: Scope) -> set[str]:
    """The dimensions a query filters or groups by: they decide which slice can answer it."""
    named = {name for name in ("campaign", "user") if getattr(query, name) is not None}
    named |= {name for name in ("sender_provider", "recipient_provider") if getattr(query, name) != "any"}
    if query.by in DIMENSIONS:
        named.add(query.by)
    if scope.user is not None:
        named.add("user")
    if scope.campaigns is not None:
        named.add("campaign")
    return named
