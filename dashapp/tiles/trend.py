"""Trend: a rate or the e-mails sent over the period, with the previous period dashed."""

from __future__ import annotations

from typing import Literal

from dashapp.tiles.base import Answers, Context, Options, Page, TileType
from dashapp.tiles.rates import (
    Attribution,
    Rate,
    how_rate,
    n_of_base,
    n_of_base_units,
    nothing_sent,
    untracked,
)
from dashapp.tiles.series import Bucket, buckets, drawn_rates, pooled, rate_rows, sent_rows
from dashapp.ui import charts
from dashapp.ui.format import axis_percent, compact, integer, percent
from data.query import Query


class TrendOptions(Options):
    """What is drawn, and whether the previous period is drawn with it."""

    metric: Literal["sent"] | Rate = "open"
    attribution: Attribution = "email"
    compare: bool = True


def queries(options: TrendOptions, page: Page) -> dict[str, Query]:
    """The period by day, and the previous one when compared."""
    if options.metric == "sent":
        asked: dict[str, str] = {"name": "sent_emails"}
    else:
        asked = {"name": "rate", "data_type": options.metric, "attribution": options.attribution, "by": "day"}
    found = {"now": Query(**asked, **page.period.range_options())}
    if options.compare:
        found["before"] = Query(**asked, **page.previous.range_options())
    return found


def context(options: TrendOptions, answers: Answers, page: Page) -> Context:
    """Template values; points of 7 days in long periods."""
    counts = options.metric == "sent"
    title = page.t("over_time", metric=page.t(options.metric))
    rows = sent_rows if counts else rate_rows
    pool = pooled(page.period)
    now = buckets(page.period, rows(answers["now"]), pool=pool)
    before = buckets(page.previous, rows(answers["before"]), pool=pool) if options.compare else []
    values, earlier = _values(now, counts), _values(before, counts)
    if not any(b.n or b.base for b in now):
        # A flat zero line would claim something was measured.
        return {"title": title, "empty": nothing_sent(page), "how": []}
    scale = charts.scale(
        max(v for v in [*values, *earlier, 0.0] if v is not None),
        whole=counts,
        ceiling=None if counts else 1.0,
    )
    has_earlier = any(b.n or b.base for b in before)
    answer = answers["now"]
    return {
        "title": title,
        "empty": None,
        "note": page.t("per_week" if pool else "per_day"),
        "headline": integer(answer["total"], page.lang) if counts else percent(answer["rate"], page.lang),
        "base_note": None if counts else n_of_base_units(answer, options.attribution, page),
        "untracked": None if counts else untracked(answer, options.metric, page),
        "ticks": [compact(v, page.lang) if counts else axis_percent(v, page.lang) for v in scale.ticks],
        "line": charts.line(values, scale.top),
        "area": charts.area(values, scale.top),
        "previous": charts.line(earlier, scale.top) if has_earlier else "",
        "labels": _labels(now, page.lang),
        "tips": _tips(now, before if has_earlier else [], values, scale.top, counts, page),
        "how": _how(options, answers, page),
    }


def _values(found: list[Bucket], counts: bool) -> list[float | None]:
    return [b.n for b in found] if counts else drawn_rates(found)


def _labels(found: list[Bucket], lang: str) -> list[tuple[float, str]]:
    return [
        (charts.x_share(i, len(found)), found[i].short(lang)) for i in charts.label_indices(len(found), 8)
    ]


def _tips(
    now: list[Bucket],
    before: list[Bucket],
    values: charts.Series,
    top: float,
    counts: bool,
    page: Page,
) -> list[list[object]]:
    """Per point [x %, y % or null, heading, value, note…] for the tooltip."""
    tips: list[list[object]] = []
    for i, (bucket, point) in enumerate(zip(now, charts.points(values, top), strict=True)):
        notes = []
        if not counts and bucket.base:
            notes.append(n_of_base({"n": bucket.n, "base": bucket.base}, page))
        if i < len(before):
            notes.append(page.t("prev_tip", value=_said(before[i], counts, page)))
        place = [charts.x_share(i, len(now)), None if point is None else point.y]
        tips.append([*place, bucket.label(page.lang), _said(bucket, counts, page), *notes])
    return tips


def _said(bucket: Bucket, counts: bool, page: Page) -> str:
    if counts:
        return integer(bucket.n, page.lang)
    return percent(bucket.rate, page.lang) if bucket.base else page.t("none_sent")


def _how(options: TrendOptions, answers: Answers, page: Page) -> list[tuple[str, str]]:
    if options.metric == "sent":
        return [(page.t("how_formula"), page.t("how_sent"))]
    rows = how_rate(options.metric, options.attribution, answers["now"], page)
    return [*rows[:-1], (rows[-1][0], f"{rows[-1][1]} {page.t('trend_partial')}")]


TILE = TileType("trend", "Trend", TrendOptions, queries, context, "tiles/trend.html", (8, 3))
