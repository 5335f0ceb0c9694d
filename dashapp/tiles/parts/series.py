"""Daily counts of an answer as the points a chart shows: one per day, or one per 7 days in long periods."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
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
    #: Whether it may still change: a running day, or units that are not ripe yet.
    going: bool = False

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
        """The cell of its days (data/drilldown/position.py)."""
        return f"d:{self.first}" if self.first == self.last else f"d:{self.first}..{self.last}"

    def short(self, lang: str) -> str:
        """The axis label: the first day."""
        return day(self.first, lang)


def pooled(period: Period) -> bool:
    """Whether points of this period pool 7 days."""
    return period.days >= POOL_FROM


def buckets(
    period: Period, rows: Iterable[tuple[str, int, int]], *, pool: bool, going: Collection[str] = ()
) -> list[Bucket]:
    """(ISO day, n, base) rows as buckets of `period`, days without a row as zeros.

    Pooled buckets end with the period's last day, so that the newest is a full one. `going`: the days in progress.
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
        open_ = any(d.isoformat() in going for d in chosen)
        result.append(Bucket(chosen[0], chosen[-1], sum(n for n, _ in sums), sum(b for _, b in sums), open_))
    return result


def counterpart(period: Period, before: Period) -> timedelta:
    """How far a day's counterpart lies back: calendar periods meet on the same weekday, as near as they can."""
    apart = period.from_ - before.from_
    return apart if period.unit == "days" else timedelta(weeks=round(apart / timedelta(weeks=1)))


def aligned(
    period: Period, before: Period, rows: Iterable[tuple[str, int, int]], *, pool: bool
) -> list[Bucket]:
    """The buckets of the period compared with, each over its counterpart in `period` and on the same weekday.

    A month begins on another weekday than the one before it: its first days, or the last ones, may have no
    counterpart. Their buckets have no base and count nothing.
    """
    apart = counterpart(period, before)
    found = {key: (n, base) for key, n, base in rows}
    moved = [
        (day.isoformat(), *found.get((day - apart).isoformat(), (0, 0)))
        for day in period.each_day()
        if before.from_ <= day - apart <= before.to
    ]
    known = {key for key, _, _ in moved}
    made = []
    for one in buckets(period, moved, pool=pool):
        there = one.first.isoformat() in known and one.last.isoformat() in known
        made.append(Bucket(one.first - apart, one.last - apart, one.n, one.base, going=not there))
    return made


def emphasis(
    values: Sequence[float | None], found: Sequence[Bucket]
) -> tuple[list[float | None], list[float | None]]:
    """(what is certain, what is in progress): two lines that meet, the second from the last certain point on."""
    solid = [None if b.going else v for v, b in zip(values, found, strict=True)]
    going = [i for i, b in enumerate(found) if b.going and values[i] is not None]
    if not going:
        return solid, [None] * len(solid)
    known = [i for i in range(going[0]) if solid[i] is not None]
    start = known[-1] if known else going[0]
    return solid, [v if i >= start else None for i, v in enumerate(values)]


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
