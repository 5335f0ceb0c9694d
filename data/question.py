"""A question: one figure by its name, with the options that mean something to it; checked here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any, Final, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)

from data.errors import BadQuery
from data.figures.base import RANGE, RATE, Figure
from data.figures.registry import figures, rates

if TYPE_CHECKING:
    Name = str
    DataType = str
else:  # what there is comes from the declarations (data/figures/)
    Name = Literal[tuple(figures())]
    DataType = Literal[tuple(rates())]
By = Literal[
    "day",
    "week",
    "campaign",
    "step",
    "user",
    "sender_provider",
    "recipient_provider",
    "variation",
    "sender",
]
Happened = Literal["sent", "opened", "not_opened", "clicked", "replied", "bounced", "unsubscribed"]

NAMES: Final = tuple(figures())
#: Ends of an open range; no event is stamped beyond them (data/events/times.py refuses).
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)
#: The longest range one question may cover; beyond it a chart of days cannot be read anyway.
MAX_DAYS: Final = 3_700
#: The most rows one answer lists.
MAX_ROWS: Final = 10_000

#: Which options mean something to a name; any other is refused, for it would be silently ignored.
ALLOWED: Final = {name: figure.options for name, figure in figures().items()}
#: What only a page asks for, beside these: no words on the command line.
_COMPARED: Final = frozenset({"cut", "marks"})
#: What the first four names repeat in their answers, whether they take it or not (docs/interfaces.md: kept stable).
_ECHOED: Final = RATE | RANGE | {"clock", "by"}


class Query(BaseModel):
    """One question by name, with the options of docs/interfaces.md in force. Dates are the workspace's own days."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)

    name: Name
    data_type: DataType = "open"
    attribution: Literal["email", "lead"] = "email"
    clock: Literal["calendar", "elapsed"] = "calendar"
    engagement: Literal["human", "all"] = "human"
    sender_provider: Literal["any", "gmail", "outlook", "custom"] = "any"
    recipient_provider: Literal["any", "gmail", "outlook", "other"] = "any"
    campaign: str | None = Field(default=None, max_length=500)
    user: str | None = Field(default=None, max_length=254)
    from_: date | None = Field(default=None, alias="from")
    to: date | None = None
    by: By | None = None
    as_of: datetime | None = None
    sort: Literal["rate", "count"] = "rate"
    limit: int | None = Field(default=None, ge=1, le=MAX_ROWS)
    event: Happened | None = None
    #: Of a period compared with: units that start after this moment and what happens after it are left out
    #: (data/query/timelines.py).
    cut: datetime | None = None
    #: With what a comparison has to know beside the figures (data/query/ripeness.py).
    marks: bool = False

    @field_validator("campaign", "user")
    @classmethod
    def _trimmed(cls, value: str | None) -> str | None:
        """As an event's is when it comes in."""
        return None if value is None else value.strip()

    @field_validator("user")
    @classmethod
    def _lower(cls, value: str | None) -> str | None:
        return None if value is None else value.lower()

    @field_validator("as_of", "cut")
    @classmethod
    def _aware(cls, value: datetime | None, info: ValidationInfo) -> datetime | None:
        """A stamp without an offset is local time of the zone that `parse` was given, else UTC."""
        if value is None:
            return None
        if not 1971 <= value.year <= 2199:  # the ends of the calendar cannot be moved to UTC
            raise ValueError("lies outside the years 1971 to 2199")
        local = value.replace(tzinfo=info.context or UTC) if value.tzinfo is None else value
        return local.astimezone(UTC)

    @model_validator(mode="after")
    def _ordered(self) -> Query:
        for day in (self.from_, self.to):
            if day is not None and not 1971 <= day.year <= 2199:
                raise ValueError("The dates lie outside the years 1971 to 2199")
        if self.from_ and self.to:
            if self.from_ > self.to:
                raise ValueError(f"The range starts on {self.from_} and ends before, on {self.to}")
            if (self.to - self.from_).days >= MAX_DAYS:
                raise ValueError(f"The range is longer than the limit of {MAX_DAYS} days")
        return self

    @model_validator(mode="after")
    def _meant(self) -> Query:
        """What means nothing to this name is refused, unless it says what holds anyway."""
        for key, field in Query.model_fields.items():
            option = field.alias or key
            known = self.figure.options | (_COMPARED if self.figure.compared else frozenset())
            if option != "name" and option not in known and getattr(self, key) != field.default:
                raise ValueError(_no_option(option, self.name))
        events = self.figure.events
        if self.event is not None and self.event not in events:
            raise ValueError(f"event cannot be '{self.event}' for {self.name}{near(self.event, events)}")
        if self.figure.needs_campaign and self.campaign is None:
            raise ValueError(f"{self.name} needs a campaign: name it with --campaign")
        return self

    @property
    def figure(self) -> Figure:
        """What is declared of the name."""
        return figures()[self.name]

    @property
    def rows(self) -> int:
        """How many rows to list: as told, or the name's own number."""
        return self.limit or self.figure.lists or MAX_ROWS

    @property
    def asked_event(self) -> str:
        """The event asked about: as told, or the name's first."""
        return self.event if self.event is not None else self.figure.events[0]

    def options(self) -> dict[str, Any]:
        """The options in force, JSON-ready, under their names on the command line (with underscores)."""
        known = _ECHOED if self.figure.echoes_all else self.figure.options
        found = self.model_dump(mode="json", by_alias=True, exclude={"name", "as_of", "cut", "marks"})
        if "limit" in known:
            found["limit"] = self.rows
        if "event" in known:
            found["event"] = self.asked_event
        return {option: value for option, value in found.items() if option in known}


