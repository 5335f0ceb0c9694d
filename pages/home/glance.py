"""A workspace at a glance: the key figures of its last 28 days, today included, beside the 28 before.

The agency home shows one `Glance` a workspace and their sum. Rates are summed as n and base and divided last,
so the total is that of all units, not a mean of rates (METRICS §2).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from dashapp.tiles.periods import Period
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
class Glance:
    """Key figures of one workspace. `complete_to`: the last local day with events, None without any."""

    slug: str
    name: str
    agency: str
    timezone: str
    complete_to: date | None
    sent: int
    sent_before: int
    days: tuple[int, ...]
    opens: Share
    replies: Share
    positive: Share
    positive_before: int
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
    sent_before: int
    opens: Share
    replies: Share
    positive: Share
    positive_before: int


def period_to(today: date) -> Period:
    """The 28 days that end with a workspace's own day."""
    return Period("28", today - timedelta(days=27), today)


def questions(period: Period) -> dict[str, Query]:
    """What to ask of a workspace, by name."""
    now, before = period.range_options(), period.previous.range_options()
    positive: dict[str, Any] = {"name": "rate", "data_type": "positive_reply", "attribution": "lead"}
    return {
        "sent": Query(name="sent_emails", **now),
        "sent_before": Query(name="sent_emails", **before),
        "opens": Query(name="rate", data_type="open", attribution="email", **now),
        "replies": Query(name="rate", data_type="reply", attribution="lead", **now),
        "positive": Query(**positive, **now),
        "positive_before": Query(**positive, **before),
    }


def glance(
    *,
    slug: str,
    name: str,
    agency: str,
    timezone: str,
    complete_to: date | None,
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
        sent_before=sum(figures.sent["sent_before"]),
        days=figures.sent["sent"],
        opens=Share(*figures.rates["opens"]),
        replies=Share(*figures.rates["replies"]),
        positive=Share(*figures.rates["positive"]),
        positive_before=figures.rates["positive_before"][0],
        held=held,
        behind=behind,
    )


def unreadable(*, slug: str, name: str, agency: str, timezone: str) -> Glance:
    """Stands for a workspace whose figures could not be read: it is told, and the others stay readable."""
    none = Share()
    return Glance(slug, name, agency, timezone, None, 0, 0, (), none, none, none, 0, failed=True)


def total(glances: Iterable[Glance]) -> Total:
    """The sum over all of them."""
    items = list(glances)
    return Total(
        sent=sum(item.sent for item in items),
        sent_before=sum(item.sent_before for item in items),
        opens=sum((item.opens for item in items), Share()),
        replies=sum((item.replies for item in items), Share()),
        positive=sum((item.positive for item in items), Share()),
        positive_before=sum(item.positive_before for item in items),
    )


def change(now: int, before: int) -> float | None:
    """The relative change; None when there is nothing to compare with."""
    return (now - before) / before if before else None
