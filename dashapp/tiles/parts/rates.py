"""What the rate tiles share: which rates there are, the delta chip, the words of "How is this counted?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from dashapp.tiles.base import Filters, Page
from dashapp.tiles.options import METRICS, Attribution, Clock, Rate, named
from dashapp.ui.format import integer, of_base, percent, signed_percent, signed_points
from data.figures.registry import rates

__all__ = ["Attribution", "Clock", "Rate"]
#: Whether more is better; sent e-mails are effort, neither good nor bad.
POLARITY: Mapping[str, int] = {
    "sent": 0,
    **{name: {"up": 1, "down": -1, "neutral": 0}[rate.good] for name, rate in rates().items()},
}
TRACKED = frozenset(name for name, rate in rates().items() if rate.base.tracking)
FLAT_BELOW = 0.01
#: Fewer units than this on a side are too few to compare.
LEAST_UNITS = 20
#: The longest period a button offers.
LONGEST_DAYS = 90


@dataclass(frozen=True, slots=True)
class Chip:
    """A delta: `tone` says what it means (good, bad, flat), `up` which way it went (None: unchanged)."""

    text: str
    tone: Literal["good", "bad", "flat"]
    up: bool | None
    spoken: str


@dataclass(frozen=True, slots=True)
class Change:
    """What a tile says of a comparison: the chip, or in words why there is none. Neither: nothing is compared."""

    chip: Chip | None = None
    why: str = ""


def change_of(
    metric: str,
    now: Mapping[str, Any] | None,
    before: Mapping[str, Any] | None,
    page: Page,
    *,
    since: str | None,
    counts: bool = False,
) -> Change:
    """The change from `before` to `now` (answers or groups; of e-mails sent their `total`), docs/numbers.md.

    `since`: the first local day the workspace has figures of: a period that begins before it is none to compare
    with. `counts`: how many, told in percent; else the rate, told in points.
    """
    if begins_earlier(since, page):
        return Change(why=page.t("no_full_earlier"))
    if now is None or before is None or min(_units(now), _units(before)) < LEAST_UNITS:
        return Change(why=page.t("too_few"))
    value = "total" if metric == "sent" else "n" if counts else "rate"
    points = value == "rate"
    chip = delta(metric, now[value], before[value], page, points=points)
    return Change(chip) if chip is not None else Change(why=page.t("too_few"))


def begins_earlier(since: str | None, page: Page) -> bool:
    """Whether the period compared with begins before `since`, the first local day there are figures of."""
    return since is not None and page.previous.from_ < date.fromisoformat(since)


def _units(answer: Mapping[str, Any]) -> int:
    units: int = answer["base"] if "base" in answer else answer["total"]
    return units


def delta(metric: str, now: float | None, before: float | None, page: Page, *, points: bool) -> Chip | None:
    """The change from `before` to `now`; None when either is missing or there is nothing to compare with.

    `points`: both are rates and the change is told in percentage points, else relative. Below 1 % relative
    change, and where it is told as 0.0, the tone is flat.
    """
    if now is None or before is None or (before == 0 and now != 0 and not points):
        return None
    change = now - before
    relative = change / before if before else 1.0 if change else 0.0
    unchanged = round(change if points else relative, 3) == 0  # it would print as 0.0
    sense = POLARITY[metric] * (1 if change > 0 else -1)
    flat = unchanged or abs(relative) < FLAT_BELOW or sense == 0
    tone: Literal["good", "bad", "flat"] = "flat" if flat else "good" if sense > 0 else "bad"
    spoken = page.t("versus", before=page.before)
    if tone != "flat":
        spoken += ", " + page.t("better" if tone == "good" else "worse")
    text = signed_points(change, page.lang) if points else signed_percent(relative, page.lang)
    return Chip(text, tone, None if unchanged else change > 0, spoken)


def n_of_base(answer: Mapping[str, Any], page: Page) -> str:
    """ "1,204 of 3,310" of any answer or group with n and base."""
    return of_base(answer["n"], answer["base"], page.lang)


def n_of_base_units(answer: Mapping[str, Any], attribution: str, page: Page) -> str:
    """ "1,204 of 3,310 e-mails"; a sentence where there is nothing to measure."""
    if not answer["base"]:
        return page.t("nothing_counts")
    return f"{n_of_base(answer, page)} {page.t('unit_' + attribution)}"


def metric_label(metric: str, view: str, page: Page) -> str:
    """ "Open rate", or "Opens" where counts are shown."""
    if view == "absolute" and metric != "sent":
        return named(METRICS, page.lang)[metric]
    return page.t(metric)


def figure(answer: Mapping[str, Any], view: str, page: Page) -> str:
    """The rate or the count of an answer or group, as the tile's view wants it."""
    if view == "absolute":
        return integer(answer["n"], page.lang)
    return percent(answer["rate"], page.lang)


def compared(comparison: str, page: Page) -> bool:
    """Whether a tile of this comparison shows one on this page, which may do without any."""
    return "none" not in {comparison, page.compare}


def before_options(comparison: str, page: Page, *, counts: bool = False) -> dict[str, Any]:
    """Range of the period compared with, and the moment it is cut at; of all it reached by now there is none.

    `counts`: counts of days (e-mails sent), which nothing is added to later: cut only while the period runs.
    """
    asked: dict[str, Any] = page.previous.range_options()
    if "by_now" not in {comparison, page.compare} and (page.running or not counts):
        asked["cut"] = page.cut
    return asked


def in_progress(answer: Mapping[str, Any], page: Page) -> frozenset[str]:
    """The days or groups of an answer that may still change: not ripe yet, and the running day."""
    return frozenset(answer.get("progress", {}).get("groups", ())) | {page.today.isoformat()}


def is_in_progress(answer: Mapping[str, Any]) -> bool:
    """Whether the answer as a whole is."""
    return bool(answer.get("progress", {}).get("whole"))


def nothing_sent(page: Page) -> str:
    """The empty state of a tile over the period; a longer one is only offered where there is one."""
    if not page.ever:
        return page.t("empty_ever")
    if page.filters != Filters():
        return page.t("empty_filtered")
    longest = page.period.key == "own" or page.period.days >= LONGEST_DAYS
    return page.t("empty_longest" if longest else "empty_period")


def untracked(answer: Mapping[str, Any], metric: str, page: Page) -> str | None:
    """What the figure leaves out: "12 untracked" where tracking matters and something was sent without it, "3 not
    attributed" where replies belong to no e-mail."""
    said = []
    if metric in TRACKED and (count := answer.get("untracked") or 0):
        said.append(page.t("untracked", n=integer(count, page.lang)))
    if count := answer.get("unattributed") or 0:
        said.append(page.t("unattributed", n=integer(count, page.lang)))
    return " · ".join(said) or None
