"""When a schedule is due: one moment a day at most, by the calendar and the clock of its zone. Pure.

An hour that a change of clocks leaves out is due when the clocks have moved; one that comes twice is due the first
time. A month without the day is due on its last one.
"""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final, Literal, get_args
from zoneinfo import ZoneInfo

Cadence = Literal["daily", "weekly", "monthly", "closed_week", "closed_month"]
CADENCES: Final[tuple[Cadence, ...]] = get_args(Cadence)
#: Mailed once a period, as soon as its figures are complete and ripe; looked at every day.
CLOSED: Final[dict[str, str]] = {"closed_week": "last_week", "closed_month": "last_month"}
#: The longest there is between two due days, and a zone may leave out a date.
_FURTHEST: Final = 64


@dataclass(frozen=True, slots=True)
class Rhythm:
    """`weekday`: 1 (Monday) to 7; `month_day`: 1 to 31; `hour`: 0 to 23 in `timezone`."""

    cadence: Cadence
    weekday: int
    month_day: int
    hour: int
    timezone: str

    def falls_on(self, day: date) -> bool:
        """Whether the schedule is due on a date of its calendar."""
        if self.cadence == "weekly":
            return day.isoweekday() == self.weekday
        if self.cadence == "monthly":
            return day.day == min(self.month_day, monthrange(day.year, day.month)[1])
        return True

    def moment(self, day: date) -> datetime | None:
        """When on this date it is due, in UTC; None for a date the zone leaves out."""
        zone = ZoneInfo(self.timezone)
        noon = datetime.combine(day, time(12), zone).astimezone(UTC)
        if noon.astimezone(zone).date() != day:
            return None
        return datetime.combine(day, time(self.hour), zone).astimezone(UTC)

    def next_after(self, at: datetime) -> tuple[date, datetime]:
        """(the date, the moment) it is due first after `at`."""
        day = at.astimezone(ZoneInfo(self.timezone)).date() - timedelta(days=1)
        for _ in range(_FURTHEST):
            due = self.moment(day) if self.falls_on(day) else None
            if due is not None and due > at:
                return day, due
            day += timedelta(days=1)
        raise AssertionError("every month has a due day")

    def last_until(self, at: datetime, after: datetime) -> tuple[date, datetime] | None:
        """(the date, the moment) it was due last, up to `at` and later than `after`; None: not since."""
        day = at.astimezone(ZoneInfo(self.timezone)).date() + timedelta(days=1)
        for _ in range(_FURTHEST):
            due = self.moment(day) if self.falls_on(day) else None
            if due is not None and due <= at:
                return (day, due) if due > after else None
            day -= timedelta(days=1)
        return None