def parse(name: str, options: dict[str, Any], timezone: str = "UTC") -> Query:
    """A Query from untrusted words; BadQuery with one sentence that names the word and the near ones.

    `timezone`: the workspace's; a moment without an offset is its local time.
    """
    if name not in NAMES:
        raise BadQuery("There is no figure called '{name}'{near}", name=name, near=near(name, NAMES))
    known = {field.alias or key for key, field in Query.model_fields.items()} - {"name", "cut", "marks"}
    for key in options:
        if key not in known:
            raise BadQuery(
                "'{key}' is not an option of {name}{near}",
                key=key,
                name=name,
                near=near(key, tuple(ALLOWED[name])),
            )
        if key not in ALLOWED[name]:
            raise BadQuery(f"{_no_option(key, name)}.")
    try:
        return Query.model_validate({"name": name, **options}, context=ZoneInfo(timezone))
    except ValidationError as error:
        raise BadQuery(_sentence(error)) from error


def _no_option(option: str, name: str) -> str:
    takes = ", ".join(sorted(ALLOWED[name]))
    return f"'{option}' means nothing to {name}, which takes {takes}"


def near(word: str, words: tuple[str, ...]) -> str:
    """The end of a sentence about a word that is not known, with those that are near it."""
    close = get_close_matches(word, words, n=3, cutoff=0.65)
    return f". Did you mean {' or '.join(close)}?" if close else f"; there are {', '.join(sorted(words))}."


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    option = ".".join(str(part) for part in first["loc"])
    message = first["msg"].removeprefix("Value error, ")
    if not option:
        return message if message.endswith((".", "?")) else f"{message}."
    given = str(first.get("input"))[:60]
    if first["type"] == "literal_error":
        allowed = tuple(str(first["ctx"]["expected"]).replace("'", "").replace(" or ", ", ").split(", "))
        return f"{option} cannot be '{given}'{near(given, allowed)}"
    return f"{option} cannot be '{given}'{_wanted(first['type'], first.get('ctx', {})) or f': {message}.'}"


def _wanted(kind: str, context: dict[str, Any]) -> str | None:
    """The end of a sentence about a value of the wrong form; None where the validator's words must do."""
    if kind.startswith("date"):
        what = (
            ("a moment", "2026-09-30T12:00:00Z") if "time" in kind.split("_")[0] else ("a day", "2026-09-30")
        )
        return f"; write {what[0]} as {what[1]}."
    if kind.startswith("int"):
        return "; it is a whole number."
    limits = {"greater_than_equal": ("ge", "least"), "less_than_equal": ("le", "most")}
    if kind in limits:
        name, word = limits[kind]
        return f"; it is at {word} {context[name]:,}."
    return None
