"""A workspace at a glance: the key figures of its last 28 days, today included, beside the 28 before.

What was sent is compared over whole days: the running one is left out, and with it the day that matches it.

The agency home shows one `Glance` a workspace and their sum. Rates are summed as n and base and divided last,
so the total is that of all units, not a mean of rates (docs/numbers.md).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashapp.tiles.parts.rates import LEAST_UNITS
from dashapp.tiles.periods import Complete, Period
from data.query.ask import Query
from data.query.many import Figures


@dataclass(frozen=True)
class Share:
    """n of base; `rate` is None without a base."""

    n: int = 0
    base: int = 0

    @property
    def rate(self) -> float | None:
        """n / base, 0..1."""
        return self.n / self.base if self.base else None

    def __add__(self, other: Share) -> Share:
        return Share(self.n + other.n, self.base + other.base)


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


@dataclass(frozen=True)
class Glance:
    """Key figures of one workspace. `complete_to`: what the figures are complete to, None without any event."""

    slug: str
    name: str
    agency: str
    timezone: str
    complete_to: Complete | None
    sent: int
    days: tuple[int, ...]
    opens: Share
    replies: Share
    positive: Share
    whole: Whole = Whole()
    failed: bool = False
    #: Events came in, and a failed check holds their first figures back.
    held: bool = False
    #: Events came in that are not counted: they wait, or a check of them failed.
    behind: bool = False

    @property
    def empty(self) -> bool:
        """True until the first event."""
        return self.complete_to is None


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


def glance(
    *,
    slug: str,
    name: str,
    agency: str,
    timezone: str,
    complete_to: Complete | None,
    figures: Figures,
    held: bool = False,
    behind: bool = False,
) -> Glance:
    """Read what is said to `questions`."""
    return Glance(
        slug=slug,
        name=name,
        agency=agency,
        timezone=timezone,
        complete_to=complete_to,
        sent=sum(figures.sent["sent"]),
        days=figures.sent["sent"],
        opens=Share(*figures.rates["opens"]),
        replies=Share(*figures.rates["replies"]),
        positive=Share(*figures.rates["positive"]),
        whole=_whole(figures.sent["sent"], figures.sent["sent_before"]),
        held=held,
        behind=behind,
    )


def _whole(days: tuple[int, ...], earlier: tuple[int, ...]) -> Whole:
    """`days`: e-mails of each day up to the running one; `earlier`: of twice as many days before them."""
    count = len(days)
    before = earlier[-count:]
    return Whole(sum(days[:-1]), sum(before[:-1]), any(earlier[: len(earlier) - count + 1]))


def unreadable(*, slug: str, name: str, agency: str, timezone: str) -> Glance:
    """Stands for a workspace whose figures could not be read: it is told, and the others stay readable."""
    none = Share()
    return Glance(slug, name, agency, timezone, None, 0, (), none, none, none, failed=True)


def total(glances: Iterable[Glance]) -> Total:
    """The sum over all of them."""
    items = list(glances)
    return Total(
        sent=sum(item.sent for item in items),
        opens=sum((item.opens for item in items), Share()),
        replies=sum((item.replies for item in items), Share()),
        positive=sum((item.positive for item in items), Share()),
        # Workspaces without a full earlier period would only add to one side.
        whole=sum((item.whole for item in items if item.whole.full), Whole()),
    )


def change(whole: Whole) -> float | None:
    """The relative change of what was sent; None when there is nothing to compare with."""
    if not whole.full or min(whole.sent, whole.before) < LEAST_UNITS:
        return None
    return (whole.sent - whole.before) / whole.before
