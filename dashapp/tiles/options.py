"""The options tiles share, each with its label and choices in English: the side panel is made from them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import BeforeValidator, Field, field_validator, model_validator

from dashapp.tiles.base import Options
from dashapp.tiles.periods import DECLARED
from dashapp.ui.format import integer
from dashapp.ui.language.catalogue import translated
from data.figures.registry import rates

if TYPE_CHECKING:
    Rate = str
    RateOrSent = str
else:  # the rates there are declared (data/figures/rates/)
    Rate = Literal[tuple(rates())]
    RateOrSent = Literal["sent"] | Rate
Attribution = Literal["email", "lead"]
Clock = Literal["calendar", "elapsed"]
#: The longest fixed period; the queries refuse more.
MOST_DAYS = 3_700


@dataclass(frozen=True, slots=True)
class Label:
    """What people read of an option, in English (said through `named` and `translated`). `choices`: (value, text).

    `kind` "textarea" and "date" make a text field one of these.
    """

    text: str
    choices: tuple[tuple[str, str], ...] = ()
    help: str = ""
    kind: str = ""


RATES = tuple((name, rate.words.many) for name, rate in rates().items())
METRICS = (("sent", "E-mails sent"), *RATES)

ChosenRate = Annotated[Rate, Label("Data type", RATES)]
Metric = Annotated[RateOrSent, Label("Data type", METRICS)]
View = Annotated[
    Literal["percentage", "absolute"],
    Label(
        "View|tile",
        (("percentage", "Percentage"), ("absolute", "Absolute")),
    ),
]
ChosenAttribution = Annotated[
    Attribution,
    Label(
        "Attribution",
        (("email", "Per e-mail"), ("lead", "Per lead")),
        "Per lead counts each person once per campaign.",
    ),
]
ChosenClock = Annotated[
    Clock,
    Label(
        "Weeks",
        (
            ("calendar", "Calendar weeks"),
            ("elapsed", "7 days from sending"),
        ),
    ),
]
Engagement = Annotated[
    Literal["human", "all"],
    Label(
        "Engagement",
        (("human", "By people only"), ("all", "Machines too")),
    ),
]
Sender = Annotated[
    Literal["any", "gmail", "outlook", "custom"],
    Label(
        "Sender provider",
        (
            ("any", "Any|tile"),
            ("gmail", "Gmail"),
            ("outlook", "Outlook"),
            ("custom", "Custom|tile"),
        ),
    ),
]
Recipient = Annotated[
    Literal["any", "gmail", "outlook", "other"],
    Label(
        "Recipient provider",
        (
            ("any", "Any|tile"),
            ("gmail", "Gmail"),
            ("outlook", "Outlook"),
            ("other", "Other"),
        ),
    ),
]
Campaign = Annotated[
    str | None,
    Field(max_length=500),
    Label("Campaign", help="Empty: all campaigns."),
]


def same_age_is_usual(value: Any) -> Any:
    """Views of before name what is now the usual comparison "same_age"."""
    return "previous" if value == "same_age" else value


Comparison = Annotated[
    Literal["previous", "by_now", "none"],
    BeforeValidator(same_age_is_usual),
    Label(
        "Compared with",
        (
            ("previous", "The previous period at the same age"),
            ("by_now", "The previous period by now"),
            ("none", "Nothing"),
        ),
        "At the same age: what had happened when the previous period was as old as this one is.",
    ),
]
Rows = Annotated[int, Field(ge=3, le=50), Label("Rows")]
Day = Annotated[str | None, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")]


class Narrowed(Options):
    """What a tile narrows its figures to; what is left open follows the page."""

    campaign: Campaign = None
    sender_provider: Sender = "any"
    recipient_provider: Recipient = "any"

    @field_validator("campaign")
    @classmethod
    def _named(cls, value: str | None) -> str | None:
        return value or None

    def narrow(self) -> dict[str, Any]:
        """As options of a Query."""
        return {
            "campaign": self.campaign,
            "sender_provider": self.sender_provider,
            "recipient_provider": self.recipient_provider,
        }


class Ranged(Options):
    """The period a tile covers: the page's, one of its own that moves with the days, or a fixed one."""

    period: Annotated[
        Literal[
            "page",
            "today",
            "yesterday",
            "last_7",
            "last_14",
            "last_28",
            "last_90",
            "this_week",
            "last_week",
            "this_month",
            "last_month",
            "this_quarter",
            "last_quarter",
            "year_to_date",
            "fixed",
        ],
        Label(
            "Period",
            (
                ("page", "Same as the page"),
                *((one.option, one.english) for one in DECLARED),
                ("fixed", "Fixed dates"),
            ),
        ),
    ] = "page"
    first_day: Annotated[Day, Label("First day", kind="date")] = None
    last_day: Annotated[Day, Label("Last day", kind="date")] = None

    @model_validator(mode="after")
    def _dates(self) -> Self:
        if self.period != "fixed":
            return self
        if self.first_day is None or self.last_day is None:
            raise ValueError("A fixed period needs its first and its last day")
        first, last = _day(self.first_day), _day(self.last_day)
        if first > last:
            raise ValueError("The last day lies before the first")
        if (last - first).days >= MOST_DAYS:
            raise ValueError(f"A period has at most {integer(MOST_DAYS)} days")
        return self


def _day(text: str) -> date:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"There is no day {text}") from None
    if not 1971 <= found.year <= 2199:
        raise ValueError("The days lie between 1971 and 2199")
    return found


def label_of(metadata: Any) -> Label | None:
    """The Label among a pydantic field's metadata."""
    return next((found for found in metadata if isinstance(found, Label)), None)


def named(choices: tuple[tuple[str, str], ...], lang: str) -> Mapping[str, str]:
    """{value: text} of choices in one language."""
    return {value: translated(text, lang) for value, text in choices}
