"""Top campaigns: the period's campaigns ranked by one rate's count or share, their open rate beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, ChosenRate, Engagement, Label, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted_rate
from dashapp.tiles.parts.rates import (
    before_options,
    change_of,
    compared,
    in_progress,
    metric_label,
    n_of_base,
    nothing_sent,
)
from dashapp.ui.format import integer, is_one, percent
from dashapp.ui.language.texts import within
from data.query.ask import Query

NO_CAMPAIGN = "(none)"
#: Of a campaign that did not send yet.
NOTHING = {"n": 0, "base": 0, "rate": None}


class TopCampaignsOptions(Narrowed, Ranged):
    """`sort` "count" ranks by how many, "rate" by the share; ties by the other, then by name."""

    data_type: ChosenRate = "reply"
    attribution: ChosenAttribution = "lead"
    engagement: Engagement = "human"
    sort: Annotated[
        Literal["count", "rate"],
        Label("Order", (("count", "By number"), ("rate", "By share"))),
    ] = "count"
    rows: Annotated[int, Field(ge=3, le=20), Label("Rows")] = 6


def queries(options: TopCampaignsOptions, page: Page) -> dict[str, Query]:
    """The rate by campaign in both periods, and opens beside it."""
    asked = {
        "name": "rate",
        "data_type": options.data_type,
        "attribution": options.attribution,
        "engagement": options.engagement,
        "by": "campaign",
        **options.narrow(),
    }
    found = {
        "now": Query(**asked, marks=True, **page.period.range_options()),
        "opens": Query(
            name="rate",
            data_type="open",
            by="campaign",
            marks=True,
            engagement=options.engagement,
            **options.narrow(),
            **page.period.range_options(),
        ),
    }
    if compared("previous", page):
        found["before"] = Query(**asked, **before_options("previous", page))
    return found


def titled(options: TopCampaignsOptions, page: Page) -> str:
    """The title."""
    return page.t("top_campaigns")


def context(options: TopCampaignsOptions, answers: Answers, page: Page) -> Context:
    """Template values; campaigns without a base in the period are not listed."""
    metric = options.data_type
    label = page.t(metric)
    by = metric_label(metric, "absolute" if options.sort == "count" else "percentage", page)
    found: Context = {
        "title": titled(options, page),
        "note": page.t("by_metric", metric=within(by, page.lang)),
    }
    groups = [g for g in answers["now"].get("groups", []) if g["base"]]
    if not groups:
        return {**found, "empty": nothing_sent(page), "how": []}
    earlier = answers.get("before")
    before = {g["key"]: g for g in (earlier or {}).get("groups", [])}
    going = in_progress(answers["now"], page)
    opens = {g["key"]: g for g in answers["opens"].get("groups", [])}
    ranked = sorted(groups, key=lambda g: _rank(g, options.sort))[: options.rows]
    return {
        **found,
        "empty": None,
        "heading": label,
        "compared": earlier is not None,
        "has_going": any(g["key"] in going for g in ranked),
        "open_heading": page.t("open") if metric != "open" else None,
        "rows": [
            {
                "name": page.t("no_campaign") if (g["key"] or NO_CAMPAIGN) == NO_CAMPAIGN else g["key"],
                "sub": _counted(g, metric, page),
                "rate": percent(g["rate"], page.lang),
                "opened": _with_base(opens.get(g["key"]), page),
                "opens": page.cell("now", f"={g['key']}"),
                "opened_opens": page.cell("opens", f"={g['key']}")
                if opens.get(g["key"], {}).get("base")
                else "",
                "change": None
                if earlier is None
                else change_of(
                    metric, g, before.get(g["key"], NOTHING), page, since=answers["now"].get("since")
                ),
                "is_new": not before.get(g["key"], NOTHING)["base"],
                "going": g["key"] in going,
            }
            for g in ranked
        ],
        "how": counted_rate(queries(options, page)["now"], answers["now"], page),
    }


def order(options: TopCampaignsOptions, answers: Answers) -> list[Any]:
    """The campaigns from the first to the last, also those that find no room in the tile."""
    groups = [g for g in answers["now"].get("groups", []) if g["base"]]
    return [g["key"] for g in sorted(groups, key=lambda g: _rank(g, options.sort))]


def _rank(group: Mapping[str, Any], sort: str) -> tuple[float, float, str]:
    first, second = ("n", "rate") if sort == "count" else ("rate", "n")
    return -group[first], -group[second], group["key"] or ""


def _counted(group: Mapping[str, Any], metric: str, page: Page) -> str:
    """ "63 of 756 replied"; in French "63 réponses sur 756"."""
    n, base = (integer(group[name], page.lang) for name in ("n", "base"))
    return page.t(f"n_{metric}_one" if is_one(group["n"], page.lang) else f"n_{metric}", n=n, base=base)


def _with_base(group: Mapping[str, Any] | None, page: Page) -> tuple[str, str]:
    if group is None or not group["base"]:
        return percent(None), page.t("not_tracked")
    return percent(group["rate"], page.lang), n_of_base(group, page)


TILE = TileType(
    "top_campaigns",
    "Top campaigns",
    TopCampaignsOptions,
    queries,
    context,
    "tiles/top_campaigns.html",
    (4, 4),
    about=About(
        "Top campaigns",
        "The best campaigns by one figure, and their change.",
        "compare",
        "ranking flows best table",
        least=(4, 4),
        most=(12, 6),
    ),
    title=titled,
    order=order,
)
