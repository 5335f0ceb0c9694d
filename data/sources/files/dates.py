"""Dates as people's spreadsheets write them: one order of day, month and year for a whole file, and local times.

An order is decided from every date of the file, never row by row: "03/09/2026" alone is two days. A file whose
dates fit two orders, or no single one, is refused with a sentence that shows both readings.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from typing import Any, Final
from zoneinfo import ZoneInfo

from data.errors import BadRecord, NotThisForm
from data.events.month_names import with_month_name
from data.events.times import moment
from data.sources.files.reading import DATE_ORDERS

#: A numeric date whose order is in question: whether a file holds any at all is asked first, for most hold none.
HINT: Final = re.compile(rb"(?<!\d)\d{1,2}[/.\-]\d{1,2}[/.\-](?:\d{4}|\d{2})(?!\d)")
_NUMERIC: Final = re.compile(
    r"(\d{1,4})([/.\-])(\d{1,2})\2(\d{1,4})"
    r"(?:[,T ]\s*(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?"
    r"\s*([AaPp]\.?[Mm]\.?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?"
)
_SHORTENED: Final = re.compile(r"\d[.,]\d+[eE]\+?\d+")
_SPACES: Final = re.compile(r"[\s\u00a0\u2007\u202f]+")
#: What else is written, with its own offset; without one such a time is local, too.
_OFFSET: Final = re.compile(r"(Z|UTC|GMT|[+-]\d{2}:?\d{2})\s*(\([^)]*\))?$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Written:
    first: str
    separator: str
    second: str
    third: str
    clock: tuple[int, int, int, int]
    offset: str | None


class TwoReadings(NotThisForm):
    """A file's dates settle no order. `value`: one of them; `readings`: order → the day it is, empty where the
    file mixes two orders.
    """

    def __init__(self, message: str, value: str, readings: dict[str, date]) -> None:
        super().__init__(message)
        self.value, self.readings = value, readings


@dataclass(slots=True)
class Evidence:
    """The numeric dates of one file, as far as they tell its order."""

    name: str
    #: (order that alone fits → the first date and its place), of dates that fit one order only.
    only: dict[str, tuple[str, str]] = field(default_factory=dict)
    #: Dates that mean different days in different orders: the first, its place, and its readings.
    doubt: tuple[str, str, dict[str, date]] | None = None
    dotted: bool = True
    possible: set[str] = field(default_factory=lambda: set(DATE_ORDERS))

    def add(self, value: Any, where: str) -> None:
        """Look at one value of `occurred_at`."""
        if type(value) is not str or (written := _parts(value)) is None or _is_iso(value):
            return
        readings = _readings(written)
        if not readings or len(written.first) == 4:
            return  # no day of any calendar (its row is parked), or the year leads: no evidence either way
        self.possible &= set(readings)
        self.dotted &= written.separator == "."
        if len(readings) == 1:
            self.only.setdefault(next(iter(readings)), (value, where))
        elif len(set(readings.values())) > 1 and self.doubt is None:
            self.doubt = (value, where, readings)

    def shown(self, order: str | None) -> dict[str, Any]:
        """The date that settles the order, and its place; nothing where none alone does."""
        if order is not None and order in self.only:
            value, where = self.only[order]
            return {"value": value, "where": where}
        return {}

    def order(self) -> tuple[str | None, str | None]:
        """(order, a sentence about how it was decided); (None, None) of a file without such dates.

        Raises NotThisForm for a file that can be read two ways or in no single one.
        """
        if len(self.only) > 1:
            (one, (a, at)), (other, (b, there)) = sorted(self.only.items())[:2]
            raise TwoReadings(
                f"{self.name} mixes two orders of dates: {a!r} ({_line(at)}) can only be {DATE_ORDERS[one]}, "
                f"{b!r} ({_line(there)}) only {DATE_ORDERS[other]}. Correct the file, or name the right order with "
                f"--dates {one} or --dates {other}; the dates that do not fit are then parked.",
                a,
                {},
            )
        for order, (value, where) in self.only.items():
            return (
                order,
                f"{self.name}: dates were read {DATE_ORDERS[order]}, as {value!r} ({_line(where)}) shows.",
            )
        if self.doubt is None:
            return (min(self.possible) if self.possible else None), None
        return self._undecided()

    def _undecided(self) -> tuple[str | None, str | None]:
        assert self.doubt is not None
        value, where, readings = self.doubt
        if self.dotted and "dmy" in readings:
            return (
                "dmy",
                f"{self.name}: dates with points were read day first; --dates mdy reads them month first.",
            )
        listed = " or ".join(f"{_day(day)} ({DATE_ORDERS[order]})" for order, day in readings.items())
        named = " or ".join(f"--dates {order}" for order in readings)
        raise TwoReadings(
            f"The dates of {self.name} can be read two ways: {value!r} ({_line(where)}) is {listed}, and no "
            f"date of the file settles it. Say which with {named}.",
            value,
            readings,
        )


def settled(value: Any, order: str | None, zone: ZoneInfo) -> tuple[Any, bool]:
    """(the moment in UTC, whether it was a local time) of a value of `occurred_at`.

    What is no written time (a number, nothing at all) is given back as it is. Raises BadRecord for a date that is
    not of the file's order.
    """
    if isinstance(value, datetime):
        return _in_utc(value, zone)
    if isinstance(value, date):
        return _in_utc(datetime.combine(value, time()), zone)
    if type(value) is not str:
        return value, False
    if _is_iso(value):
        read = datetime.fromisoformat(value)
        return (value, False) if read.tzinfo is not None else _in_utc(read, zone)
    if (written := _parts(value)) is not None:
        readings = _readings(written)
        if not readings:
            raise BadRecord(f"occurred_at {value[:60]!r} is no day of the calendar")
        if len(written.first) == 4:
            order = "ymd"
        if order not in readings:
            raise BadRecord(
                f"occurred_at {value[:60]!r} is no date {DATE_ORDERS.get(order or '', 'of this file')}"
            )
        read = datetime.combine(readings[order], time(*written.clock))
        if written.offset is None:
            return _in_utc(read, zone)
        return read.replace(tzinfo=_offset(written.offset)).astimezone(UTC), False
    text = _SPACES.sub(" ", value.strip())
    if not text:
        return value, False
    if _SHORTENED.fullmatch(text):
        raise BadRecord(
            f"occurred_at {text[:60]!r} was shortened by a spreadsheet; format the column as text or date"
        )
    if text.replace(".", "", 1).isdigit():
        if len(text.partition(".")[0]) == 5:
            raise BadRecord(
                "occurred_at is a spreadsheet's day number; format the column as a date and export again"
            )
        return value, False
    if (named := with_month_name(text[:60])) is not None:
        return _in_utc(named, zone)
    if _OFFSET.search(text):
        return text, False
    return _in_utc(moment(text).replace(tzinfo=None), zone)


def two_readings(value: Any) -> dict[str, date]:
    """The days a single written date may be, by the order they are read in; empty when there are not several."""
    if type(value) is not str or "/" not in value or (written := _parts(value)) is None:
        return {}
    readings = _readings(written)
    return readings if len(set(readings.values())) > 1 else {}


def _in_utc(read: datetime, zone: ZoneInfo) -> tuple[datetime, bool]:
    try:
        if read.tzinfo is None:
            return read.replace(tzinfo=zone).astimezone(UTC), True
        return read.astimezone(UTC), False
    except OverflowError:
        raise BadRecord(f"occurred_at {read} is out of the calendar") from None


def _is_iso(value: str) -> bool:
    if value.isdigit() and len(value) != 8:
        return False
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def _parts(value: str) -> _Written | None:
    """A numeric date taken apart; None for any other text, or a clock that shows no time."""
    if len(value) > 60:
        return None
    found = _NUMERIC.fullmatch(_SPACES.sub(" ", value.strip()))
    if found is None:
        return None
    first, separator, second, third, hour, minute, second_, part, half, offset = found.groups()
    hours = int(hour or 0)
    if half is not None:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    clock = (hours, int(minute or 0), int(second_ or 0), int((part or "0")[:6].ljust(6, "0")))
    if clock[0] > 23 or clock[1] > 59 or clock[2] > 59:
        return None
    return _Written(first, separator, second, third, clock, offset)


def _readings(written: _Written) -> dict[str, date]:
    """The day a date is in each order it fits."""
    first, second, third = written.first, written.second, written.third
    readings: dict[str, date] = {}
    if len(first) == 4 or (len(first) == 2 and len(third) == 2):
        _keep(readings, "ymd", first, second, third)
    if len(first) <= 2 and len(third) in (2, 4):
        _keep(readings, "dmy", third, second, first)
        _keep(readings, "mdy", third, first, second)
    if len(first) == 2 and len(third) == 2 and written.separator != "-" and len(readings) > 1:
        readings.pop("ymd", None)  # nobody writes 26/09/01 with slashes where 01/09/26 would do
    return readings


def _keep(readings: dict[str, date], order: str, year: str, month: str, day: str) -> None:
    if len(day) > 2 or len(month) > 2:
        return
    try:
        readings[order] = date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day))
    except ValueError:
        return


def _offset(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    if shift >= timedelta(hours=24):
        raise BadRecord(f"occurred_at has the offset {text}, which no clock has")
    return timezone(-shift if text[0] == "-" else shift)


def _line(where: str) -> str:
    return f"line {where.rpartition(':')[2]}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"
