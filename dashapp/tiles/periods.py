"""The periods a page or a tile can show, and what each is compared with; all in whole local days.

This is their one declaration: desk, portal, tiles and reports offer these. A week, month, quarter or year is
compared with the one before it, a number of days with as many right before them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from dashapp.ui.format import date_range
from dashapp.ui.language.catalogue import translated
from dashapp.ui.language.texts import words

Unit = Literal["days", "week", "month", "quarter", "year"]
DEFAULT_PERIOD = "28"
CUSTOM = "custom"
#: A year ago, on the same weekdays.
YEAR = timedelta(weeks=52)
_MONTHS: Final = {"month": 1, "quarter": 3, "year": 12}


@dataclass(frozen=True, slots=True)
class Declared:
    """A period by its key in the address. `back`: so many days or units ago; `days`: how many of them."""

    key: str
    unit: Unit
    english: str
    back: int = 0
    days: int = 0

    @property
    def option(self) -> str:
        """Its name among a tile's options."""
        return f"last_{self.key}" if self.key.isdigit() else self.key

    def name(self, lang: str) -> str:
        """What people call it."""
        return translated(self.english, lang)


DECLARED: Final = (
    Declared("today", "days", "Today", days=1),
    Declared("yesterday", "days", "Yesterday", back=1, days=1),
    Declared("7", "days", "Last 7 days", days=7),
    Declared("14", "days", "Last 14 days", days=14),
    Declared("28", "days", "Last 28 days", days=28),
    Declared("90", "days", "Last 90 days", days=90),
    Declared("this_week", "week", "This week"),
    Declared("last_week", "week", "Last week", back=1),
    Declared("this_month", "month", "This month"),
    Declared("last_month", "month", "Last month", back=1),
    Declared("this_quarter", "quarter", "This quarter"),
    Declared("last_quarter", "quarter", "Last quarter", back=1),
    Declared("year_to_date", "year", "Year to date"),
)
PERIODS: Final = {one.key: one for one in DECLARED}
#: Shown as buttons; the others stand in the menu beside them.
QUICK: Final = ("7", "28", "90")


@dataclass(frozen=True, slots=True)
class Period:
    """Both days included. `key` is how the address names it; `unit` what kind of period it is."""

    key: str
    from_: date
    to: date
    unit: Unit = "days"
    #: Whether all days of its week, month, quarter or year are over.
    over: bool = False

    @property
    def days(self) -> int:
        """How many days it has."""
        return (self.to - self.from_).days + 1

    @property
    def previous(self) -> Period:
        """The one before it: as many days, or the week, month, quarter or year, up to the same day of it."""
        if self.unit == "days":
            return Period(self.key, self.from_ - timedelta(days=self.days), self.from_ - timedelta(days=1))
        return self._up_to_here(_start(self.unit, self.from_ - timedelta(days=1)))

    @property
    def year_before(self) -> Period:
        """The same a year ago: the same month, quarter or year, else the same weekdays 52 weeks before."""
        if self.unit in {"days", "week"}:
            return Period(self.key, self.from_ - YEAR, self.to - YEAR, self.unit)
        return self._up_to_here(self.from_.replace(year=self.from_.year - 1))

    def _up_to_here(self, start: date) -> Period:
        """The period of this unit that begins on `start`, as far as this one has come."""
        last = _end(self.unit, start)
        to = last if self.over else min(last, start + (self.to - self.from_))
        return Period(self.key, start, to, self.unit, over=True)

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


def period_of(key: str, today: date) -> Period:
    """A declared period seen from a local day; none of it lies after that day. KeyError for any other key."""
    declared = PERIODS[key]
    if declared.unit == "days":
        last = today - timedelta(days=declared.back)
        return Period(key, last - timedelta(days=declared.days - 1), last)
    start = _start(declared.unit, today)
    for _ in range(declared.back):
        start = _start(declared.unit, start - timedelta(days=1))
    last = _end(declared.unit, start)
    return Period(key, start, min(today, last), declared.unit, over=last < today)


def period_ending(as_of: datetime, timezone: str, key: str | None) -> Period:
    """The declared period seen from the local day of `as_of`; an unknown key gives the default one."""
    today = as_of.astimezone(ZoneInfo(timezone)).date()
    return period_of(key if key in PERIODS else DEFAULT_PERIOD, today)


def chosen_period(first: date, last: date, today: date, key: str = CUSTOM) -> Period:
    """Days that were chosen one by one; exactly a month, quarter or year of the calendar is one."""
    units: tuple[Unit, ...] = ("month", "quarter", "year")
    unit: Unit = next((u for u in units if _start(u, first) == first and _end(u, first) == last), "days")
    return Period(key, first, last, unit, over=last < today)


def own_period(name: str, first: str | None, last: str | None, today: date) -> Period:
    """A tile's own period ("last_7", "this_month", "fixed" …) seen from a local day.

    Its key is "own": nobody can choose a longer one on the page.
    """
    if name == "fixed" and first and last:
        return chosen_period(date.fromisoformat(first), date.fromisoformat(last), today, "own")
    found = period_of(name.removeprefix("last_") if name[5:].isdigit() else name, today)
    return replace(found, key="own")


def corresponding(moment: datetime, timezone: str, apart: timedelta) -> datetime:
    """The same wall time `apart` (whole days) earlier, in UTC."""
    local = moment.astimezone(ZoneInfo(timezone))
    earlier = datetime.combine(local.date() - apart, local.time(), ZoneInfo(timezone))
    return earlier.replace(fold=local.fold).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Complete:
    """What figures are complete to: the last local day that is over, and how far the running day has come."""

    day: date
    until: datetime | None = None


def complete_to(last: datetime | None, as_of: datetime, timezone: str) -> Complete | None:
    """By the latest event, which may be stamped ahead of `as_of`; None before the first one."""
    if last is None:
        return None
    last, zone = min(last, as_of), ZoneInfo(timezone)
    today, day = as_of.astimezone(zone).date(), last.astimezone(zone).date()
    return Complete(day) if day < today else Complete(today - timedelta(days=1), last)


def _start(unit: Unit, day: date) -> date:
    """The first day of the week, month, quarter or year that `day` is in."""
    if unit == "days":
        return day
    if unit == "week":
        return day - timedelta(days=day.weekday())
    months = _MONTHS[unit]
    return date(day.year, (day.month - 1) // months * months + 1, 1)


def _end(unit: Unit, day: date) -> date:
    """Its last day."""
    if unit == "days":
        return day
    if unit == "week":
        return _start(unit, day) + timedelta(days=6)
    after = _start(unit, day)
    for _ in range(_MONTHS[unit]):
        after = (after + timedelta(days=31)).replace(day=1)
    return after - timedelta(days=1)
