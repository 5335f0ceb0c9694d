"""A question and its options: what may be asked, in which words, and where a data type stands in the cubes."""

from __future__ import annotations

from dataclasses import dataclass

from data.figures.registry import rates
from data.figures.units import Base, Hit
from data.marts.slices import DIMENSIONS
from data.question import NAMES, Query, parse
from data.scope import Scope

__all__ = ["NAMES", "Measure", "Query", "dimensions", "measure", "parse"]


@dataclass(frozen=True)
class Measure:
    """What a question divides: its base and its hits, columns of the cubes (data/figures/units.py)."""

    of: Base
    hit: Hit

    @property
    def base(self) -> str:
        """The column of the base."""
        return self.of.column

    @property
    def hits(self) -> str:
        """The column of the hits."""
        return self.hit.column

    @property
    def tracking(self) -> str | None:
        """The column that says whether it was tracked, where that matters."""
        return self.of.tracking


def measure(query: Query) -> Measure:
    """docs/numbers.md, "Units and bases": what the rate of a query's data type divides, machines in or out."""
    rate = rates()[query.data_type]
    return Measure(rate.base, rate.hit_of(query.engagement))


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
