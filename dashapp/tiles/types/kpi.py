"""KPI: one figure of the period, its change against the previous one and a sparkline."""

from __future__ import annotations

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
from dashapp.tiles.parts.definition import counted, counted_rate
from dashapp.tiles.parts.rates import (
    before_options,
    compared,
    delta,
    figure,
    metric_label,
    n_of_base,
    n_of_base_units,
    untracked,
)
from dashapp.tiles.parts.series import Bucket, buckets, drawn_rates, pooled, rate_rows, sent_rows
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
    found = {"now": Query(**asked, **page.period.range_options())}
    if compared(options.comparison, page):
        found["before"] = Query(**asked, **before_options(options.comparison, page))
    return found


def titled(options: KpiOptions, page: Page) -> str:
    """The title."""
    return metric_label(options.metric, options.view, page)


def context(options: KpiOptions, answers: Answers, page: Page) -> Context:
    """Template values; a rate without a base shows "–" and no chip."""
    now, before = answers["now"], answers.get("before")
    if options.metric == "sent":
        return _sent(now, before, page)
    counts = options.view == "absolute"
    days = buckets(page.period, rate_rows(now), pool=pooled(page.period))
    base = n_of_base(now, page) if counts else n_of_base_units(now, options.attribution, page)
    if counts and now["base"]:
        base = f"{base} {page.t('unit_' + options.attribution)}"
    left = untracked(now, options.metric, page)
    notes = [f"{base} ·{NBSP}{left}" if left else base]
    chip = None
    if before is not None:
        notes.append(_earlier(before, options.view, page))
        old = (now["n"], before["n"]) if counts else (now["rate"], before["rate"])
        if not counts or before["base"]:
            chip = delta(options.metric, *old, page, points=not counts)
    return {
        "title": titled(options, page),
        "value": figure(now, options.view, page),
        "opens": page.cell("now"),
        "chip": chip,
        "notes": notes,
        "spark": sparkline(_drawn(days, counts=counts)),
        "how": counted_rate(queries(options, page)["now"], now, page),
    }


def _earlier(before: Any, view: str, page: Page) -> str:
    if not before["base"]:
        return page.t("no_earlier")
    return page.t("previous", value=figure(before, view, page), days=page.period.days)


def _drawn(days: list[Bucket], *, counts: bool) -> list[float | None]:
    return [b.n for b in days] if counts else drawn_rates(days)


def _sent(now: Any, before: Any, page: Page) -> Context:
    points = [b.n for b in buckets(page.period, sent_rows(now), pool=pooled(page.period))]
    notes, chip = [], None
    if before is not None:
        total = before["total"]
        earlier = page.t("previous", value=integer(total, page.lang), days=page.period.days)
        notes = [earlier if total else page.t("no_earlier")]
        chip = delta("sent", now["total"], total, page, points=False)
    return {
        "title": page.t("sent"),
        "value": integer(now["total"], page.lang),
        "opens": page.cell("now"),
        "chip": chip,
        "notes": notes,
        "spark": sparkline(points),
        "how": counted(Query(name="sent_emails"), page),
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
        ("Key figure", "Chiffre clé"),
        ("One number, its change and its shape.", "Un chiffre, son évolution et sa courbe."),
        "key",
        ("kpi delta sparkline rate count open reply sent", "kpi indicateur évolution taux ouverture réponse"),
        least=(2, 2),
        most=(6, 3),
        options={"metric": "reply", "attribution": "lead"},
    ),
    title=titled,
)
