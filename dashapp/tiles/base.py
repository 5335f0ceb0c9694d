"""What a tile type is: a declaration with strict options, the queries it needs and a pure context."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Literal, get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from dashapp.crm.tasks import Task
from dashapp.tiles.periods import CUSTOM, Period, corresponding, period_ending
from dashapp.ui.language.texts import Words, words
from data.query.ask import Query

if TYPE_CHECKING:
    from dashapp.tiles.gallery import About
    from data.cubes.workspace_state import HeldBack

Answers = Mapping[str, Mapping[str, Any]]
Context = dict[str, Any]
Surface = Literal["desk", "portal"]
#: What a page compares its period with: the period before it or the same of last year, both as they stood when they
#: were as old as the period is now; the period before with all it has reached by now; or nothing.
Comparison = Literal["previous", "year", "by_now", "none"]
COMPARISONS: tuple[Comparison, ...] = get_args(Comparison)
#: Without an event for more days than this, tiles say so.
STALE_AFTER = timedelta(days=4)
_SOME_MOMENT = datetime(1970, 1, 1, tzinfo=UTC)
_CALENDAR = frozenset({"month", "quarter", "year"})
#: Words that name the comparison; under "year" the page says the other one.
_COMPARED = frozenset({"previous_short", "prev_tip"})


class Options(BaseModel):
    """Base of every tile's options: unknown names and wrong types are refused, never guessed."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


#: What a filter is while nothing is chosen.
_OPEN = (None, "any")


class Filters(Options):
    """What a page narrows its tiles to; a tile's own choice comes before the page's."""

    campaign: str | None = Field(default=None, max_length=500)
    user: str | None = Field(default=None, max_length=254)
    sender_provider: Literal["any", "gmail", "outlook", "custom"] = "any"
    recipient_provider: Literal["any", "gmail", "outlook", "other"] = "any"

    def narrow(self, query: Query) -> Query:
        """`query` with those of these filters that it leaves open."""
        untouched = {
            key: value
            for key in Filters.model_fields
            if (value := getattr(self, key)) not in _OPEN and getattr(query, key) in _OPEN
        }
        return query.model_copy(update=untouched) if untouched else query


@dataclass(frozen=True, slots=True)
class Tool:
    """An entry of a tile's menu (desk only): a tile's id is put at the end of `href`.

    `tiles`: the ids of those that have it; None: all.
    """

    text: str
    href: str
    tiles: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A chip on one tile that leads somewhere: an alert that fired, a question that waits (desk only)."""

    tile: str
    text: str
    href: str
    tone: Literal["", "warn"] = ""


@dataclass(frozen=True, slots=True)
class DayNote:
    """A note on days, both included. `campaign`: it is about this one alone."""

    first: date
    last: date
    text: str
    campaign: str | None = None


@dataclass(frozen=True, slots=True)
class Page:
    """What all tiles of one page share. `workspace` is its name; `as_of` is aware.

    `ever`: whether anything ever came in; `connect`: where a source can be connected (desk only). `stale`: the
    last event's time when that is long ago; `restated`: when earlier figures were last corrected. `behind`: what
    the figures are complete to while newer events fail a check; `held`: nothing is shown yet, for a check of the
    first figures failed; `late`: no check failed, those newer or first events are just not counted yet;
    `doubted`: a check found a fault in the figures.
    """

    period: Period
    timezone: str
    as_of: datetime
    workspace: str
    surface: Surface = "portal"
    lang: str = "en"
    #: Times are written on a twelve-hour clock (desk only, for who chose it).
    twelve: bool = False
    filters: Filters = field(default_factory=Filters)
    compare: Comparison = "previous"
    #: The comparison an address that names none means.
    usual: Comparison = "previous"
    ever: bool = True
    connect: str | None = None
    stale: datetime | None = None
    restated: datetime | None = None
    behind: datetime | None = None
    held: bool = False
    late: bool = False
    doubted: bool = False
    #: Where a tile can be opened (desk only): its id is put at the end.
    explore: str | None = None
    #: Whether each figure opens what is behind it (desk only, and not while editing).
    opens: bool = False
    #: Whether single people may be named (the desk, for who may see events): other tiles are not shown at all.
    people: bool = False
    #: (e-mail, name) of the team, for who may see people.
    team: tuple[tuple[str, str], ...] = ()
    #: Where contacts are, for who may see them: then names lead to their cards.
    contacts_at: str | None = None
    #: The tasks due today, where the page has them.
    tasks: tuple[Task, ...] | None = None
    #: Where all tasks are, and whether a tile's own order can be chosen on the page (the dashboard).
    tasks_at: str | None = None
    sorts: bool = False
    #: Whether a tile's explanation offers its CSV and PNG (the portal's page only: paper has no links).
    files: bool = False
    #: Whether a tile's explanation leads to its questions (the portal's page only).
    asks: str = ""
    #: Notes on days, for the tiles that draw days.
    notes: tuple[DayNote, ...] = ()
    #: The entries of each tile's menu, and what calls for attention on single tiles (the desk).
    tools: tuple[Tool, ...] = ()
    tools_of: str = ""
    flags: tuple[Flag, ...] = ()

    def cell(self, asked: str, key: str = "") -> str:
        """What opens a figure: a query of its tile and the cell's key (data/drilldown/position.py), or ""."""
        return f"{asked}|{key}" if self.opens else ""

    @property
    def previous(self) -> Period:
        """The period compared with, were there a comparison (`compare`)."""
        return self.period.year_before if self.compare == "year" else self.period.previous

    @property
    def today(self) -> date:
        """The local day of its moment."""
        return self.as_of.astimezone(ZoneInfo(self.timezone)).date()

    @property
    def starting(self) -> bool:
        """Whether nothing has come in yet: what comes first is told in place of empty tiles."""
        return not self.ever and not self.held and not self.late

    @property
    def running(self) -> bool:
        """Whether its period has not ended."""
        return self.period.to >= self.today

    @property
    def cut(self) -> datetime:
        """When the period compared with was as old as this one is now: the same wall time on the matching day."""
        return corresponding(self.as_of, self.timezone, self.period.from_ - self.previous.from_)

    @property
    def before(self) -> str:
        """What it is compared with, in words: "the previous 28 days", "the month before"."""
        return self._before("before")

    @property
    def before_short(self) -> str:
        """The same for narrow places: "prev. 28 days"."""
        return self._before("prev")

    @property
    def compared(self) -> str:
        """What its figures are compared with, as the page says it; empty without a comparison."""
        if self.compare == "none":
            return ""
        year = self.previous.from_.year != self.period.from_.year
        key = "compared_by_now" if self.compare == "by_now" else "compared_same_age"
        return self.t(key, range=self.previous.dates(self.lang, year=year))

    @property
    def pairs(self) -> dict[str, str]:
        """Its days and comparison as an address has them; the usual comparison is left out."""
        said = {"period": self.period.key}
        if self.period.key == CUSTOM:
            said = {"from": self.period.from_.isoformat(), "to": self.period.to.isoformat()}
        return said if self.compare == self.usual else {**said, "compare": self.compare}

    @property
    def address(self) -> str:
        """The same and its language as a query string: of the files of a portal's page."""
        return urlencode({**self.pairs, "lang": self.lang})

    def _before(self, form: str) -> str:
        period = self.period
        if self.compare == "year":
            return self.t(f"{form}_year_ago" if period.unit in _CALENDAR else f"{form}_52_weeks")
        if period.unit != "days":
            return self.t(f"{form}_{period.unit}")
        return self.t(f"{form}_day") if period.days == 1 else self.t(f"{form}_days", days=period.days)

    @property
    def t(self) -> Words:
        """The words of the page's language, those about the comparison as this page compares."""
        said = words(self.lang)
        if self.compare != "year":
            return said
        return lambda key, **marks: said(f"{key}_year" if key in _COMPARED else key, **marks)


