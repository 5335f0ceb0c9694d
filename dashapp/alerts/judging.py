"""Whether a figure is beyond its limit. Pure but for the questions it asks of the figures.

Only what has ripened is held against a limit: a reply rate of this week is low because replies are still to come.
A threshold of a rate is judged over as many days as the tile shows, up to the last day whose e-mails are ripe
(docs/numbers.md). A change is judged against the previous period as it stood at the same age, which needs no
ripeness. Figures that are held back, or of too few, are not judged at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Literal

from dashapp.alerts.measure import THRESHOLDS, Kind, Measure, least_of
from dashapp.tiles.base import Page
from dashapp.tiles.parts.rates import before_options
from dashapp.tiles.periods import Period
from data.query.ask import Query

Ask = Callable[[dict[str, Query]], Mapping[str, Mapping[str, Any]]]
#: beyond, within: judged. The others say why it was not: events wait or a check failed; e-mails are not ripe yet;
#: too few e-mails; the earlier period lies before the data, or had nothing.
Verdict = Literal["beyond", "within", "held_back", "in_progress", "few", "no_earlier"]
JUDGED: frozenset[Verdict] = frozenset({"beyond", "within"})
#: Events that came in this moment are counted in the next one: only what waits longer holds a verdict back.
PATIENCE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Reading:
    """What a check found. `value`: a share or a count; `change`: against `before`; `first`, `last`: its days."""

    verdict: Verdict
    value: float | None = None
    n: int | None = None
    base: int | None = None
    before: float | None = None
    first: date | None = None
    last: date | None = None

    @property
    def change(self) -> float | None:
        """Relative to `before`."""
        if self.value is None or not self.before:
            return None
        return (self.value - self.before) / self.before

    @property
    def days(self) -> str:
        """As it is stored."""
        return "" if self.first is None or self.last is None else f"{self.first}/{self.last}"


def judge(measure: Measure, kind: Kind, limit: float, least: int, page: Page, ask: Ask) -> Reading:
    """Read the figure and hold it against the limit. `page`: with the measure's period and filters, as of now."""
    least = least_of(kind, least)
    reading = (
        _threshold(measure, kind, least, page, ask)
        if kind in THRESHOLDS
        else _change(measure, least, page, ask)
    )
    if reading.verdict not in JUDGED:
        return reading
    return replace(reading, verdict="beyond" if _beyond(kind, limit, reading) else "within")


def _beyond(kind: Kind, limit: float, reading: Reading) -> bool:
    assert reading.value is not None
    change = reading.change
    match kind:
        case "above":
            return reading.value > limit
        case "below":
            return reading.value < limit
        case "rise":
            return change is not None and change >= limit - 1e-9
        case "fall":
            return change is not None and change <= -limit + 1e-9


def _threshold(measure: Measure, kind: Kind, least: int, page: Page, ask: Ask) -> Reading:
    if measure.metric == "sent":  # the count itself is the volume
        if kind == "below":
            page = _ending(page, page.today - timedelta(days=1))
        return _read(measure, page, _asked(measure, page, ask))
    answer = _asked(measure, page, ask)
    if kind == "above" and measure.counts:  # a count that is above already stays above
        return _of_enough(_read(measure, page, answer), least)
    if _held_back(answer, page.as_of):
        return Reading("held_back")
    ripe = page.today - timedelta(days=int(answer["progress"]["days"]) + 1)
    if ripe < page.period.to:
        page = _ending(page, ripe)
        if page.period.to < page.period.from_:
            return Reading("in_progress")
        answer = _asked(measure, page, ask)
    reading = _of_enough(_read(measure, page, answer), least)
    if reading.verdict in JUDGED and answer.get("progress", {}).get("whole"):
        return replace(reading, verdict="in_progress")
    return reading


def _change(measure: Measure, least: int, page: Page, ask: Ask) -> Reading:
    ranged = before_options(measure.options.comparison, page, counts=measure.metric == "sent")
    answers = ask(
        {"now": _query(measure, page, page.period.range_options()), "before": _query(measure, page, ranged)}
    )
    now, earlier = (_of_enough(_read(measure, page, answers[name]), least) for name in ("now", "before"))
    since = answers["now"].get("since")
    if now.verdict not in JUDGED:
        return now
    if since is not None and page.previous.from_ < date.fromisoformat(since):
        return replace(now, verdict="no_earlier")
    if earlier.verdict not in JUDGED or not earlier.value:
        return replace(now, before=earlier.value, verdict="few" if earlier.verdict == "few" else "no_earlier")
    return replace(now, before=earlier.value)


def _of_enough(reading: Reading, least: int) -> Reading:
    """Too few e-mails or leads say nothing; of e-mails sent they are the figure itself."""
    volume = reading.n if reading.base is None else reading.base
    return replace(reading, verdict="few") if reading.verdict in JUDGED and (volume or 0) < least else reading


def _ending(page: Page, last: date) -> Page:
    """The page up to an earlier day: as many days where its period counts days, else from the same first one."""
    period, apart = page.period, page.period.to - last
    if apart <= timedelta(0):
        return page
    first = period.from_ - apart if period.unit == "days" else period.from_
    return replace(page, period=Period(period.key, first, last, period.unit, period.over))


def _query(measure: Measure, page: Page, ranged: Mapping[str, Any]) -> Query:
    asked: dict[str, Any] = {**measure.options.narrow(), **ranged}
    if "cut" not in asked:
        asked["marks"] = True
    if measure.metric == "sent":
        return page.filters.narrow(Query(name="sent_emails", **asked))
    rate = {"data_type": measure.metric, "attribution": measure.attribution, "engagement": measure.engagement}
    return page.filters.narrow(Query(name="rate", by="day", **rate, **asked))


def _asked(measure: Measure, page: Page, ask: Ask) -> Mapping[str, Any]:
    return ask({"now": _query(measure, page, page.period.range_options())})["now"]


def _read(measure: Measure, page: Page, answer: Mapping[str, Any]) -> Reading:
    """The figure of an answer, not judged yet ("within" stands for that)."""
    first, last = page.period.from_, page.period.to
    if _held_back(answer, page.as_of):
        return Reading("held_back", first=first, last=last)
    if measure.metric == "sent":
        total = int(answer["total"])
        return Reading("within", float(total), total, None, None, first, last)
    n, base = int(answer["n"]), int(answer["base"])
    if not base:
        return Reading("few", None, n, base, None, first, last)
    return Reading("within", float(n) if measure.counts else n / base, n, base, None, first, last)


def _held_back(answer: Mapping[str, Any], at: datetime) -> bool:
    held = answer.get("held_back")
    if held is None:
        return False
    since = datetime.fromisoformat(str(held["since"]).replace("Z", "+00:00")).astimezone(UTC)
    return held["why"] != "waiting" or at - since > PATIENCE
