"""Top campaigns: the period's campaigns ranked by one rate's count or share, their open rate beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.counted import counted_rate
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, ChosenRate, Engagement, Label, Narrowed, Ranged
from dashapp.tiles.rates import before_options, compared, delta, n_of_base, nothing_sent
from dashapp.ui.format import percent
from data.query import Query

NO_CAMPAIGN = "(none)"


class TopCampaignsOptions(Narrowed, Ranged):
    """`sort` "count" ranks by how many, "rate" by the share; ties by the other, then by name."""

    data_type: ChosenRate = "reply"
    attribution: ChosenAttribution = "lead"
    engagement: Engagement = "human"
    sort: Annotated[
        Literal["count", "rate"],
        Label(("Order", "Ordre"), (("count", "How many", "Nombre"), ("rate", "Share", "Part"))),
    ] = "count"
    rows: Annotated[int, Field(ge=3, le=20), Label(("Rows", "Lignes"))] = 6


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
        "now": Query(**asked, **page.period.range_options()),
        "opens": Query(
            name="rate",
            data_type="open",
            by="campaign",
            engagement=options.engagement,
            **options.narrow(),
            **page.period.range_options(),
        ),
    }
    if compared("previous", page):
        found["before"] = Query(**asked, **before_options("previous", page))
    return found


def context(options: TopCampaignsOptions, answers: Answers, page: Page) -> Context:
    """Template values; campaigns without a base in the period are not listed."""
    metric = options.data_type
    label = page.t(metric)
    found: Context = {"title": page.t("top_campaigns"), "note": page.t("by_metric", metric=label.lower())}
    groups = [g for g in answers["now"].get("groups", []) if g["base"]]
    if not groups:
        return {**found, "empty": nothing_sent(page), "how": []}
    earlier = answers.get("before")
    before = {g["key"]: g for g in (earlier or {}).get("groups", [])}
    opens = {g["key"]: g for g in answers["opens"].get("groups", [])}
    ranked = sorted(groups, key=lambda g: (*_rank(g, options.sort), g["key"] or ""))[: options.rows]
    return {
        **found,
        "empty": None,
        "heading": label,
        "compared": earlier is not None,
        "open_heading": page.t("open") if metric != "open" else None,
        "rows": [
            {
                "name": page.t("no_campaign") if (g["key"] or NO_CAMPAIGN) == NO_CAMPAIGN else g["key"],
                "sub": f"{n_of_base(g, page)} {page.t('n_' + metric)}",
                "rate": percent(g["rate"], page.lang),
                "opened": _with_base(opens.get(g["key"]), page),
                "opens": page.cell("now", f"={g['key']}"),
                "opened_opens": page.cell("opens", f"={g['key']}")
                if opens.get(g["key"], {}).get("base")
                else "",
                "chip": delta(metric, g["rate"], before.get(g["key"], {}).get("rate"), page, points=True),
                "is_new": not before.get(g["key"], {}).get("base"),
            }
            for g in ranked
        ],
        "how": counted_rate(queries(options, page)["now"], answers["now"], page),
    }


def _rank(group: Mapping[str, Any], sort: str) -> tuple[float, float]:
    return (-group["n"], -group["rate"]) if sort == "count" else (-group["rate"], -group["n"])


def _with_base(group: Mapping[str, Any] | None, page: Page) -> tuple[str, str]:
    if group is None or not group["base"]:
        return percent(None), ""
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
        ("Top campaigns", "Meilleures campagnes"),
        (
            "The best campaigns by one figure, and their change.",
            "Les meilleures campagnes selon un chiffre, et leur évolution.",
        ),
        "compare",
        ("ranking flows best table", "classement flux tableau"),
        least=(4, 4),
        most=(12, 6),
    ),
)
