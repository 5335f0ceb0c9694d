"""The period a page shows and the one before it, both in whole local days."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from dashapp.ui.format import date_range
from dashapp.ui.language.texts import words

PERIODS = ("7", "28", "90")
DEFAULT_PERIOD = "28"


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included. `key` is the number of days as the query string gives it."""

    key: str
    from_: date
    to: date

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.to - self.from_).days + 1

    @property
    def previous(self) -> Period:
        """As many days right before it."""
        return Period(self.key, self.from_ - timedelta(days=self.days), self.from_ - timedelta(days=1))

    def label(self, lang: str = "en") -> str:
        """ "28 days"."""
        return words(lang)("days", n=self.days)

    def dates(self, lang: str = "en", *, year: bool = True) -> str:
        """ "1 – 28 October 2026"."""
        return date_range(self.from_, self.to, lang, year=year)

    def each_day(self) -> list[date]:
        """Its days in order."""
        return [self.from_ + timedelta(days=i) for i in range(self.days)]

    def range_options(self) -> dict[str, Any]:
        """As options of a Query: `Query(name=…, **period.range_options())`."""
        return {"from": self.from_, "to": self.to}


def period_ending(as_of: datetime, timezone: str, key: str | None) -> Period:
    """The period whose last day is the local day of `as_of`; an unknown key gives the default one."""
    key = key if key in PERIODS else DEFAULT_PERIOD
    last = as_of.astimezone(ZoneInfo(timezone)).date()
    return Period(key, last - timedelta(days=int(key) - 1), last)


def own_period(name: str, first: str | None, last: str | None, today: date) -> Period:
    """A tile's own period ("last_7", "this_month", "last_month", "fixed" …) seen from a local day.

    Its key is "own": nobody can choose a longer one on the page.
    """
    if name == "fixed" and first and last:
        return Period("own", date.fromisoformat(first), date.fromisoformat(last))
    if name.startswith("last_") and name[5:].isdigit():
        return Period("own", today - timedelta(days=int(name[5:]) - 1), today)
    begin = today.replace(day=1)
    if name == "last_month":
        end = begin - timedelta(days=1)
        return Period("own", end.replace(day=1), end)
    return Period("own", begin, today)
