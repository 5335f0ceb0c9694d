"""How rows of tiles fill their pages: spread evenly, and what can grow grows into what is left. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import inf

#: px of A4 between its upper and lower margins.
HEIGHT = 1020.0
#: px the cover and a plot may grow by, and what is left free at the foot of a page.
MOST_COVER, MOST_PLOT, FREE = 340.0, 150.0, 12.0


@dataclass(frozen=True, slots=True)
class Measured:
    """A row: its height in px with the gap below it; `plots`: it has plots, which may be drawn higher."""

    height: float
    plots: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """px the head grows by, the rows that begin a page, and px the plots of a row grow by."""

    head: float = 0.0
    breaks: frozenset[int] = frozenset()
    plots: Mapping[int, float] = field(default_factory=dict)


def fit(head: float, most_head: float, rows: Sequence[Measured]) -> Fit:
    """Fill as few pages as can be as evenly as can be. `head`: px before the first row; it may grow by `most_head`.

    A row higher than a page leaves everything as it flows.
    """
    if not rows or max(row.height for row in rows) + head > HEIGHT:
        return Fit()
    starts = _split(head, most_head, rows)
    found: dict[int, float] = {}
    grown = 0.0
    for first, end in pairwise([*starts, len(rows)]):
        page = range(first, end)
        left = HEIGHT - FREE - sum(rows[n].height for n in page) - (head if first == 0 else 0.0)
        if first == 0:
            grown = max(0.0, min(left, most_head))
            left -= grown
        plots = [n for n in page if rows[n].plots]
        for n in plots:
            found[n] = max(0.0, min(left / len(plots), MOST_PLOT))
    return Fit(grown, frozenset(starts[1:]), found)


def _split(head: float, most_head: float, rows: Sequence[Measured]) -> list[int]:
    """The first row of each page: of the fewest pages, those whose squares of what stays empty add up to least."""

    def empty(first: int, end: int) -> float:
        used = sum(row.height for row in rows[first:end]) + (head if first == 0 else 0.0)
        if used > HEIGHT:
            return inf
        grows = MOST_PLOT * sum(row.plots for row in rows[first:end]) + (most_head if first == 0 else 0.0)
        return max(0.0, 1 - (used + grows) / HEIGHT) ** 2

    # The best way to end a page before each row: (pages, emptiness, where the last one begins).
    best: list[tuple[int, float, int]] = [(0, 0.0, 0)]
    for end in range(1, len(rows) + 1):
        ways = [(inf, inf, 0)]
        for first in range(end):
            cost = empty(first, end)
            if cost < inf:
                ways.append((best[first][0] + 1, best[first][1] + cost, first))
        pages, cost, first = min(ways)
        best.append((int(pages), cost, first))
    starts, end = [], len(rows)
    while end:
        end = best[end][2]
        starts.append(end)
    return starts[::-1]
