"""KPI: one figure of the period, its change against the previous one and a sparkline."""

from __future__ import annotations

from typing import Literal

from dashapp.tiles.base import Answers, Context, Options, Page, TileType
from dashapp.tiles.rates import Attribution, Rate, delta, how_rate, n_of_base_units, untracked
from dashapp.tiles.series import buckets, drawn_rates, pooled, rate_rows, sent_rows
from dashapp.ui.charts import sparkline
from dashapp.ui.format import NBSP, integer, percent
from data.query import Query


class KpiOptions(Options):
    """`metric` "sent" counts e-mails; every other one is a rate under `attribution`."""

    metric: Literal["sent"] | Rate = "sent"
    attribution: Attribution = "email"


def queries(options: KpiOptions, page: Page) -> dict[str, Query]:
    """Both periods by day: the totals stand in the same answers."""
    if options.metric == "sent":
        return {
            "now": Query(name="sent_emails", **page.period.range_options()),
            "before": Query(name="sent_emails", **page.previous.range_options()),
        }
    asked = {"name": "rate", "data_type": options.metric, "attribution": options.attribution, "by": "day"}
    return {
        "now": Query(**asked, **page.period.range_options()),
        "before": Query(**asked, **page.previous.range_options()),
    }


def context(options: KpiOptions, answers: Answers, page: Page) -> Context:
    """Template values; a rate without a base shows "–" and no chip."""
    now, before = answers["now"], answers["before"]
    if options.metric == "sent":
        return _sent(now["total"], before["total"], answers, page)
    points = drawn_rates(buckets(page.period, rate_rows(now), pool=pooled(page.period)))
    base = n_of_base_units(now, options.attribution, page)
    left = untracked(now, options.metric, page)
    notes = [f"{base} ·{NBSP}{left}" if left else base]
    if before["rate"] is not None:
        notes.append(page.t("previous", value=percent(before["rate"], page.lang), days=page.period.days))
    else:
        notes.append(page.t("no_earlier"))
    return {
        "title": page.t(options.metric),
        "empty": None,
        "value": percent(now["rate"], page.lang),
        "chip": delta(options.metric, now["rate"], before["rate"], page, points=True),
        "notes": notes,
        "spark": sparkline(points),
        "how": how_rate(options.metric, options.attribution, now, page),
    }


def _sent(now: int, before: int, answers: Answers, page: Page) -> Context:
    points = [b.n for b in buckets(page.period, sent_rows(answers["now"]), pool=pooled(page.period))]
    earlier = page.t("previous", value=integer(before, page.lang), days=page.period.days)
    return {
        "title": page.t("sent"),
        "empty": None,
        "value": integer(now, page.lang),
        "chip": delta("sent", now, before, page, points=False),
        "notes": [earlier if before else page.t("no_earlier")],
        "spark": sparkline(points),
        "how": [
            (page.t("how_formula"), page.t("how_sent")),
            (page.t("how_dates"), page.t("how_range_email", zone=page.timezone)),
        ],
    }


TILE = TileType("kpi", "Key figure", KpiOptions, queries, context, "tiles/kpi.html", (3, 2))
