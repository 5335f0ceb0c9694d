"""Falls of a campaign's replies: worked cases by hand, and what the rule does over many simulated quarters.

A simulated campaign writes to so many leads on working days and few at weekends; 6 % reply, most within two days,
and who would answer at a weekend mostly answers on Monday. Looks are daily, at the end of the day.
"""

from __future__ import annotations

import numpy as np
import pytest

from data.query import falls
from data.query.falls import WEEKS, Counts

DELAYS = (0.45, 0.2, 0.1, 0.07, 0.05, 0.04, 0.03)
HISTORY = 7 * (WEEKS + 1)


def steady(base: int, replied: int) -> tuple[Counts, Counts]:
    """Every day alike."""
    return np.full((WEEKS + 1, 7), base), np.full((WEEKS + 1, 7), replied)


def test_what_did_not_change_is_no_fall_and_what_halved_is_one() -> None:
    base, replied = steady(100, 6)
    assert falls.judged(base, replied)
    assert falls.fall(base, replied, campaigns=1) is None
    replied[0] = 3
    found = falls.fall(base, replied, campaigns=1)
    assert found is not None
    # A week: 7 × 100 × 6 % were to be expected, 7 × 3 came.
    assert (found.days, found.base, found.replied, found.expected) == (7, 700, 21, pytest.approx(42.0))


def test_volume_age_and_weekday_are_like_with_like() -> None:
    base, replied = steady(100, 6)
    base[0], replied[0] = 50, 3  # half as many were written to
    replied[:, 0] = 0  # nobody has answered yet on the day it is sent, in no week
    assert falls.fall(base, replied, campaigns=1) is None


def test_few_are_not_judged_and_a_known_fall_stands_until_it_is_over() -> None:
    base, replied = steady(10, 1)
    replied[0] = 0
    assert not falls.judged(base, replied)  # 7 replies expected in a week
    assert falls.fall(base, replied, campaigns=1) is None
    base, replied = steady(100, 6)
    replied[0] = 4  # 28 of 42: no news by itself for one of five campaigns
    assert falls.fall(base, replied, campaigns=5) is None
    assert falls.fall(base, replied, campaigns=5, known=True) is not None
    replied[0] = 6
    assert falls.fall(base, replied, campaigns=5, known=True) is None


def test_nothing_is_said_of_a_campaign_without_a_past_or_a_present() -> None:
    base, replied = steady(100, 6)
    base[1:], replied[1:] = 0, 0
    assert falls.fall(base, replied, campaigns=1) is None
    assert falls.fall(np.zeros_like(base), np.zeros_like(base), campaigns=0) is None


@pytest.mark.parametrize(
    ("sent", "bounced", "known", "told"),
    [
        (1000, 30, False, False),  # 3 % is not over 3 %
        (1000, 40, False, False),  # 4 % of 1,000: 1 in 24 by chance
        (1000, 40, True, True),
        (1000, 48, False, True),
        (199, 60, False, False),  # too few
        (0, 0, False, False),
    ],
)
def test_bounces_are_too_many_beyond_chance(sent: int, bounced: int, known: bool, told: bool) -> None:
    assert falls.too_many_bounced(sent, bounced, known=known) is told


class Campaign:
    """Leads by day, and how many of them had replied by the end of each of seven days."""

    def __init__(
        self, rng: np.random.Generator, days: int, leads: int, scatter: float, fall_from: int | None = None
    ) -> None:
        self.base = np.zeros(days, np.int64)
        self.replied = np.zeros((days, 7), np.int64)
        for day in range(days):
            self.base[day] = rng.poisson(leads * (1 if day % 7 < 5 else 0.1))
            rate = 0.06 * (0.7 if fall_from is not None and day >= fall_from else 1.0)
            if scatter:
                rate *= rng.gamma(1 / scatter**2, scatter**2)
            chances = np.zeros(7)
            for age, share in enumerate(DELAYS):
                weekend = (day + age) % 7 >= 5
                chances[age] += share * (0.3 if weekend else 1)
                monday = age + (7 - (day + age) % 7)
                if weekend and monday < 7:
                    chances[monday] += share * 0.7
            chances *= rate
            self.replied[day] = rng.multinomial(self.base[day], [*chances, 1 - chances.sum()])[:7].cumsum()

    def look(self, day: int) -> tuple[Counts, Counts]:
        """As the query counts them at the end of a day."""
        week, ago = np.arange(WEEKS + 1)[:, None], np.arange(7)[None, :]
        started = day - 7 * week - ago
        return self.base[started], self.replied[started, ago]


@pytest.mark.parametrize(("campaigns", "leads", "scatter"), [(1, 600, 0.0), (1, 800, 0.1), (4, 300, 0.1)])
def test_at_most_one_false_alarm_an_account_and_quarter(campaigns: int, leads: int, scatter: float) -> None:
    rng, alarms, accounts = np.random.default_rng(16), 0, 40 // campaigns
    for _ in range(accounts * campaigns):
        campaign, known = Campaign(rng, HISTORY + 90, leads, scatter), False
        for day in range(HISTORY, HISTORY + 90):
            now = falls.fall(*campaign.look(day), campaigns=campaigns, known=known) is not None
            alarms += now and not known
            known = now
    assert alarms / accounts <= 1.0


@pytest.mark.parametrize(("leads", "scatter"), [(600, 0.0), (800, 0.1)])
def test_a_fall_by_30_percent_is_found_within_5_days_in_the_median(leads: int, scatter: float) -> None:
    rng, took = np.random.default_rng(17), []
    for _ in range(60):
        begins = HISTORY + int(rng.integers(7))
        campaign = Campaign(rng, HISTORY + 40, leads, scatter, begins)
        days = range(begins, HISTORY + 40)
        found = (day for day in days if falls.fall(*campaign.look(day), campaigns=1) is not None)
        took.append(next(found, begins + 98) - begins + 1)
    assert np.median(took) <= 5
