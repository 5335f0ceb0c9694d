"""Numbers and dates as text, case by case."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from dashapp.languages import typed_number
from dashapp.ui import format as f


@pytest.mark.parametrize(
    ("value", "english", "french"),
    [
        (0, "0", "0"),
        (1204, "1,204", "1\u202f204"),
        (12345678, "12,345,678", "12\u202f345\u202f678"),
        (-3, "−3", "−3"),
        (-1204, "−1,204", "−1\u202f204"),
    ],
)
def test_integers(value: int, english: str, french: str) -> None:
    assert f.integer(value) == english
    assert f.integer(value, "fr") == french


@pytest.mark.parametrize(
    ("rate", "long", "short"),
    [
        (None, "–", "–"),
        (0.0, "0%", "0%"),
        (1.0, "100%", "100%"),
        (0.2344, "23.4%", "23%"),
        (0.0418, "4.2%", "4.2%"),
        (0.0996, "10.0%", "10%"),
        (0.0001, "<0.1%", "<0.1%"),
        (0.9999, ">99.9%", ">99%"),
        (1 / 3, "33.3%", "33%"),
    ],
)
def test_rates_never_round_to_a_lie(rate: float | None, long: str, short: str) -> None:
    assert f.percent(rate).replace("\u00a0", " ") == long
    assert f.percent_short(rate).replace("\u00a0", " ") == short
    assert " " not in f.percent(rate)  # it never breaks before its unit


def test_french_rates_have_a_comma() -> None:
    assert f.percent(0.2344, "fr") == "23,4\u00a0%"


@pytest.mark.parametrize(
    ("change", "percent", "points"),
    [
        (0.124, "+12.4%", "+12.4 pts"),
        (-0.062, "−6.2%", "−6.2 pts"),
        (0.0, "0.0%", "0.0 pts"),
        (15.0, "+1,500%", "+1,500.0 pts"),
    ],
)
def test_changes_carry_a_true_minus(change: float, percent: str, points: str) -> None:
    assert f.signed_percent(change).replace("\u00a0", " ") == percent
    assert f.signed_points(change).replace("\u00a0", " ") == points


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (40, "40"), (1200, "1.2k"), (2500, "2.5k"), (10_000, "10k"), (3_000_000, "3M")],
)
def test_axis_labels(value: float, text: str) -> None:
    assert f.compact(value) == text


def test_axis_percent_has_no_idle_zero() -> None:
    assert f.axis_percent(0.05) == "5%"
    assert f.axis_percent(0.025) == "2.5%"
    assert f.axis_percent(0.0125) == "1.25%"


@pytest.mark.parametrize(
    ("first", "last", "english", "french"),
    [
        (date(2026, 10, 1), date(2026, 10, 28), "1 – 28 October 2026", "1er – 28 octobre 2026"),
        (
            date(2026, 9, 24),
            date(2026, 10, 21),
            "24 September – 21 October 2026",
            "24 septembre – 21 octobre 2026",
        ),
        (
            date(2025, 12, 20),
            date(2026, 1, 16),
            "20 December 2025 – 16 January 2026",
            "20 décembre 2025 – 16 janvier 2026",
        ),
        (date(2026, 8, 1), date(2026, 8, 1), "1 August 2026", "1er août 2026"),
    ],
)
def test_date_ranges_say_once_what_both_ends_share(
    first: date, last: date, english: str, french: str
) -> None:
    assert f.date_range(first, last) == english
    assert f.date_range(first, last, "fr") == french


def test_a_day_far_away_says_its_year() -> None:
    today = date(2026, 12, 1)
    assert f.dated(date(2026, 2, 10), today) == "10\u00a0Feb"
    assert f.dated(date(2027, 1, 2), today) == "2\u00a0Jan"
    assert f.dated(date(2027, 11, 30), today, "fr") == "30\u00a0nov.\u00a02027"
    assert f.dated(date(2025, 12, 1), today, "de") == "1.\u00a0Dez.\u00a02025"


def test_days_and_moments() -> None:
    assert f.day(date(2026, 10, 1)) == "1\u00a0Oct"
    assert f.day(date(2026, 10, 1), "fr") == "1er\u00a0oct."
    assert f.weekday(date(2026, 10, 18)) == "Sun\u00a018\u00a0Oct"
    late = datetime(2026, 10, 28, 23, 30, tzinfo=UTC)
    assert f.moment(late, "Europe/Madrid") == "29\u00a0Oct, 00:30"


@pytest.mark.parametrize(
    ("hour", "minute", "told", "head"),
    [(0, 0, "12:00\u00a0am", "12a"), (11, 59, "11:59\u00a0am", "11a"), (12, 5, "12:05\u00a0pm", "12p"),
     (14, 5, "2:05\u00a0pm", "2p"), (23, 0, "11:00\u00a0pm", "11p")],
)  # fmt: skip
def test_a_twelve_hour_clock(hour: int, minute: int, told: str, head: str) -> None:
    assert f.clock(hour, minute, twelve=True) == told
    assert f.clock(hour, minute) == f"{hour:02}:{minute:02}"
    assert f.hour_head(hour, twelve=True) == head
    at = datetime(2026, 10, 28, hour, minute, tzinfo=UTC)
    assert f.moment(at, "UTC", twelve=True) == f"28\u00a0Oct, {told}"


def test_german_writes_points_commas_and_ordinals() -> None:
    assert f.integer(1204, "de") == "1.204"
    assert f.integer(-12_345_678, "de") == "−12.345.678"
    assert f.percent(0.2344, "de") == "23,4\u00a0%"
    assert f.percent(0.00001, "de") == "<\u00a00,1\u00a0%"
    assert f.signed_percent(15.0, "de") == "+1.500\u00a0%"
    assert f.signed_points(-0.062, "de") == "−6,2\u00a0PP"
    assert f.compact(2_500, "de") == "2,5\u00a0Tsd."
    assert f.compact(3_000_000, "de") == "3\u00a0Mio."
    assert f.axis_percent(0.025, "de") == "2,5\u00a0%"
    assert f.of_base(1204, 3310, "de") == "1.204 von 3.310"
    assert f.day(date(2026, 11, 30), "de") == "30.\u00a0Nov."
    assert f.weekday(date(2026, 11, 30), "de") == "Mo.\u00a030.\u00a0Nov."
    assert f.date_range(date(2026, 9, 24), date(2026, 10, 1), "de") == "24. September – 1. Oktober 2026"
    assert f.moment(datetime(2026, 3, 1, 8, 5, tzinfo=UTC), "UTC", "de") == "1.\u00a0März, 08:05"


@pytest.mark.parametrize(
    ("value", "english", "french", "german"),
    [
        (512, "512 B", "512 o", "512 B"),
        (1_234, "1.2 KB", "1,2 ko", "1,2 KB"),
        (34_000_000, "34 MB", "34 Mo", "34 MB"),
    ],
)
def test_bytes(value: int, english: str, french: str, german: str) -> None:
    told = [f.size(value, lang).replace("\u00a0", " ") for lang in ("en", "fr", "de")]
    assert told == [english, french, german]


def test_durations_and_the_singular() -> None:
    assert f.duration(3 * 86_400 + 4 * 3_600, "de") == "3\u00a0T 4\u00a0h"
    assert [f.is_one(n, "fr") for n in (0, 1, 2)] == [True, True, False]
    assert [f.is_one(n, "de") for n in (0, 1, 2)] == [False, True, False]


@pytest.mark.parametrize(
    ("text", "lang", "number"),
    [
        ("1.000", "de", 1_000),
        ("1.250.000,5", "de", 1_250_000.5),
        ("2,5", "de", 2.5),
        ("2.5", "de", 2.5),
        ("0.125", "de", 0.125),
        ("1,000", "en", 1_000),
        ("-1,250.5", "en", -1_250.5),
        ("1.000", "en", 1),
        ("1\u202f000,5", "fr", 1_000.5),
        ("1\u00a0000", "fr", 1_000),
        ("1,000", "fr", 1),
        ("1’000", "de", 1_000),
    ],
)
def test_numbers_are_read_as_their_reader_types_them(text: str, lang: str, number: float) -> None:
    assert typed_number(text, lang) == number


@pytest.mark.parametrize("text", ["", ".", "1.00.000", "1.000,5,5", "1,000.000", "ten"])
def test_what_is_no_number_in_german_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        typed_number(text, "de")
