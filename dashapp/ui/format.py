"""The only place where a number or a date becomes text.

Thousands, decimals, the percent sign, months and weekdays are as the reader's language writes them
(`dashapp/languages.py`); a minus is U+2212; a no-break space stands before a unit. A rate that is not zero never
prints as zero, one below 100 % never as 100 %.
"""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

from dashapp.languages import LANGUAGES, NBSP, Formats

MINUS = "\u2212"
NOTHING = "–"


def _formats(lang: str) -> Formats:
    return LANGUAGES[lang].formats


def integer(value: int, lang: str = "en") -> str:
    """`12345` → "12,345" ("12 345" in French), `-3` → "−3"."""
    text = f"{abs(value):,}".replace(",", _formats(lang).thousands)
    return f"{MINUS}{text}" if value < 0 else text


def is_one(n: int, lang: str = "en") -> bool:
    """Whether so many are said in the singular; French says none so, too."""
    return n == 1 or (n == 0 and LANGUAGES[lang].none_is_one)


def _decimal(value: float, digits: int, lang: str) -> str:
    whole, _, rest = f"{abs(value):,.{digits}f}".partition(".")
    formats = _formats(lang)
    whole = whole.replace(",", formats.thousands)
    return f"{whole}{formats.decimal}{rest}" if rest else whole


def percent(rate: float | None, lang: str = "en") -> str:
    """A rate of 0..1 with one decimal: 0.2344 → "23.4%"; 0 → "0%"; None (no base) → "–"."""
    return _percent(rate, 1, lang)


def percent_short(rate: float | None, lang: str = "en") -> str:
    """The same for narrow places: no decimal from 10 % on ("23%"), one below ("4.2%")."""
    if rate is None:
        return NOTHING
    return _percent(rate, 1 if 0 < rate < 0.0995 else 0, lang)


def _percent(rate: float | None, digits: int, lang: str) -> str:
    if rate is None:
        return NOTHING
    value = rate * 100
    smallest = 10.0**-digits
    sign, gap = percent_sign(lang), _formats(lang).percent_gap
    if value == 0:
        return f"0{sign}"
    if value >= 100:
        return f"100{sign}"
    if value < smallest / 2:
        return f"<{gap}{_decimal(smallest, digits, lang)}{sign}"
    if round(value, digits) >= 100:
        return f">{gap}{_decimal(100 - smallest, digits, lang)}{sign}"
    return f"{_decimal(value, digits, lang)}{sign}"


def percent_sign(lang: str = "en") -> str:
    """What stands after a number in percent: most languages set a space before the sign, English none."""
    return f"{_formats(lang).percent_gap}%"


def of_base(n: int, base: int, lang: str = "en") -> str:
    """The n and base beside every rate: "1,204 of 3,310"."""
    return f"{integer(n, lang)} {_formats(lang).of} {integer(base, lang)}"


def of_base_short(n: int, base: int, lang: str = "en") -> str:
    """The same for narrow places: "1,204 of 3,310", "3.3B of 8.7B"."""
    if base < 100_000:
        return of_base(n, base, lang)
    return f"{compact(n, lang)} {_formats(lang).of} {compact(base, lang)}"


def signed_percent(change: float, lang: str = "en") -> str:
    """A relative change: 0.124 → "+12.4%", −0.062 → "−6.2%"; from 1,000 % on without decimals."""
    value = change * 100
    digits = 1 if abs(value) < 1000 else 0
    return f"{_sign(round(value, digits))}{_decimal(value, digits, lang)}{percent_sign(lang)}"


def signed_points(change: float, lang: str = "en") -> str:
    """A change of a rate in percentage points: 0.012 → "+1.2 pts"."""
    value = round(change * 100, 1)
    return f"{_sign(value)}{_decimal(value, 1, lang)}{NBSP}{_formats(lang).points}"


def _sign(value: float) -> str:
    return "+" if value > 0 else MINUS if value < 0 else ""


def compact(value: float, lang: str = "en") -> str:
    """An axis label: 2500 → "2.5k", 1200000 → "1.2M", 40 → "40"."""
    for size, letter in zip((1_000_000_000, 1_000_000, 1_000), _formats(lang).large, strict=True):
        if abs(value) >= size:
            return _trim(value / size, 1, lang) + letter
    return _trim(value, 1, lang)


