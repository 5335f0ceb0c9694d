"""Reading a moment from whatever a source writes.

Every answer is an aware datetime in UTC. A number's unit is found from its size: between 1990 and 2100
seconds, milliseconds, microseconds and nanoseconds never overlap, so a number outside of all four is
doubtful, and the error says so instead of a guess.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from data.errors import BadRecord
from data.events.month_names import with_month_name

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EARLIEST, _LATEST = datetime(1990, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
_FIRST, _LAST = _EARLIEST.timestamp(), _LATEST.timestamp()
_PER_SECOND = (1, 1_000, 1_000_000, 1_000_000_000)
#: How fast a source's clock may be.
_FAST_CLOCK = timedelta(minutes=15)
#: A fraction may stand behind a decimal comma.
_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?")
#: What people's exports write; tried in this order, only after ISO 8601 failed. Without an offset: UTC.
_WRITTEN = (
    "%m/%d/%y %H:%M",
    "%m/%d/%y %I:%M %p",
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y",
    "%m/%d/%y",
    # Only what cannot be read as month first: where both are possible, data/sources/providers/canonical.py asks.
    "%d/%m/%Y %H:%M:%S",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y",
    "%Y-%m-%d %H:%M:%S %z",
    "%Y-%m-%d %H:%M:%S UTC",
    "%Y-%m-%d %H:%M:%S.%f UTC",
)


def from_epoch(number: int | float, field: str = "occurred_at") -> datetime:
    """The moment of an epoch number in s, ms, µs or ns; BadRecord when no unit makes it 1990 to 2100."""
    for per_second in _PER_SECOND:
        if _FIRST <= number / per_second < _LAST:
            if isinstance(number, int):
                whole, rest = divmod(number, per_second)
                return _EPOCH + timedelta(seconds=whole, microseconds=rest * 1_000_000 // per_second)
            return _EPOCH + timedelta(microseconds=round(number * 1_000_000 / per_second))
    raise BadRecord(
        f"{field} {str(number)[:40]} is doubtful: in seconds, milliseconds, microseconds or nanoseconds "
        "it is no time between 1990 and 2100"
    )


def moment(value: object, field: str = "occurred_at") -> datetime:
    """Read `value` (ISO 8601 text, epoch number or its text, a US or Mailchimp form, datetime) as UTC.

    A text without an offset is taken as UTC. Raises BadRecord naming `field`, also for a time before 1990 or from
    2100 on: no mail was sent then, and the calendar's ends cannot be counted with.
    """
    if type(value) is str:
        try:
            read = datetime.fromisoformat(value)
        except ValueError:
            read = _written(value.strip(), field)
        else:
            # "20240902" is a date in ISO's basic form, but a run of digits here is an epoch number.
            if value.isdigit() and len(value) != 8:
                if len(value) > 40:
                    raise BadRecord(f"{field} has too many digits to be a time")
                return from_epoch(int(value), field)
    elif type(value) is int or type(value) is float:
        try:
            return from_epoch(value, field)
        except OverflowError:
            raise BadRecord(f"{field} is too large a number to be a time") from None
    elif isinstance(value, datetime):
        read = value
    elif value is None:
        raise BadRecord(f"{field} is missing")
    else:
        raise BadRecord(f"{field} must be a time, not a {type(value).__name__}")
    if read.tzinfo is None:
        read = read.replace(tzinfo=UTC)
    elif read.tzinfo is not UTC:
        try:
            read = read.astimezone(UTC)
        except OverflowError:
            raise BadRecord(f"{field} {str(value)[:40]} is out of the calendar") from None
    if _EARLIEST <= read < _LATEST:
        return read
    raise BadRecord(f"{field} {str(value)[:40]} is no time between 1990 and 2100")


def not_ahead(stamped_at: datetime, received_at: datetime) -> datetime:
    """When an event happened whose stamp is later than the moment it is said to have come in. Raises BadRecord."""
    latest = max(received_at, datetime.now(UTC))  # a copy of old data may be said to have come in earlier
    if stamped_at - latest > _FAST_CLOCK:
        raise BadRecord(
            f"occurred_at {stamped_at:%Y-%m-%d %H:%M} UTC is still to come: the clock, the date or the time zone "
            "of the source is wrong"
        )
    return min(stamped_at, latest)


def _written(text: str, field: str) -> datetime:
    if not text:
        raise BadRecord(f"{field} is missing")
    if len(text) < 40 and _NUMBER.fullmatch(text):
        number = text.replace(",", ".")
        return from_epoch(float(number) if "." in number else int(number), field)
    if len(text) < 60:
        if (read := with_month_name(text)) is not None:
            return read if read.tzinfo else read.replace(tzinfo=UTC)
        for form in _WRITTEN:
            try:
                read = datetime.strptime(text, form)  # noqa: DTZ007 (a form without offset is UTC, below)
            except ValueError:
                continue
            return read if read.tzinfo else read.replace(tzinfo=UTC)
    raise BadRecord(f"{field} {text[:60]!r} is no time that can be read")
