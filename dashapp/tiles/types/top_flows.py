"""Top performing campaigns: the three whose contacts engaged most, by share or by number (docs/numbers.md)."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Label, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.types.top_campaigns import NO_CAMPAIGN
from dashapp.ui.format import integer, percent
from data.query.ask import Query


class TopFlowsOptions(Narrowed, Ranged):
    """`sort`: by the share of contacts that engaged, or by how many."""

    engagement: Engagement = "human"
    sort: Annotated[
        Literal["rate", "count"],
        Label(
            "Order",
            (
                ("rate", "Engagement %"),
                ("count", "Engagement #"),
            ),
        ),
    ] = "rate"
    rows: Annotated[int, Field(ge=3, le=20), Label("Rows")] = 3


def queries(options: TopFlowsOptions, page: Page) -> dict[str, Query]:
    """One question; the answer has the order and its ties."""
    return {
        "flows": Query(
            name="top_campaigns",
            sort=options.sort,
            limit=options.rows,
            engagement=options.engagement,
            **options.narrow(),
            **page.period.range_options(),
        )
    }


def titled(options: TopFlowsOptions, page: Page) -> str:
    """The title."""
    return page.t("top_flows")


def context(options: TopFlowsOptions, answers: Answers, page: Page) -> Context:
    """Template values, in the answer's order: engagement, then active contacts, then the name."""
    rows, t = answers["flows"]["rows"], page.t
    title = titled(options, page)
    if not rows:
        return {"title": title, "empty": t("no_flows" if page.ever else "empty_ever"), "how": []}
    return {
        "title": title,
        "sorts": [(name, t(f"sort_{name}"), name == options.sort) for name in ("rate", "count")]
        if page.sorts
        else [],
        "by": t(f"sort_{options.sort}"),
        "rows": [
            {
                "name": t("no_campaign") if row["campaign"] == NO_CAMPAIGN else row["campaign"],
                "sub": t("n_active_one")
                if row["active"] == 1
                else t("n_active", n=integer(row["active"], page.lang)),
                "rate": percent(row["rate"], page.lang),
                "of": t(
                    "of_contacts",
                    n=integer(row["engaged"], page.lang),
                    base=integer(row["contacts"], page.lang),
                ),
                "not_interested": integer(row["not_interested"], page.lang),
                "opens": page.cell("flows", f"={row['campaign']}|engaged") if row["contacts"] else "",
                "not_opens": page.cell("flows", f"={row['campaign']}|not_interested")
                if row["contacts"]
                else "",
            }
            for row in rows
        ],
        "how": counted(queries(options, page)["flows"], page),
    }


TILE = TileType(
    "top_flows",
    "Top performing campaigns",
    TopFlowsOptions,
    queries,
    context,
    "tiles/top_flows.html",
    (4, 4),
    about=About(
        "Top performing campaigns|tile",
        "The campaigns whose contacts engaged most, and who was not interested.",
        "people",
        "flows ranking engagement interested",
        least=(4, 3),
        most=(12, 8),
    ),
    title=titled,
    explores=False,
)
