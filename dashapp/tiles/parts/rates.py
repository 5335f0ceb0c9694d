"""What the rate tiles share: which rates there are, the delta chip, the words of "How is this counted?"."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from dashapp.tiles.base import Page
from dashapp.tiles.options import METRICS, Attribution, Clock, Rate, named
from dashapp.tiles.periods import PERIODS
from dashapp.ui.format import integer, of_base, percent, signed_percent, signed_points

__all__ = ["Attribution", "Clock", "Rate"]
#: Whether more is better; sent e-mails are effort, neither good nor bad.
POLARITY: Mapping[str, int] = {
    "sent": 0,
    "open": 1,
    "click": 1,
    "reply": 1,
    "positive_reply": 1,
    "negative_reply": -1,
    "bounce": -1,
    "unsubscribe": -1,
}
TRACKED = frozenset({"open", "click"})
FLAT_BELOW = 0.01


@dataclass(frozen=True, slots=True)
class Chip:
    """A delta: `tone` says what it means (good, bad, flat), `up` which way it went (None: unchanged)."""

    text: str
    tone: Literal["good", "bad", "flat"]
    up: bool | None
    spoken: str


def delta(metric: str, now: float | None, before: float | None, page: Page, *, points: bool) -> Chip | None:
    """The change from `before` to `now`; None when either is missing or there is nothing to compare with.

    `points`: both are rates and the change is told in percentage points, else relative. Below 1 % relative
    change the tone is flat.
    """
    if now is None or before is None or (before == 0 and (now == 0 or not points)):
        return None
    change = now - before
    relative = change / before if before else 1.0
    sense = POLARITY[metric] * (1 if change > 0 else -1)
    flat = abs(relative) < FLAT_BELOW or sense == 0
    tone: Literal["good", "bad", "flat"] = "flat" if flat else "good" if sense > 0 else "bad"
    spoken = page.t("versus", days=page.period.days)
    if tone != "flat":
        spoken += ", " + page.t("better" if tone == "good" else "worse")
    text = signed_points(change, page.lang) if points else signed_percent(relative, page.lang)
    unchanged = round(change if points else relative, 3) == 0  # it would print as 0.0
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


def before_options(comparison: str, page: Page) -> dict[str, Any]:
    """Range, and at "same_age" (the tile's choice or the page's) the moment, of the period compared with."""
    asked: dict[str, Any] = page.previous.range_options()
    if "same_age" in {comparison, page.compare}:
        earlier: timedelta = page.period.from_ - page.previous.from_
        # To the minute, so that the tiles of a page ask the same.
        at: datetime = (page.as_of - earlier).replace(second=0, microsecond=0)
        asked["as_of"] = at
    return asked


def nothing_sent(page: Page) -> str:
    """The empty state of a tile over the period; a longer one is only offered where there is one."""
    if not page.ever:
        return page.t("empty_ever")
    if page.period.key == "own":
        return page.t("empty_longest")
    return page.t("empty_longest" if page.period.key == PERIODS[-1] else "empty_period")


def untracked(answer: Mapping[str, Any], metric: str, page: Page) -> str | None:
    """ "12 untracked" where tracking matters and something was sent without it."""
    count = answer.get("untracked") or 0
    return page.t("untracked", n=integer(count, page.lang)) if metric in TRACKED and count else None