def axis_percent(rate: float, lang: str = "en") -> str:
    """An axis label of a rate: 0.05 → "5%", 0.025 → "2.5%"."""
    return f"{_trim(rate * 100, 2, lang)}{percent_sign(lang)}"


def _trim(value: float, digits: int, lang: str) -> str:
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    text = text.replace("-", MINUS)
    return text.replace(".", _formats(lang).decimal)


def size(value: int, lang: str = "en") -> str:
    """Bytes: "512 B", "1.2 KB", "34 MB" (powers of 1,000)."""
    *large, one = _formats(lang).bytes
    for unit, over in zip(large, (10**9, 10**6, 10**3), strict=True):
        if value >= over:
            return f"{_trim(value / over, 1 if value < 10 * over else 0, lang)}{NBSP}{unit}"
    return f"{value}{NBSP}{one}"


def duration(seconds: float, lang: str = "en") -> str:
    """A span of time in its largest two units: "340 ms", "2.4 s", "3 min 5 s", "2 h 10 min", "3 d 4 h"."""
    if seconds < 1:
        return f"{round(seconds * 1_000)}{NBSP}ms"
    if seconds < 60:
        return f"{_trim(seconds, 1, lang)}{NBSP}s"
    whole = round(seconds)
    for big, small, over, under in (
        (_formats(lang).days_unit, "h", 86_400, 3_600),
        ("h", "min", 3_600, 60),
        ("min", "s", 60, 1),
    ):
        if whole >= over:
            rest = whole % over // under
            return f"{whole // over}{NBSP}{big}" + (f" {rest}{NBSP}{small}" if rest else "")
    return f"{whole}{NBSP}s"


def day(value: date, lang: str = "en") -> str:
    """ "1 Oct"; French "1er oct.", German "1. Okt."."""
    return f"{_day_number(value, lang)}{NBSP}{_formats(lang).short_months[value.month - 1]}"


def dated(value: date, today: date, lang: str = "en") -> str:
    """A day that may be of another year than the reader thinks of: "1 Oct", and "1 Oct 2027" beyond ten months."""
    far = abs((value - today).days) > 300
    return f"{day(value, lang)}{NBSP}{value.year}" if far else day(value, lang)


def weekday(value: date, lang: str = "en") -> str:
    """ "Sun 18 Oct"."""
    return f"{_formats(lang).weekdays[value.weekday()]}{NBSP}{day(value, lang)}"


def weekday_name(number: int, lang: str = "en") -> str:
    """ "Mon" for 1 … "Sun" for 7."""
    return _formats(lang).weekdays[number - 1]


def date_range(first: date, last: date, lang: str = "en", *, year: bool = True) -> str:
    """ "1 – 28 October 2026", "24 September – 21 October 2026"; what both ends share is said once."""
    tail = f"{_day_number(last, lang)} {_formats(lang).months[last.month - 1]}" + (
        f" {last.year}" if year else ""
    )
    if first == last:
        return tail
    head = _day_number(first, lang)
    if (first.year, first.month) != (last.year, last.month):
        head += f" {_formats(lang).months[first.month - 1]}"
    if first.year != last.year:
        head += f" {first.year}"
        tail = tail if year else f"{tail} {last.year}"
    return f"{head} – {tail}"


def moment(value: datetime, zone: str, lang: str = "en", *, twelve: bool = False) -> str:
    """An aware time in a zone: "28 Oct, 14:05", on a twelve-hour clock "28 Oct, 2:05 pm"."""
    local = value.astimezone(ZoneInfo(zone))
    return f"{day(local.date(), lang)}, {clock(local.hour, local.minute, twelve=twelve)}"


def clock(hour: int, minute: int = 0, *, twelve: bool = False) -> str:
    """A time of day: "14:05", on a twelve-hour clock "2:05 pm"."""
    if not twelve:
        return f"{hour:02d}:{minute:02d}"
    return f"{hour % 12 or 12}:{minute:02d}{NBSP}{'am' if hour < 12 else 'pm'}"


def hour_head(hour: int, *, twelve: bool = False) -> str:
    """An hour in a narrow column: "14", on a twelve-hour clock "2p"."""
    return f"{hour % 12 or 12}{'a' if hour < 12 else 'p'}" if twelve else f"{hour:02d}"


def _day_number(value: date, lang: str) -> str:
    formats = _formats(lang)
    return formats.first_day if value.day == 1 and formats.first_day else formats.ordinal.format(n=value.day)
