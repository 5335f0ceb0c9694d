"""When a schedule is due, in every zone and over every change of clocks: once a day it falls on, never twice."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.schedules.rhythm import CADENCES, Rhythm

ZONES = ("Europe/Madrid", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC")


def rhythm(cadence: str = "daily", **options: object) -> Rhythm:
    values = {"weekday": 1, "month_day": 1, "hour": 8, "timezone": "Europe/Madrid", **options}
    return Rhythm(cadence, **values)  # type: ignore[arg-type]


@given(
    st.sampled_from(CADENCES),
    st.integers(1, 7),
    st.integers(1, 31),
    st.integers(0, 23),
    st.sampled_from(ZONES),
    st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001
)
def test_a_year_of_moments_has_each_due_day_once(
    cadence: str, weekday: int, month_day: int, hour: int, zone: str, begin: datetime
) -> None:
    """Walked from moment to moment, the days are exactly those of the calendar that exist in the zone."""
    made = rhythm(cadence, weekday=weekday, month_day=month_day, hour=hour, timezone=zone)
    at, days = begin, []
    while at < begin + timedelta(days=366):
        day, due = made.next_after(at)
        assert due > at
        assert made.last_until(due, at) == (day, due)
        assert made.last_until(due - timedelta(seconds=1), at) is None
        local = due.astimezone(ZoneInfo(zone))
        assert local.date() == day
        # A change of clocks moves it by that change at most (Lord Howe half an hour, others an hour).
        assert (
            timedelta(0)
            <= local.replace(tzinfo=None) - datetime.combine(day, time(hour))
            <= timedelta(hours=1)
        )
        days.append(day)
        at = due
    first, last = days[0], days[-1]
    calendar = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    skipped = date(2011, 12, 30) if zone == "Pacific/Apia" else None
    assert days == [day for day in calendar if made.falls_on(day) and day != skipped]


def test_an_hour_that_comes_twice_is_due_the_first_time() -> None:
    """In Madrid, 25 October 2026, 02:00 to 03:00 comes twice: 00:00 and 01:00 UTC."""
    made = rhythm(hour=2)
    assert made.moment(date(2026, 10, 25)) == datetime(2026, 10, 25, 0, 0, tzinfo=UTC)
    assert made.next_after(datetime(2026, 10, 25, 0, 0, tzinfo=UTC))[0] == date(2026, 10, 26)


def test_an_hour_that_is_left_out_is_due_when_the_clocks_have_moved() -> None:
    """In Madrid, 29 March 2026, 02:00 is 03:00 at once: 01:00 UTC."""
    assert rhythm(hour=2).moment(date(2026, 3, 29)) == datetime(2026, 3, 29, 1, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("month", "day"), [((2026, 2), 28), ((2028, 2), 29), ((2026, 4), 30), ((2026, 1), 31)]
)
def test_a_month_without_the_day_is_due_on_its_last(month: tuple[int, int], day: int) -> None:
    made = rhythm("monthly", month_day=31)
    due = made.next_after(datetime(*month, 1, tzinfo=UTC))[0]
    assert due == date(*month, day)


def test_a_weekly_schedule_is_due_on_its_weekday() -> None:
    """Fridays at 8 in Madrid: 5, 12 and 19 June 2026, 06:00 UTC."""
    made, at, days = rhythm("weekly", weekday=5), datetime(2026, 6, 1, tzinfo=UTC), []
    for _ in range(3):
        day, at = made.next_after(at)
        days.append((day, at.hour))
    assert days == [(date(2026, 6, 5), 6), (date(2026, 6, 12), 6), (date(2026, 6, 19), 6)]
    assert made.last_until(datetime(2026, 6, 5, 5, 59, tzinfo=UTC), datetime(2026, 5, 1, tzinfo=UTC)) == (
        date(2026, 5, 29),
        datetime(2026, 5, 29, 6, tzinfo=UTC),
    )


def test_only_the_newest_missed_day_is_made_up_for() -> None:
    """Ten days without a worker: one mail, of this morning, not ten."""
    made, back = rhythm(), datetime(2026, 6, 11, 12, tzinfo=UTC)
    assert made.last_until(back, datetime(2026, 6, 1, 12, tzinfo=UTC)) == (
        date(2026, 6, 11),
        datetime(2026, 6, 11, 6, 0, tzinfo=UTC),
    )
