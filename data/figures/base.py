"""What a declaration says: of a rate (`rates/`, one module each) and of a figure (`named/`, one module each)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from data.figures.cells import Cells
from data.figures.lines import Lines, LineWriter
from data.figures.rows import RowsBehind
from data.figures.table import Row, listed
from data.figures.units import Base, Hit

Good = Literal["up", "down", "neutral"]
#: Events that can come without a message, and are then told beside the rate (data/cubes/unattributed.py).
Loose = Literal["replied", "unsubscribed"]

Unit = Literal["e-mails", "leads", "people", "events", "actions", "campaigns", "share"]
#: Caveats that several rates have.
UNTRACKED_BESIDE: Final = "E-mails sent without tracking are shown beside it."
NOT_AUTOMATIC: Final = (
    "Out-of-office and automatic replies do not count as replies; those that belong to no e-mail are shown beside "
    "it."
)
REFUSALS: Final = (
    "A reply that refuses (“not interested”, “remove me”, “spam” …) is no engagement; it cancels only itself."
)
_FIRST: Final = "Only the first such event of each counts; repeats add nothing."


@dataclass(frozen=True, slots=True)
class Words:
    """What a number is, in English: `formula` in words, what its base is and leaves out, what to keep in mind.

    `base` is empty where nothing is divided. `good`: whether more of it is.
    """

    label: str
    formula: str
    unit: Unit
    good: Good
    base: str = ""
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class RateWords:
    """What people read of a rate, in English: `many` in menus, `head` over a column, `one` within a sentence.

    `of_base`: its count, {n} of {base}. `emails`, `leads`: what is counted, as a sentence begins.
    """

    label: str
    many: str
    head: str
    one: str
    of_base: str
    emails: str
    leads: str
    caveats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rate:
    """One data type: `hit` of `base`, and all that follows from it (docs/architecture.md, "To add …").

    `place`: where it stands among the others, in menus and messages. `by_anyone`: what counts instead under
    `engagement=all`; None: machines make no difference. `good`: whether more is good. `ripe_after`: days until
    most of it has come, where a workspace's history does not say. `loose`: as the type says.
    """

    name: str
    place: int
    base: Base
    hit: Hit
    good: Good
    ripe_after: int
    words: RateWords
    by_anyone: Hit | None = None
    loose: Loose | None = None

    def __post_init__(self) -> None:
        for hit in (self.hit, self.by_anyone or self.hit):
            if not set(self.base.where) <= set(hit.base.where):
                raise ValueError(
                    f"{self.name} could exceed 100 %: {hit.column} is no part of {self.base.column}"
                )

    def definition(self, attribution: str) -> Words:
        """The rate in words, per e-mail or per lead."""
        per_lead = attribution == "lead"
        counted, base = (
            (self.words.leads, self.base.leads) if per_lead else (self.words.emails, self.base.emails)
        )
        return Words(
            self.words.label,
            f"{counted}, divided by {base}.",
            "leads" if per_lead else "e-mails",
            self.good,
            f"{base[0].upper()}{base[1:]}.",
            (_FIRST, *self.words.caveats),
        )

    def hit_of(self, engagement: str) -> Hit:
        """What counts: by people, or under "all" by anyone and anything."""
        return self.by_anyone if engagement == "all" and self.by_anyone is not None else self.hit


#: The options of docs/interfaces.md that several figures take.
WHO: Final = frozenset({"campaign", "user", "as_of"})
PROVIDERS: Final = frozenset({"sender_provider", "recipient_provider"})
RANGE: Final = frozenset({"from", "to"})
ACTIVITY: Final = WHO | PROVIDERS | RANGE
RATE: Final = WHO | PROVIDERS | {"data_type", "attribution", "engagement"}

#: Which dates an answer is about: of the sending, of what happened, weeks of sending, or days to come.
Dates = Literal["sent", "happened", "weeks", "ahead"]
Plot = Literal["plain", "cohort grid", "week line", "hour grid"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A named figure, and all that is known of it without counting it (docs/architecture.md, "To add …").

    `options`: those that mean something to it. `words`: what it is; None: what its rate is. `shape`: how to read an
    answer whose rate says the rest. `lines`: the answer for a person. `table`: its rows for Explore and
    files. `cells`, `behind`: what of it opens, and to which rows; None: nothing does. `dates`: as the type says.

    `is_rate`: its number is a rate, of the question's data type. `counts_units`: its number is how many units were
    sent, e-mail by e-mail. `compared`: a page may ask for it as it stood (`Query.cut`), with what a comparison has
    to know (`Query.marks`). `lists`: rows listed where nobody says how many. `events`: those it can be asked about,
    the first where nobody says which. `weekly`: the last 7 days where nobody says which. `needs_campaign`: it is of
    one campaign. `planned`: it depends on what is planned and on the time of day. `across`: it depends on other
    workspaces. `loose`: which events that belong to no message are told beside it (rates say so themselves).
    `echoes_all`: its answers repeat options it does not take (docs/interfaces.md). `plot`: how Explore draws it.
    """

    name: str
    options: frozenset[str]
    dates: Dates
    lines: Callable[[Mapping[str, Any], LineWriter], Lines]
    words: Words | None = None
    shape: str = ""
    table: Callable[[Mapping[str, Any]], Iterator[Row]] = listed
    cells: Cells | None = None
    behind: RowsBehind | None = None
    is_rate: bool = False
    counts_units: bool = False
    compared: bool = False
    lists: int | None = None
    events: tuple[str, ...] = ()
    weekly: bool = False
    needs_campaign: bool = False
    planned: bool = False
    across: bool = False
    loose: tuple[Loose, ...] = ()
    echoes_all: bool = False
    plot: Plot = "plain"
