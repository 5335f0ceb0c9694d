"""KPI: one figure of the period, its change against the previous one and a sparkline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import (
    ChosenAttribution,
    Comparison,
    Engagement,
    Metric,
    Narrowed,
    Ranged,
    View,
)
from dashapp.tiles.parts.definition import Rows, counted, counted_rate
from dashapp.tiles.parts.rates import (
    Change,
    before_options,
    change_of,
    compared,
    figure,
    in_progress,
    metric_label,
    n_of_base,
    n_of_base_units,
    untracked,
)
from dashapp.tiles.parts.series import Bucket, buckets, drawn_rates, emphasis, pooled, rate_rows, sent_rows
from dashapp.ui.charts import sparkline
from dashapp.ui.format import NBSP, integer
from data.query.ask import Query


class KpiOptions(Narrowed, Ranged):
    """`metric` "sent" counts e-mails; every other one is a rate or a count under `attribution`."""

    metric: Metric = "sent"
    view: View = "percentage"
    attribution: ChosenAttribution = "email"
    engagement: Engagement = "human"
    comparison: Comparison = "previous"


def queries(options: KpiOptions, page: Page) -> dict[str, Query]:
    """Both periods by day: the totals stand in the same answers."""
    if options.metric == "sent":
        asked: dict[str, Any] = {"name": "sent_emails", **options.narrow()}
    else:
        asked = {
            "name": "rate",
            "data_type": options.metric,
            "attribution": options.attribution,
            "engagement": options.engagement,
            "by": "day",
            **options.narrow(),
        }
    found = {"now": Query(**asked, marks=True, **page.period.range_options())}
    if compared(options.comparison, page):
        counts = options.metric == "sent"
        found["before"] = Query(**asked, **before_options(options.comparison, page, counts=counts))
    return found


def titled(options: KpiOptions, page: Page) -> str:
    """The title."""
    return metric_label(options.metric, options.view, page)


def context(options: KpiOptions, answers: Answers, page: Page) -> Context:
    """Template values; a rate without a base shows "–" and no chip."""
    now, before = answers["now"], answers.get("before")
    if options.metric == "sent":
        return _sent(options, now, before, page)
    counts = options.view == "absolute"
    days = buckets(page.period, rate_rows(now), pool=pooled(page.period), going=in_progress(now, page))
    base = n_of_base(now, page) if counts else n_of_base_units(now, options.attribution, page)
    if counts and now["base"]:
        base = f"{base} {page.t('unit_' + options.attribution)}"
    left = untracked(now, options.metric, page)
    notes = [f"{base} ·{NBSP}{left}" if left else base]
    change = Change()
    if before is not None:
        change = change_of(options.metric, now, before, page, since=now.get("since"), counts=counts)
        notes.append(_earlier(change, figure(before, options.view, page), page))
    return {
        "title": titled(options, page),
        "value": figure(now, options.view, page),
        "opens": page.cell("now"),
        "chip": change.chip,
        "notes": notes,
        "spark": _spark([b.n for b in days] if counts else drawn_rates(days), days),
        "how": _how(counted_rate(queries(options, page)["now"], now, page), options, page),
    }


def _earlier(change: Change, value: str, page: Page) -> str:
    """What the earlier period had, or why there is none to compare with."""
    if change.why == page.t("no_full_earlier"):
        return change.why
    told = f"{value} {page.before_short}"
    return f"{told} · {change.why}" if change.why else told


def _spark(values: Sequence[float | None], found: Sequence[Bucket]) -> tuple[str, str, str]:
    """(line, surface, dotted end) of the sparkline."""
    solid, tail = emphasis(values, found)
    return sparkline(values, solid, tail)


def _how(rows: Rows, options: KpiOptions, page: Page) -> Rows:
    """The definition, with how it is compared."""
    if not compared(options.comparison, page):
        return rows
    by_now = "by_now" in {options.comparison, page.compare}
    return [
        *rows,
        (page.t("how_compared"), page.t("how_by_now" if by_now else "how_same_age", before=page.before)),
    ]


def _sent(options: KpiOptions, now: Any, before: Any, page: Page) -> Context:
    days = buckets(page.period, sent_rows(now), pool=pooled(page.period), going={page.today.isoformat()})
    notes, change = [], Change()
    if before is not None:
        change = change_of("sent", now, before, page, since=now.get("since"))
        notes = [_earlier(change, integer(before["total"], page.lang), page)]
    return {
        "title": page.t("sent"),
        "value": integer(now["total"], page.lang),
        "opens": page.cell("now"),
        "chip": change.chip,
        "notes": notes,
        "spark": _spark([b.n for b in days], days),
        "how": _how(counted(Query(name="sent_emails"), page), options, page),
    }


TILE = TileType(
    "kpi",
    "Key figure",
    KpiOptions,
    queries,
    context,
    "tiles/kpi.html",
    (3, 2),
    about=About(
        "Key figure",
        "One number, its change and its shape.",
        "key",
        "kpi delta sparkline rate count open reply sent",
        least=(2, 2),
        most=(6, 3),
        options={"metric": "reply", "attribution": "lead"},
    ),
    title=titled,
)
