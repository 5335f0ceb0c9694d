"""Dates that name their month, in the languages exports come in: "1 Sep 2026 10:00", "1. Oktober 2026"."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

#: By month: English, French, German, Spanish, Italian, Portuguese and Dutch, whole and as they are shortened.
_MONTHS: Final = {
    name: month
    for month, names in enumerate(
        (
            "january jan janvier janv januar jänner enero ene gennaio gen janeiro januari",
            "february feb février fevrier févr fevr fév fev februar febrero febbraio fevereiro februari",
            "march mar mars märz maerz mär mrz marzo março marco maart mrt",
            "april apr avril avr abril abr aprile",
            "may mai mayo maggio mag maio mei",
            "june jun juin juni junio giugno giu junho",
            "july jul juillet juil juli julio luglio lug julho",
            "august aug août aout agosto ago augustus",
            "september sep sept septembre septiembre settembre set setembro",
            "october oct octobre oktober okt octubre ottobre ott outubro out",
            "november nov novembre noviembre novembro",
            "december dec décembre decembre déc dezember dez diciembre dic dicembre dezembro",
        ),
        start=1,
    )
    for name in names.split()
}
_WORD: Final = r"[^\W\d_]{3,10}"
_CLOCK: Final = (
    r"(?:,?[ T](?:at |à |um )?(?P<hour>\d{1,2})[:h](?P<minute>\d{2})"
    r"(?::(?P<second>\d{2})(?:[.,](?P<part>\d{1,9}))?)?(?: ?(?P<half>[AaPp])\.?[Mm]\.?)?)?"
)
_OFFSET: Final = r"(?: ?(?P<offset>Z|UTC|GMT|[+-]\d{2}:?\d{2})(?: \([^)]{1,10}\))?)?"
_WEEKDAY: Final = r"(?:[^\W\d_]{2,10}\.?,? )?"
_DAY_FIRST: Final = re.compile(
    rf"{_WEEKDAY}(?P<day>\d{{1,2}})(?:\.|st|nd|rd|th|er)?[ -]?(?:de )?"
    rf"(?P<month>{_WORD})\.?,?[ -]?(?:de )?(?P<year>\d{{4}}){_CLOCK}{_OFFSET}"
)
_MONTH_FIRST: Final = re.compile(
    rf"{_WEEKDAY}(?P<month>{_WORD})\.? (?P<day>\d{{1,2}})(?:st|nd|rd|th)?,? (?P<year>\d{{4}}){_CLOCK}{_OFFSET}"
)
#: As C's asctime writes: the year comes last.
_YEAR_LAST: Final = re.compile(
    rf"{_WEEKDAY}(?P<month>{_WORD}) (?P<day>\d{{1,2}}){_CLOCK}{_OFFSET} (?P<year>\d{{4}})"
)


def with_month_name(text: str) -> datetime | None:
    """The moment, aware where an offset is told; None for any other text. `text` is short: the caller bounds it."""
    plain = " ".join(text.split())
    for pattern in (_DAY_FIRST, _MONTH_FIRST, _YEAR_LAST):
        if (found := pattern.fullmatch(plain)) is not None:
            month = _MONTHS.get(found["month"].casefold())
            return None if month is None else _moment(found, month)
    return None


def _moment(found: re.Match[str], month: int) -> datetime | None:
    hour = int(found["hour"] or 0)
    if found["half"] is not None:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if found["half"] in "pP" else 0)
    micro = int((found["part"] or "0")[:6].ljust(6, "0"))
    try:
        return datetime(
            int(found["year"]),
            month,
            int(found["day"]),
            hour,
            int(found["minute"] or 0),
            int(found["second"] or 0),
            micro,
            _zone(found["offset"]),
        )
    except ValueError:
        return None


def _zone(offset: str | None) -> timezone | None:
    """Raises ValueError for an offset no clock has."""
    if offset is None or offset[0] not in "+-":
        return None if offset is None else UTC
    digits = offset[1:].replace(":", "")
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return timezone(-shift if offset[0] == "-" else shift)
