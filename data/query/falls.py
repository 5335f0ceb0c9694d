"""Whether a rate has really fallen, or bounces really are too many: tests that may be made every day for a year.

A campaign is compared with itself: journeys that started in the last days with those of the twelve weeks before,
each of those weeks as it stood at the same moment of its own. So weekday, age and volume are the same on both
sides. Of a campaign that did not change, what is seen now is negative binomial: a Poisson count whose mean is known
no better than the history lets it be. Days scatter more than Poisson in most campaigns, so both sides are thinned
by the scatter the history shows.

The level of a single look follows from how many there are. Neighbouring looks share most of their days, so the 90
of a quarter count as 30; they and all campaigns and windows of an account share the false alarms allowed to it.
`tests/data/test_falls.py` simulates what comes of it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

#: Weeks of history, and the windows of a look in days.
WEEKS: Final = 12
WINDOWS: Final = (3, 7)
#: Looks of a quarter that count as separate, and the false alarms all may give for an account and kind of reason.
LOOKS, FALSE_ALARMS = 30, 0.5
#: Below so many expected replies nothing is judged, and a smaller fall is none to act on.
LEAST_EXPECTED, LEAST_FALL = 10.0, 0.15
#: A known fall stands until it is this likely to be none.
OVER: Final = 0.05
#: The share of bounces that providers take offence at, and the e-mails of a week below which none is judged.
TOO_MANY_BOUNCED, LEAST_SENT = 0.03, 200

Counts = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Fall:
    """Replies of a campaign's latest journeys (`replied` of `base`) where `expected` were to be expected."""

    days: int
    base: int
    replied: int
    expected: float
    chance: float


def fall(base: Counts, replied: Counts, *, campaigns: int, known: bool = False) -> Fall | None:
    """The clearest fall of one campaign, None where there is none.

    `base`, `replied`: journeys by week (row 0 the last one) and day before now, (WEEKS + 1) × 7, as
    data/queries/campaign_weeks.sql counts them. `campaigns`: how many of the account are looked at. `known`: it was
    found before, and stands until it is over.
    """
    level = OVER if known else FALSE_ALARMS / (LOOKS * max(1, campaigns) * len(WINDOWS))
    found = [one for days in WINDOWS if (one := _window(base, replied, days)) is not None]
    clearest = min(found, key=lambda one: one.chance, default=None)
    return clearest if clearest is not None and clearest.chance < level else None


def judged(base: Counts, replied: Counts) -> bool:
    """Whether there is enough of a campaign to be looked at; who is not looked at gives no false alarm."""
    return any(_expected(base, replied, days)[0] >= LEAST_EXPECTED for days in WINDOWS)


def too_many_bounced(sent: int, bounced: int, *, known: bool = False) -> bool:
    """Whether more than 3 % bounce, beyond chance."""
    if sent < LEAST_SENT or bounced <= TOO_MANY_BOUNCED * sent:
        return False
    level = OVER if known else FALSE_ALARMS / LOOKS
    return 1 - _binomial(bounced - 1, sent, TOO_MANY_BOUNCED) < level


def _expected(base: Counts, replied: Counts, days: int) -> tuple[float, float, int, int]:
    """(expected replies, their variance, journeys, replies) of the last `days`, on days the history knows."""
    units, hits = base[1:, :days].sum(axis=0), replied[1:, :days].sum(axis=0)
    known = units > 0
    now, seen = base[0, :days][known], replied[0, :days][known]
    units, hits = units[known], hits[known]
    expected = float((now * hits / units).sum())
    variance = float((now**2 * hits / units**2).sum())
    return expected, variance, int(now.sum()), int(seen.sum())


def _window(base: Counts, replied: Counts, days: int) -> Fall | None:
    expected, variance, count, seen = _expected(base, replied, days)
    if expected < LEAST_EXPECTED or seen > (1 - LEAST_FALL) * expected:
        return None
    scatter = _scatter(base, replied)
    chance = _negative_binomial(int(seen / scatter), expected / scatter, variance / scatter)
    return Fall(days, count, seen, expected, chance)


def _scatter(base: Counts, replied: Counts) -> float:
    """How much more the days of the history scatter than a Poisson count would; never less."""
    units, hits = base[1:], replied[1:]
    expected = units * (hits.sum(axis=0) / np.maximum(units.sum(axis=0), 1))
    enough = expected >= 1
    free = enough.sum() - enough.any(axis=0).sum()  # each weekday's own rate was learned from them
    if free < 1:
        return 1.0
    spread = ((hits - expected)[enough] ** 2 / expected[enough]).sum() / free
    return max(1.0, float(spread))


def _negative_binomial(most: int, mean: float, variance: float) -> float:
    """The chance of at most `most`, of a Poisson count whose mean is gamma distributed."""
    shape = mean * mean / variance
    stay, go = math.log(shape / (shape + mean)), math.log(mean / (shape + mean))
    terms: list[float] = []
    log = shape * stay
    for k in range(most + 1):
        terms.append(log)
        log += math.log((shape + k) / (k + 1)) + go
    return _sum(terms)


def _binomial(most: int, n: int, p: float) -> float:
    """The chance of at most `most` of n."""
    log = n * math.log1p(-p)
    terms: list[float] = []
    for k in range(most + 1):
        terms.append(log)
        log += math.log((n - k) / (k + 1)) + math.log(p) - math.log1p(-p) if k < n else 0.0
    return _sum(terms)


def _sum(logs: Sequence[float]) -> float:
    """The sum of numbers given by their logarithms."""
    highest = max(logs, default=-math.inf)
    if highest == -math.inf:
        return 0.0
    return min(1.0, math.exp(highest) * math.fsum(math.exp(one - highest) for one in logs))
