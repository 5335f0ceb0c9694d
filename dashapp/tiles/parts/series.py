"""Daily counts of an answer as the points a chart shows: one per day, or one per 7 days in long periods."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from statistics import median
from typing import Any

from dashapp.tiles.periods import Period
from dashapp.ui.format import date_range, day, weekday

#: From this many days on a day is too small a sample for a rate: 7 days are pooled.
POOL_FROM = 60


@dataclass(frozen=True, slots=True)
class Bucket:
    """Sums over the days `first`..`last`; `base` is 0 for plain counts."""

    first: date
    last: date
    n: int
    base: int = 0

    @property
    def rate(self) -> float | None:
        """n / base; None without a base."""
        return self.n / self.base if self.base else None

    def label(self, lang: str) -> str:
        """ "Sun 18 Oct", or the range of pooled days."""
        return (
            weekday(self.first, lang)
            if self.first == self.last
            else date_range(self.first, self.last, lang, year=False)
        )

    @property
    def key(self) -> str:
        """The cell of its days (data/drilldown/place.py)."""
        return f"d:{self.first}" if self.first == self.last else f"d:{self.first}..{self.last}"

    def short(self, lang: str) -> str:
        """The axis label: the first day."""
        return day(self.first, lang)


def pooled(period: Period) -> bool:
    """Whether points of this period pool 7 days."""
    return period.days >= POOL_FROM


def buckets(period: Period, rows: Iterable[tuple[str, int, int]], *, pool: bool) -> list[Bucket]:
    """(ISO day, n, base) rows as buckets of `period`, days without a row as zeros.

    Pooled buckets end with the period's last day, so that the newest is a full one.
    """
    found = {key: (n, base) for key, n, base in rows}
    days = period.each_day()
    size = 7 if pool else 1
    starts = list(range(len(days) % size, len(days), size))
    if starts and starts[0]:
        starts.insert(0, 0)
    result = []
    for start, end in zip(starts, [*starts[1:], len(days)], strict=True):
        chosen = days[start:end]
        sums = [found.get(d.isoformat(), (0, 0)) for d in chosen]
        result.append(Bucket(chosen[0], chosen[-1], sum(n for n, _ in sums), sum(b for _, b in sums)))
    return result


def drawn_rates(found: Sequence[Bucket]) -> list[float | None]:
    """The rates a line is drawn through: points with very few units would be spikes that say nothing.

    Left out is what has less than a tenth of the median base; the tooltip still tells it.
    """
    bases = [b.base for b in found if b.base]
    least = median(bases) / 10 if bases else 0
    return [b.rate if b.base >= least else None for b in found]


def rate_rows(answer: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Rows of a `rate --by day` answer."""
    return [(group["key"], group["n"], group["base"]) for group in answer.get("groups", [])]


def sent_rows(answer: Mapping[str, Any]) -> list[tuple[str, int, int]]:
    """Rows of a `sent_emails` answer."""
    return [(row["day"], row["n"], 0) for row in answer["days"]]
