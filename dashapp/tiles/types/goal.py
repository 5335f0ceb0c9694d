"""Goal: how far a target is reached, and whether the pace is enough."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated, Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, Day, Engagement, Label, Metric, Narrowed, View, _day
from dashapp.tiles.parts.definition import counted, counted_rate
from dashapp.tiles.parts.rates import POLARITY, metric_label, n_of_base_units
from dashapp.ui.charts import bar
from dashapp.ui.format import date_range, integer, percent, signed_points
from data.query.ask import Query

#: The largest target; ten digits can still be read.
MOST = 9_999_999_999


class GoalOptions(Narrowed):
    """A count to reach by the end of `span`, or a rate (in percent) to hold over it."""

    metric: Metric = "positive_reply"
    view: View = "absolute"
    target: Annotated[float, Field(gt=0, le=MOST), Label("Target")] = 50
    span: Annotated[
        Literal["week", "month", "quarter", "year", "fixed"],
        Label(
            "By the end of",
            (
                ("week", "This week"),
                ("month", "This month"),
                ("quarter", "This quarter"),
                ("year", "This year"),
                ("fixed", "Fixed dates"),
            ),
        ),
    ] = "month"
    first_day: Annotated[Day, Label("First day", kind="date")] = None
    last_day: Annotated[Day, Label("Last day", kind="date")] = None
    attribution: ChosenAttribution = "lead"
    engagement: Engagement = "human"

    @model_validator(mode="after")
    def _reachable(self) -> Self:
        if self.is_rate and self.target > 100:
            raise ValueError("A rate cannot be more than 100%")
        if self.span == "fixed":
            if self.first_day is None or self.last_day is None:
                raise ValueError("A fixed period needs its first and its last day")
            if _day(self.first_day) > _day(self.last_day):
                raise ValueError("The last day lies before the first")
        return self

    @property
    def is_rate(self) -> bool:
        """Whether the target is a percentage."""
        return self.view == "percentage" and self.metric != "sent"


def span_of(options: GoalOptions, today: date) -> tuple[date, date]:
    """First and last day of the goal."""
    if options.span == "fixed":
        return date.fromisoformat(str(options.first_day)), date.fromisoformat(str(options.last_day))
    if options.span == "week":
        monday = today - timedelta(days=today.weekday())
        return monday, monday + timedelta(days=6)
    if options.span == "year":
        return date(today.year, 1, 1), date(today.year, 12, 31)
    months = 1 if options.span == "month" else 3
    first = date(today.year, (today.month - 1) // months * months + 1, 1)
    after = first
    for _ in range(months):
        after = (after.replace(day=28) + timedelta(days=4)).replace(day=1)
    return first, after - timedelta(days=1)


def _today(page: Page) -> date:
    return page.as_of.astimezone(ZoneInfo(page.timezone)).date()


def queries(options: GoalOptions, page: Page) -> dict[str, Query]:
    """What was reached from the first day of the goal up to today."""
    today = _today(page)
    first, last = span_of(options, today)
    asked: dict[str, Any] = {**options.narrow(), "from": first, "to": max(first, min(today, last))}
    if options.metric == "sent":
        return {"reached": Query(name="sent_emails", **asked)}
    return {
        "reached": Query(
            name="rate",
            data_type=options.metric,
            attribution=options.attribution,
            engagement=options.engagement,
            **asked,
        )
    }


def titled(options: GoalOptions, page: Page) -> str:
    """The title."""
    return page.t("goal_title", metric=metric_label(options.metric, options.view, page))


def context(options: GoalOptions, answers: Answers, page: Page) -> Context:
    """Template values; the pace is an even share of the target for each whole day that is over, and today's."""
    answer, today = answers["reached"], _today(page)
    first, last = span_of(options, today)
    days = (last - first).days + 1
    over = min(max((today - first).days + 1, 0), days)
    found: Context = {
        "title": titled(options, page),
        "note": date_range(first, last, page.lang, year=last.year != today.year),
        "opens": page.cell("reached"),
        "how": _how(options, answer, page),
    }
    if options.is_rate:
        return found | _rate(options, answer, page)
    reached = answer["total"] if options.metric == "sent" else answer["n"]
    expected = options.target * over / days
    ahead = round(reached - expected)
    bad = POLARITY[options.metric] < 0
    done = reached >= options.target
    return found | {
        "value": integer(reached, page.lang),
        "of": page.t("of_target", target=integer(round(options.target), page.lang)),
        "share": percent(min(1.0, reached / options.target), page.lang),
        "width": bar(min(reached, options.target), options.target),
        "pace": bar(expected, options.target) if 0 < over < days else None,
        "tone": "flat" if ahead == 0 and not done else "bad" if (ahead < 0 and not done) != bad else "good",
        "verdict": _verdict(reached, ahead, over, days, options, page),
        "forecast": _forecast(reached, over, days, page),
    }


def _verdict(reached: int, ahead: int, over: int, days: int, options: GoalOptions, page: Page) -> str:
    if over == 0:
        return page.t("goal_not_begun")
    if reached >= options.target:
        return page.t("goal_reached")
    if over == days:
        return page.t("goal_last_day", n=integer(round(options.target) - reached, page.lang))
    if ahead == 0:
        return page.t("goal_on_pace")
    return page.t("goal_ahead" if ahead > 0 else "goal_behind", n=integer(abs(ahead), page.lang))


def _forecast(reached: int, over: int, days: int, page: Page) -> str:
    if not 0 < over < days:
        return ""
    return page.t("goal_forecast", n=integer(round(reached * days / over), page.lang))


def _rate(options: GoalOptions, answer: Any, page: Page) -> Context:
    target, rate = options.target / 100, answer["rate"]
    bad = POLARITY[options.metric] < 0
    if rate is None:
        tone, verdict = "flat", page.t("nothing_counts")
    else:
        met = rate <= target if bad else rate >= target
        tone = "good" if met else "bad"
        verdict = page.t("goal_met" if met else "goal_missed", n=signed_points(rate - target, page.lang))
    return {
        "value": percent(rate, page.lang),
        "of": page.t("at_most" if bad else "of_target", target=percent(target, page.lang)),
        "share": n_of_base_units(answer, options.attribution, page),
        "width": bar(rate or 0.0, max(target * 1.25, rate or 0.0)),
        "pace": bar(target, max(target * 1.25, rate or 0.0)),
        "tone": tone,
        "verdict": verdict,
        "forecast": "",
    }


def _how(options: GoalOptions, answer: Any, page: Page) -> list[tuple[str, str]]:
    pace = (page.t("pace"), page.t("how_goal"))
    query = queries(options, page)["reached"]
    if options.metric == "sent":
        return [*counted(query, page), pace]
    rows = counted_rate(query, answer, page)
    return rows if options.is_rate else [*rows, pace]


TILE = TileType(
    "goal",
    "Goal",
    GoalOptions,
    queries,
    context,
    "tiles/goal.html",
    (3, 2),
    about=About(
        "Goal",
        "A target, and whether the pace is enough.",
        "key",
        "target pace progress quota",
        least=(3, 2),
        most=(6, 3),
        options={"metric": "positive_reply", "target": 50.0},
    ),
    title=titled,
)
