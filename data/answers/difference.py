"""Whether two shares differ by more than chance explains: said before anybody calls a variation the better one.

Newcombe's interval for the difference of two proportions (method 10 of his paper of 1998, built of Wilson's
intervals for each), which holds for small counts too. Where several are compared with the best, the level is
divided among them.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

#: One difference in twenty would be called one where there is none.
LEVEL = 0.05
#: Fewer units than this on either side say nothing, whatever the interval.
LEAST_BASE = 50


@dataclass(frozen=True, slots=True)
class Share:
    """`n` of `base` units."""

    n: int
    base: int

    @property
    def rate(self) -> float:
        """Their share; 0 of nothing is 0."""
        return self.n / self.base if self.base else 0.0


@dataclass(frozen=True, slots=True)
class Difference:
    """First less second as a share, with the interval it lies in, and whether there are enough units to say so."""

    value: float
    low: float
    high: float
    enough: bool

    @property
    def real(self) -> bool:
        """Whether chance alone does not explain it."""
        return self.enough and (self.low > 0 or self.high < 0)


def wilson(share: Share, z: float) -> tuple[float, float]:
    """Wilson's interval of one share. Without units it is everything."""
    if not share.base:
        return 0.0, 1.0
    n, p = share.base, share.rate
    middle = p + z * z / (2 * n)
    spread = z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return (middle - spread) / whole, (middle + spread) / whole


def difference(first: Share, second: Share, *, comparisons: int = 1) -> Difference:
    """How `first` differs from `second`; `comparisons`: how many are made side by side."""
    z = NormalDist().inv_cdf(1 - LEVEL / (2 * max(1, comparisons)))
    (low1, high1), (low2, high2) = wilson(first, z), wilson(second, z)
    value = first.rate - second.rate
    low = value - sqrt((first.rate - low1) ** 2 + (high2 - second.rate) ** 2)
    high = value + sqrt((high1 - first.rate) ** 2 + (second.rate - low2) ** 2)
    return Difference(value, low, high, min(first.base, second.base) >= LEAST_BASE)
