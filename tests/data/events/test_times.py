"""A moment from whatever a source writes; a doubtful one is told, not guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from data.errors import BadRecord
from data.events.times import moment

AT = datetime(2024, 9, 2, 9, 0, tzinfo=UTC)  # 1725267600


@pytest.mark.parametrize(
    ("written", "plus"),
    [
        ("2024-09-02T09:00:00Z", 0),
        ("2024-09-02T05:00:00-04:00", 0),
        ("2024-09-02 09:00:00", 0),
        ("2024-09-02T09:00:00.1234567Z", 0.123456),
        ("2024-09-02T05:00:00.1234567-04:00", 0.123456),
        (1725267600, 0),
        (1725267600.25, 0.25),
        ("1725267600", 0),
        ("1725267600.5", 0.5),
        (1725267600123, 0.123),
        ("1725267600123", 0.123),
        (1725267600123456, 0.123456),
        (1725267600123456789, 0.123456),
        ("Sep 2, 2024 09:00", 0),
        ("Sep 02, 2024 9:00 AM", 0),
        ("9/2/24 9:00", 0),
        ("09/02/2024 09:00:00", 0),
        ("Mon, 02 Sep 2024 05:00:00 -0400", 0),
        (datetime(2024, 9, 2, 11, 0, tzinfo=timezone(timedelta(hours=2))), 0),
        (datetime(2024, 9, 2, 9, 0), 0),  # noqa: DTZ001 (as Parquet gives it)
    ],
)
def test_forms_of_one_moment(written: object, plus: float) -> None:
    read = moment(written)
    assert read == AT + timedelta(seconds=plus)
    assert read.utcoffset() == timedelta(0)


def test_a_day_alone_is_its_first_moment() -> None:
    assert moment("2024-09-02") == moment("20240902") == datetime(2024, 9, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "number", [0, 5, -1725267600, 172526760, 17252676000, float("nan"), float("inf"), 10**400]
)
def test_a_number_that_fits_no_unit_is_doubtful(number: float) -> None:
    with pytest.raises(BadRecord, match=r"doubtful|too large"):
        moment(number)


@pytest.mark.parametrize(
    "value", ["", "  ", None, "yesterday", True, {}, [], "9999-12-31T23:59:59-23:59", "x" * 9999]
)
def test_what_is_no_time_is_refused(value: object) -> None:
    with pytest.raises(BadRecord, match="occurred_at"):
        moment(value)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("1 Sep 2026 10:00", "2026-09-01T10:00"),
        ("01-Sep-2026 10:00:05", "2026-09-01T10:00:05"),
        ("September 1st, 2026 1:05 PM", "2026-09-01T13:05"),
        ("Tue Sep  1 10:00:00 2026", "2026-09-01T10:00"),
        ("1er août 2026 à 10h05", "2026-08-01T10:05"),
        ("1. Oktober 2026 12:00 AM", "2026-10-01T00:00"),
        ("3 de marzo de 2026", "2026-03-03T00:00"),
        ("Tue, 01 Sep 2026 10:00:00 +0200 (CEST)", "2026-09-01T08:00"),
        ("Tue, 01 Sep 2026 10:00:00 GMT", "2026-09-01T10:00"),
        ("29 Feb 2024", "2024-02-29T00:00"),
        ("1788336400,25", "2026-09-02T08:06:40.250"),
    ],
)
def test_months_by_name_and_decimal_commas(written: str, read: str) -> None:
    assert moment(written) == datetime.fromisoformat(read).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "written", ["31 Feb 2026", "29 Feb 2026", "1 Foo 2026", "Sep 2026", "1 Sep 2026 25:00", "1 Sep 26"]
)
def test_what_names_no_day_is_no_time(written: str) -> None:
    with pytest.raises(BadRecord):
        moment(written)
