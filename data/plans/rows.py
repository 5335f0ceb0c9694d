"""A row of reference data, checked: what a source writes about a campaign, step, journey or mailbox."""

from __future__ import annotations

import math
import re
from datetime import date, datetime
from typing import Any, Final

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, field_validator

from data.errors import BadRecord
from data.events.addresses import mailbox
from data.events.canonical import CHANNELS
from data.events.times import moment

STATES: Final = ("in_trigger", "not_started", "running", "paused_until", "finished")
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_WINDOW: Final = re.compile(r"\s*([01]?\d|2[0-3]):([0-5]\d)\s*[-–]\s*([01]?\d|2[0-4]):([0-5]\d)\s*")
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


class Row(BaseModel):
    """Base of the four: a source may tell more than is asked, and ids may be numbers."""

    model_config = ConfigDict(
        extra="ignore", coerce_numbers_to_str=True, str_strip_whitespace=True, frozen=True
    )


class CampaignRow(Row):
    """One campaign, and whether it still sends."""

    campaign: str = Field(min_length=1, max_length=500, validation_alias=AliasChoices("name", "campaign"))
    status: str | None = Field(default=None, max_length=40)
    user: str | None = Field(default=None, max_length=254, validation_alias=AliasChoices("owner", "user"))

    @field_validator("status", "user")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return value.lower() or None if value else None


class StepRow(Row):
    """One step of a campaign: how long after the one before it is due."""

    campaign: str = Field(min_length=1, max_length=500)
    step: str = Field(min_length=1, max_length=200)
    channel: str = "email"
    wait_days: float = Field(default=0, ge=0, le=3_700)
    subject: str | None = Field(default=None, max_length=998)
    body: str | None = Field(default=None, max_length=200_000)

    @field_validator("channel")
    @classmethod
    def _known(cls, value: str) -> str:
        if value not in CHANNELS:
            raise ValueError(f"unknown channel {value[:60]!r}")
        return value


class JourneyRow(Row):
    """One lead in one campaign: where it stands, and when its next step is due (a moment or a local day)."""

    campaign: str = Field(min_length=1, max_length=500)
    lead: str = Field(min_length=1, max_length=320)
    state: str
    next_step_at: datetime | None = None
    next_step_on: date | None = None
    user: str | None = Field(default=None, max_length=254)

    @field_validator("lead", "user")
    @classmethod
    def _spelled(cls, value: str | None) -> str | None:
        return None if value is None else mailbox(value)

    @field_validator("state")
    @classmethod
    def _state(cls, value: str) -> str:
        value = value.lower().replace(" ", "_").replace("-", "_")
        if value not in STATES:
            raise ValueError(f"state {value[:60]!r} is none of {', '.join(STATES)}")
        return value

    @field_validator("next_step_at", mode="before")
    @classmethod
    def _moment(cls, value: object) -> datetime | None:
        return None if value is None or value == "" else moment(value, "next_step_at")


class MailboxRow(Row):
    """One sending address: how much it may send a day, and on which days."""

    sender: str = Field(min_length=1, max_length=320)
    provider: str | None = Field(default=None, max_length=20)
    daily_limit: int | None = Field(default=None, ge=0, le=10_000_000)
    sending_days: str = "1234567"
    window_end: str | None = Field(default=None, validation_alias="sending_window")
    user: str | None = Field(default=None, max_length=254, validation_alias=AliasChoices("user", "owner"))

    @field_validator("sender", "user")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return None if value is None else value.lower()

    @field_validator("sending_days", mode="before")
    @classmethod
    def _days(cls, value: object) -> str:
        return "1234567" if value is None or value == "" else weekdays(value)

    @field_validator("window_end", mode="before")
    @classmethod
    def _window(cls, value: object) -> str | None:
        if value is None or value == "":
            return None
        found = _WINDOW.fullmatch(str(value))
        if found is None:
            raise ValueError(f"sending_window {str(value)[:60]!r} is not of the form 09:00-17:00")
        return f"{int(found[3]):02}:{found[4]}"


ROWS: Final[dict[str, type[Row]]] = {
    "campaigns": CampaignRow,
    "steps": StepRow,
    "journeys": JourneyRow,
    "mailboxes": MailboxRow,
}


def checked(kind: str, record: dict[str, Any], place: int) -> dict[str, Any]:
    """The columns of `record` in its table; raises BadRecord with the reason to park it.

    `place`: its number in the file, which orders steps that have no number.
    """
    told = {name: value for name, value in record.items() if value is not None and value != ""}
    day = told.get("next_step_at")
    if kind == "journeys" and type(day) is str and _DAY.fullmatch(day.strip()):
        told["next_step_on"] = told.pop("next_step_at").strip()
    try:
        row = ROWS[kind].model_validate(told).model_dump()
    except ValidationError as error:
        raise BadRecord(_sentence(error)) from error
    if kind == "steps":
        row["position"] = _number(row["step"], place)
    return row


def weekdays(value: object) -> str:
    """ISO weekday digits of "mon-fri", "1-5", "Monday, Tuesday", [1, 2] …, in order."""
    parts = (
        [str(part) for part in value]
        if isinstance(value, list)
        else re.split(r"[,;|/\s]+", str(value).strip())
    )
    found: set[int] = set()
    for part in parts:
        first, _, last = part.replace("–", "-").partition("-")
        start, end = _weekday(first), _weekday(last or first)
        found |= {(start + step) % 7 for step in range((end - start) % 7 + 1)}
    return "".join(str(day + 1) for day in sorted(found))


def _weekday(word: str) -> int:
    word = word.strip("[]\"' ").lower()
    if word.isdigit() and 1 <= int(word) <= 7:
        return int(word) - 1
    if word[:3] in _DAYS and len(word) >= 3:
        return _DAYS.index(word[:3])
    raise ValueError(f"sending_days: {word[:40]!r} is no weekday; use mon to sun, or 1 to 7")


def _number(step: str, place: int) -> float:
    """What orders it: "nan" and "1e999" would be numbers that nothing comes before or after. Raises BadRecord."""
    try:
        number = float(step)
    except ValueError:
        return float(place)
    if not math.isfinite(number):
        raise BadRecord(f"step {step[:60]!r} is no number that can be put in order")
    return number


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"{field} is missing"
    message = first["msg"].removeprefix("Value error, ")
    return message if field in message else f"{field}: {message[:1].lower()}{message[1:]}"
