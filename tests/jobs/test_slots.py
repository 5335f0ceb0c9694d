"""Slots: every business date once a year round in six zones, whatever their clocks do, and every period once."""

from __future__ import annotations

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jobs.runtime.slots import Daily, Every, period_start

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "Asia/Kolkata", "UTC"]


def simulate(daily: Daily, zone: str, start: datetime, end: datetime, step: timedelta) -> list[str]:
    """A leader that looks every `step` and writes down what is due; the ledger is the list."""
    ledger: list[str] = []
    at = start
    while at < end:
        ledger += daily.due(at, ZoneInfo(zone), max(ledger, default=None))
        at += step
    return ledger


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("hour", [0, 2, 23])
def test_a_year_has_each_business_date_exactly_once(zone: str, hour: int) -> None:
    """2026 with both its changes of clock; 02:00 to 03:00 comes twice in one night and never in another."""
    start = datetime(2026, 1, 1, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    end = datetime(2027, 1, 1, 12, tzinfo=ZoneInfo(zone)).astimezone(UTC)
    found = simulate(Daily(hour), zone, start, end, timedelta(minutes=15))
    first = date(2026, 1, 1) if hour <= 12 else date(2025, 12, 31)
    assert found == [(first + timedelta(days=n)).isoformat() for n in range(366)]


@pytest.mark.parametrize("zone", ZONES)
def test_no_date_begins_before_its_hour(zone: str) -> None:
    """At 23:00 local or later, and not two quarters of an hour after it: worked out with the zone's own clock."""
    at = datetime(2026, 3, 1, tzinfo=UTC)
    ledger: list[str] = []
    while at < datetime(2026, 12, 1, tzinfo=UTC):
        for slot in Daily(hour=23).due(at, ZoneInfo(zone), max(ledger, default=None)):
            ledger.append(slot)
            if len(ledger) > 1:
                local = at.astimezone(ZoneInfo(zone))
                assert (local.date().isoformat(), local.hour) == (slot, 23)
                assert local.minute < 30
        at += timedelta(minutes=15)
    assert len(ledger) in (275, 276)  # 28 February or 1 March to 30 November


def test_the_date_samoa_left_out_has_no_slot() -> None:
    start, end = datetime(2011, 12, 27, 12, tzinfo=UTC), datetime(2012, 1, 2, 12, tzinfo=UTC)
    found = simulate(Daily(0), "Pacific/Apia", start, end, timedelta(minutes=15))
    assert found == [
        "2011-12-27",
        "2011-12-28",
        "2011-12-29",
        "2011-12-31",
        "2012-01-01",
        "2012-01-02",
        "2012-01-03",
    ]


def test_dates_missed_in_an_outage_are_made_up_for_up_to_a_week() -> None:
    daily = Daily(hour=3, catch_up=7)
    at = datetime(2026, 10, 26, 12, tzinfo=UTC)
    berlin = ZoneInfo("Europe/Berlin")
    assert daily.due(at, berlin, "2026-10-23") == ["2026-10-24", "2026-10-25", "2026-10-26"]
    assert daily.due(at, berlin, "2026-09-01") == [f"2026-10-{day}" for day in range(20, 27)]
    assert daily.due(at, berlin, None) == ["2026-10-26"]
    assert daily.due(at, berlin, "2026-10-26") == []


@pytest.mark.parametrize(
    "jump", [timedelta(hours=1), timedelta(hours=-1), timedelta(days=1), timedelta(days=-1)]
)
def test_a_moved_clock_makes_no_business_date_twice(jump: timedelta) -> None:
    """At noon the clock is set forth or back; a day later it is right again."""
    daily, ledger, at = Daily(3), [], datetime(2026, 6, 1, 12, tzinfo=UTC)
    for quarter in range(96 * 5):
        shown = at + (jump if 96 <= quarter < 192 else timedelta())
        ledger += daily.due(shown, UTC, max(ledger, default=None))
        at += timedelta(minutes=15)
    assert [day for day, n in Counter(ledger).items() if n > 1] == []
    assert ledger == [f"2026-06-{day:02d}" for day in range(1, 7)]


@pytest.mark.parametrize(
    ("newest", "due"),
    [
        ("2026-11-22", ["2026-11-23"]),
        ("2026-11-23", []),
        ("2026-11-24", []),  # tomorrow: a clock a little ahead at midnight
        ("2026-11-25", ["2026-11-23"]),
        ("2027-11-23", ["2026-11-23"]),
    ],
)
def test_a_date_beyond_tomorrow_does_not_tell_what_is_due(newest: str, due: list[str]) -> None:
    assert Daily(3).due(datetime(2026, 11, 23, 4, tzinfo=UTC), UTC, newest) == due


def test_tomorrow_is_the_zones_own() -> None:
    """11:00 UTC on the 23rd is 01:00 on the 24th on Kiritimati: the 25th is tomorrow, the 26th is beyond it."""
    at, zone = datetime(2026, 11, 23, 11, tzinfo=UTC), ZoneInfo("Pacific/Kiritimati")
    assert Daily(0).due(at, zone, "2026-11-25") == []
    assert Daily(0).due(at, zone, "2026-11-26") == ["2026-11-24"]
    assert Daily(0).believed_until(at) == "2026-11-25"


def test_periods_are_counted_in_utc_and_once() -> None:
    minutely = Every(60, catch_up=3)
    at = datetime(2026, 10, 25, 0, 58, 30, tzinfo=UTC)  # Berlin's clock is about to go back
    ledger: list[str] = []
    for _ in range(20):
        ledger += minutely.due(at, max(ledger, default=None))
        at += timedelta(seconds=20)
    expected = [datetime(2026, 10, 25, 0, 58, tzinfo=UTC) + timedelta(minutes=n) for n in range(7)]
    assert ledger == [moment.strftime("%Y-%m-%dT%H:%M:%SZ") for moment in expected]
    assert [period_start(slot) for slot in ledger] == expected


def test_after_an_outage_only_the_newest_periods_are_made_up_for() -> None:
    at = datetime(2026, 6, 1, 12, 0, 10, tzinfo=UTC)
    assert Every(60).due(at, "2026-06-01T08:00:00Z") == ["2026-06-01T12:00:00Z"]
    assert Every(3600, catch_up=3).due(at, "2026-06-01T08:00:00Z") == [
        "2026-06-01T10:00:00Z",
        "2026-06-01T11:00:00Z",
        "2026-06-01T12:00:00Z",
    ]


@pytest.mark.parametrize("seconds", [0, -60, 7, 86_401])
def test_a_period_that_does_not_divide_a_day_is_refused(seconds: int) -> None:
    with pytest.raises(ValueError, match="divide a day"):
        Every(seconds)
