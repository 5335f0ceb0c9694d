"""`dashapp.ui.format` in the reader's language, for pages that are made for one reader."""

from __future__ import annotations

from datetime import date, datetime

from dashapp.db.base import now
from dashapp.ui import format as formats
from dashapp.ui.language.say import language, twelve_hours


def integer(value: int) -> str:
    """A whole number."""
    return formats.integer(value, language())


def percent(rate: float | None) -> str:
    """A rate of 0..1 with one decimal."""
    return formats.percent(rate, language())


def signed_percent(change: float) -> str:
    """A relative change."""
    return formats.signed_percent(change, language())


def signed_points(change: float) -> str:
    """A change of a rate in percentage points."""
    return formats.signed_points(change, language())


def of_base(n: int, base: int) -> str:
    """n and base."""
    return formats.of_base(n, base, language())


def day(value: date) -> str:
    """A day of a year everybody knows."""
    return formats.day(value, language())


def dated(value: date) -> str:
    """A day that may be of another year, which is said then."""
    return formats.dated(value, now().date(), language())


def weekday_name(number: int) -> str:
    """A day of the week, 1 to 7."""
    return formats.weekday_name(number, language())


def date_range(first: date, last: date, *, year: bool = True) -> str:
    """Days from … to …."""
    return formats.date_range(first, last, language(), year=year)


def moment(value: datetime, zone: str) -> str:
    """An aware time in a zone, on the reader's clock."""
    return formats.moment(value, zone, language(), twelve=twelve_hours())


def clock(hour: int, minute: int = 0) -> str:
    """A time of day, on the reader's clock."""
    return formats.clock(hour, minute, twelve=twelve_hours())


def compact(value: float) -> str:
    """A number in little room."""
    return formats.compact(value, language())


def size(value: int) -> str:
    """Bytes."""
    return formats.size(value, language())


def duration(seconds: float) -> str:
    """A span of time in its largest two units."""
    return formats.duration(seconds, language())
