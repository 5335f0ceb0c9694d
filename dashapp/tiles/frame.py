"""What stands around every tile's body: its own period, what it is narrowed to, how fresh its figures are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Literal, Protocol
from zoneinfo import ZoneInfo

from dashapp.tiles.base import Options, Page, TileType
from dashapp.tiles.options import Narrowed, Ranged, label_of, named
from dashapp.tiles.periods import Complete, own_period
from dashapp.tiles.registry import tile_types
from dashapp.ui.format import clock, date_range, day, integer, moment
from dashapp.ui.language.texts import words
from data.query.ask import Query

#: Names the frame's template reads and a context may leave out.
UNSAID: dict[str, Any] = {
    "empty": None,
    "how": [],
    "note": "",
    "per": "",
    "has_going": False,
    "empty_link": None,
}


class PlacedTile(Protocol):
    """A tile as `views/schema.py` stores it; layers below the views only need its form."""

    id: str
    type: str
    x: int
    y: int
    w: int
    h: int
    title: str | None
    options: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Mark:
    """A quiet chip beside the heading. `tone` "warn" is amber."""

    text: str
    tone: Literal["", "warn"] = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class Correction:
    """Days shown that were restated: when that came in, and what and why in words."""

    at: datetime
    text: str


@dataclass(frozen=True, slots=True)
class Questions:
    """What a tile asks on a page: with its options, and the page as it sees it (its own period)."""

    kind: TileType
    options: Any
    page: Page
    queries: dict[str, Query]


def questions_of(
    placed: PlacedTile, page: Page, instead: Callable[[Any, Page], Mapping[str, Query]] | None = None
) -> Questions:
    """The questions of a tile, narrowed by the filters of its page; `instead`: others than its type asks.

    Raises LookupError for a type there is not, ValidationError for options that are not its own.
    """
    kind = tile_types().get(placed.type)
    if kind is None:
        raise LookupError(f"there is no tile type {placed.type!r}")
    options = kind.options.model_validate(placed.options)
    own = page_of(options, page)
    asked = (instead or kind.queries)(options, own)
    return Questions(kind, options, own, {name: page.filters.narrow(one) for name, one in asked.items()})


def page_of(options: Options, page: Page) -> Page:
    """The page as a tile with a period of its own sees it; the same object for one that follows the page."""
    if not isinstance(options, Ranged) or options.period == "page":
        return page
    today = page.as_of.astimezone(ZoneInfo(page.timezone)).date()
    own = own_period(options.period, options.first_day, options.last_day, today)
    return replace(page, period=own)


def narrowed_to(options: Options, page: Page) -> str:
    """What a tile leaves out, of itself or by the page's filters, in words: "Autumn menu, from Gmail"."""
    filters = page.filters
    if isinstance(options, Narrowed):
        own = {name: value for name, value in options.narrow().items() if value not in (None, "any")}
        filters = filters.model_copy(update=own)
    user = dict(page.team).get(filters.user or "", filters.user)
    parts = [text for text in (filters.campaign, user) if text]
    for name, key in (("sender_provider", "only_from"), ("recipient_provider", "only_to")):
        value = getattr(filters, name)
        label = label_of(Narrowed.model_fields[name].metadata) if value != "any" else None
        if label is not None:
            parts.append(page.t(key, name=named(label.choices, page.lang)[value]))
    return ", ".join(parts)


def corrections(answers: Iterable[Mapping[str, Any]], page: Page) -> list[Correction]:
    """What the answers of a tile say of restated days, in words, the latest first."""
    told = {
        (one["at"], one["why"], one["from"], one["to"], one["events"]): None
        for answer in answers
        for one in answer.get("restated", ())
    }
    zone = ZoneInfo(page.timezone)
    found = []
    for at, why, first, last, events in told:
        received = datetime.fromisoformat(at)
        days = date_range(date.fromisoformat(first), date.fromisoformat(last), page.lang, year=False)
        when = day(received.astimezone(zone).date(), page.lang)
        key = f"restated_{why}" + ("_one" if events == 1 else "")
        found.append(Correction(received, page.t(key, day=when, days=days, n=integer(events, page.lang))))
    return sorted(found, key=lambda one: one.at, reverse=True)


def complete_words(complete: Complete, timezone: str, lang: str, *, twelve: bool = False) -> str:
    """ "Data complete to 27 Oct, today until 14:05"."""
    when = day(complete.day, lang)
    if complete.until is None:
        return words(lang)("complete_to", when=when)
    until = complete.until.astimezone(ZoneInfo(timezone))
    return words(lang)("complete_today", when=when, time=clock(until.hour, until.minute, twelve=twelve))


def doubts(page: Page) -> list[str]:
    """Why the figures are not all there is, in words; empty when all is well."""
    if page.behind is not None:
        when = moment(page.behind, page.timezone, page.lang, twelve=page.twelve)
        return [page.t("late_why" if page.late else "behind_why", when=when)]
    if page.held:
        return [page.t("first_late_why" if page.late else "held_why")]
    return [page.t("doubted_why")] if page.doubted else []


def marks_of(page: Page, only: str, corrected: Sequence[Correction] = (), *, own: bool) -> list[Mark]:
    """The chips of a tile, in the order they are read."""
    found = []
    if own:
        found.append(Mark(page.period.dates(page.lang, year=page.period.to.year != page.as_of.year)))
    if only:
        found.append(Mark(only, title=only))
    zone = ZoneInfo(page.timezone)
    for why in doubts(page):
        until = None if page.behind is None else page.behind.astimezone(zone).date()
        unsure = page.t(("first_late" if page.late else "held") if page.held else "doubted")
        said = unsure if until is None else page.t("as_of_day", day=day(until, page.lang))
        found.append(Mark(said, "warn", why))
    if page.stale is not None:
        when = day(page.stale.astimezone(zone).date(), page.lang)
        found.append(Mark(page.t("to_day", day=when), "warn", page.t("complete_to", when=when)))
    if corrected:
        when = day(corrected[0].at.astimezone(zone).date(), page.lang)
        found.append(Mark(page.t("restated", day=when), title=" ".join(one.text for one in corrected)))
    elif page.restated is not None:
        when = day(page.restated.astimezone(zone).date(), page.lang)
        found.append(Mark(page.t("restated", day=when), title=page.t("restated_why")))
    return found
