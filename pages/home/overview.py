"""A workspace at a glance: the key figures of its last 28 days, today included, beside the 28 before.

What was sent is compared over whole days: the running one is left out, and with it the day that matches it.

The home page shows one `WorkspaceOverview` per workspace, and their total. The total of a rate is the sum of n over
the sum of bases, not a mean of rates (docs/numbers.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from dashapp.tiles.parts.rates import LEAST_UNITS
from dashapp.tiles.periods import Complete, Period, complete_to
from data.query.ask import Query
from data.query.many import WorkspaceFigures


@dataclass(frozen=True)
class Share:
    """n of base; `rate` is None without a base."""

    n: int = 0
    base: int = 0

    @property
    def rate(self) -> float | None:
        """n / base, 0..1."""
        return self.n / self.base if self.base else None


@dataclass(frozen=True)
class Whole:
    """E-mails sent on the days of the period that are over, and on those that match them before.

    `full`: something was sent before the earlier days begin, or on the first of them: none of them lacks data.
    """

    sent: int = 0
    before: int = 0
    full: bool = False

    def __add__(self, other: Whole) -> Whole:
        return Whole(self.sent + other.sent, self.before + other.before, self.full or other.full)


@dataclass(frozen=True, slots=True)
class WorkspaceOverview:
    """Key figures of one workspace at a moment, each worked out when it is asked for: of thousands of workspaces
    only some rows are shown."""

    slug: str
    name: str
    agency: str
    timezone: str
    told: WorkspaceFigures
    at: datetime

    @property
    def failed(self) -> bool:
        """Whether its figures could not be read: the row says so, and the others stay readable."""
        return self.told.figures is None

    @property
    def complete_to(self) -> Complete | None:
        """What the figures are complete to, None without any event."""
        return complete_to(self.told.last_event_at, self.at, self.timezone)

    @property
    def days(self) -> tuple[int, ...]:
        """E-mails sent on each day, the running one last."""
        return self.told.figures.sent["sent"] if self.told.figures else ()

    @property
    def sent(self) -> int:
        """E-mails sent on all of these days."""
        return sum(self.days)

    @property
    def opens(self) -> Share:
        """Opened of the e-mails sent."""
        return self._share("opens")

    @property
    def replies(self) -> Share:
        """Leads who replied, of those first written to."""
        return self._share("replies")

    @property
    def positive(self) -> Share:
        """Leads whose first reply was positive."""
        return self._share("positive")

    @property
    def whole(self) -> Whole:
        """What was sent on days that are over, beside the days before."""
        figures = self.told.figures
        return _whole(figures.sent["sent"], figures.sent["sent_before"]) if figures else Whole()

    @property
    def held(self) -> bool:
        """Events arrived, and a failed check holds their first figures back."""
        return self.empty and self.told.failing

    @property
    def behind(self) -> bool:
        """Events arrived that are not counted: they wait, or a check of them failed."""
        return not self.failed and (self.told.failing or self.told.late)

    @property
    def empty(self) -> bool:
        """True until the first event."""
        return self.told.last_event_at is None

    def _share(self, name: str) -> Share:
        return Share(*self.told.figures.rates[name]) if self.told.figures else Share()


@dataclass(frozen=True)
class Total:
    """The sum over several workspaces."""

    sent: int
    opens: Share
    replies: Share
    positive: Share
    whole: Whole


def period_to(today: date) -> Period:
    """The 28 days that end with a workspace's own day."""
    return Period("28", today - timedelta(days=27), today)


def questions(period: Period) -> dict[str, Query]:
    """What to ask of a workspace, by name."""
    now, earlier = period.range_options(), period.previous.previous
    before = {"from": earlier.from_, "to": period.previous.to}
    positive: dict[str, Any] = {"name": "rate", "data_type": "positive_reply", "attribution": "lead"}
    return {
        "sent": Query(name="sent_emails", **now),
        "sent_before": Query(name="sent_emails", **before),
        "opens": Query(name="rate", data_type="open", attribution="email", **now),
        "replies": Query(name="rate", data_type="reply", attribution="lead", **now),
        "positive": Query(**positive, **now),
    }


def _whole(days: tuple[int, ...], earlier: tuple[int, ...]) -> Whole:
    """`days`: e-mails of each day up to the running one; `earlier`: of twice as many days before them."""
    count = len(days)
    before = earlier[-count:]
    return Whole(sum(days[:-1]), sum(before[:-1]), any(earlier[: len(earlier) - count + 1]))


def total(overviews: Iterable[WorkspaceOverview]) -> Total:
    """The sum over all of them."""
    sent, sums = 0, {"opens": [0, 0], "replies": [0, 0], "positive": [0, 0]}
    whole = Whole()
    for one in overviews:
        sent += one.sent
        for name, (n, base) in (one.told.figures.rates if one.told.figures else {}).items():
            sums[name][0] += n
            sums[name][1] += base
        # Workspaces without a full earlier period would only add to one side.
        if (days := one.whole).full:
            whole += days
    opens, replies, positive = (Share(*both) for both in sums.values())
    return Total(sent, opens, replies, positive, whole)


def change(whole: Whole) -> float | None:
    """The relative change of what was sent; None when there is nothing to compare with."""
    if not whole.full or min(whole.sent, whole.before) < LEAST_UNITS:
        return None
    return (whole.sent - whole.before) / whole.before