def page_for(
    workspace: str,
    timezone: str,
    as_of: datetime,
    *,
    period: str | None = None,
    surface: Surface = "portal",
    lang: str = "en",
    **more: Any,
) -> Page:
    """The page of a workspace with a declared period (tiles/periods.py) seen from the local day of `as_of`.

    `more`: the further fields of Page.
    """
    return Page(period_ending(as_of, timezone, period), timezone, as_of, workspace, surface, lang, **more)


def since_last_event(
    last: datetime | None, as_of: datetime, timezone: str, held_back: HeldBack | None = None
) -> dict[str, Any]:
    """`ever`, `stale`, `behind`, `held`, `late` and `doubted` of a Page.

    By local days, so that a page kept for a day stays right. `held_back`: why the figures are
    not all there is (data/cubes/workspace_state.py).
    """
    why = None if held_back is None else held_back.why
    late = why in {"waiting", "damaged"}
    if last is None:
        return {"ever": False, "held": why is not None, "late": late}
    if late or why == "check_failed":
        return {"ever": True, "behind": min(last, as_of), "late": late}
    zone = ZoneInfo(timezone)
    silent = as_of.astimezone(zone).date() - min(last, as_of).astimezone(zone).date()
    return {"ever": True, "stale": last if silent > STALE_AFTER else None, "doubted": why == "recount"}


def page_key(page: Page) -> tuple[Hashable, ...]:
    """All of a page that its tiles can show; of its moment that is the local day, never the hour."""
    return (replace(page, as_of=_SOME_MOMENT), page.today)


@dataclass(frozen=True, slots=True)
class TileType:
    """One type of tile. `queries` names what it needs, `context` turns the answers into template values.

    `context` is pure: no clock, no database. It returns at least {"title", "empty"}; `empty` is None or one
    sentence shown instead of the body. `template` extends "tiles/tile.html".
    """

    name: str
    label: str
    options: type[Options]
    queries: Callable[[Any, Page], dict[str, Query]]
    context: Callable[[Any, Answers, Page], Context]
    template: str
    size: tuple[int, int]
    #: It shows names of people: only where these may be seen (`Page.people`), never in a portal.
    names_people: bool = False
    #: Whether it can be opened as a plot and a table (pages/explore/page.py).
    explores: bool = True
    #: Only for a workspace's own views and overrides, never in an agency template.
    workspace_only: bool = False
    #: How the gallery shows it, and the sizes it can be read at.
    about: About | None = None
    #: The title its options give it: needs no answers, so that lists and dialogs call a tile as it calls itself.
    title: Callable[[Any, Page], str] | None = None
    #: The keys of its groups as it ranks them, where that is not the answers' own order.
    order: Callable[[Any, Answers], list[Any]] | None = None
