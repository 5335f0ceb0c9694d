"""Week 1 stats: a point per weekly cohort, the headline over the complete ones (docs/numbers.md)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, ChosenClock, ChosenRate, Engagement, Narrowed, View
from dashapp.tiles.parts.definition import counted_rate
from dashapp.tiles.parts.rates import figure, metric_label, n_of_base, n_of_base_units
from dashapp.ui import charts
from dashapp.ui.format import axis_percent, compact, day
from dashapp.ui.language.texts import within
from data.query.ask import Query


class Week1Options(Narrowed):
    """Which rate, per what, and on which clock."""

    data_type: ChosenRate = "reply"
    view: View = "percentage"
    attribution: ChosenAttribution = "email"
    clock: ChosenClock = "calendar"
    engagement: Engagement = "human"


def queries(options: Week1Options, page: Page) -> dict[str, Query]:
    """One query: the 12 cohorts that end with the current week."""
    return {"week1": Query(name="week1", **options.model_dump(exclude={"view"}))}


def titled(options: Week1Options, page: Page) -> str:
    """The title."""
    return page.t("week_1", metric=within(metric_label(options.data_type, options.view, page), page.lang))


def context(options: Week1Options, answers: Answers, page: Page) -> Context:
    """Template values; the current week is dotted and not in the headline."""
    answer = answers["week1"]
    shown = answer["points"]
    title = titled(options, page)
    if not any(p["base"] for p in shown):
        return {"title": title, "empty": page.t("empty_ever"), "how": []}
    counts = options.view == "absolute"
    values = [p["n" if counts else "rate"] if p["base"] else None for p in shown]
    highest = max(v for v in [*values, 0.0] if v is not None)
    scale = charts.scale(highest, whole=counts, ceiling=None if counts else 1.0)
    places = charts.points(values, scale.top)
    complete = [v if p["state"] == "value" else None for v, p in zip(values, shown, strict=True)]
    return {
        "title": title,
        "empty": None,
        "headline": figure(answer["headline"], options.view, page),
        "opens": page.cell("week1"),
        "points": [page.cell("week1", f"w:{p['cohort']}") if p["base"] else "" for p in shown]
        if page.opens
        else None,
        "base_note": n_of_base_units(answer["headline"], options.attribution, page),
        "ticks": [compact(v, page.lang) if counts else axis_percent(v, page.lang) for v in scale.ticks],
        "line": charts.line(complete, scale.top),
        "tail": charts.line(_tail(shown, values), scale.top),
        "dots": [(p, c["state"] != "value") for p, c in zip(places, shown, strict=True) if p is not None],
        "labels": [
            (charts.x_share(i, len(shown)), day(date.fromisoformat(shown[i]["cohort"]), page.lang))
            for i in charts.label_indices(len(shown), 5)
        ],
        "tips": [_tip(i, p, places[i], len(shown), options.view, page) for i, p in enumerate(shown)],
        "has_current": any(c["state"] == "in_progress" and c["base"] for c in shown),
        "how": counted_rate(queries(options, page)["week1"], answer["headline"], page),
    }


def _tail(shown: list[Mapping[str, Any]], values: list[float | None]) -> list[float | None]:
    """The dotted piece from the last complete point to those in progress; all gaps when there is none."""
    running = [i for i, p in enumerate(shown) if p["state"] == "in_progress" and values[i] is not None]
    if not running:
        return [None] * len(values)
    known = [i for i in range(running[0]) if values[i] is not None and shown[i]["state"] == "value"]
    start = known[-1] if known else running[0]
    return [v if i >= start else None for i, v in enumerate(values)]


def _tip(
    index: int, point: Mapping[str, Any], place: charts.Point | None, count: int, view: str, page: Page
) -> list[object]:
    x = charts.x_share(index, count)
    heading = f"{page.t('cohort')} {day(date.fromisoformat(point['cohort']), page.lang)}"
    if place is None:
        return [x, None, heading, page.t("no_base")]
    notes = [n_of_base(point, page)] + ([page.t("in_progress")] if point["state"] == "in_progress" else [])
    return [x, place.y, heading, figure(point, view, page), *notes]


TILE = TileType(
    "week1",
    "Week 1 stats",
    Week1Options,
    queries,
    context,
    "tiles/week1.html",
    (5, 3),
    about=About(
        "Week 1 stats",
        "How each week's sending did in its first week.",
        "cohort",
        "cohort points headline first week",
        least=(4, 3),
        most=(12, 5),
        options={"data_type": "reply", "attribution": "lead"},
    ),
    title=titled,
)
