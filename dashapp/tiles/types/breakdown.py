"""Breakdown: one rate by campaign, step, person or provider, as ranked bars."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, ChosenRate, Engagement, Label, Narrowed, Ranged, View
from dashapp.tiles.parts.definition import counted_rate
from dashapp.tiles.parts.groups import BY, By, group_name, ranked, shown_note, stepwise, with_base
from dashapp.tiles.parts.rates import figure, in_progress, metric_label, n_of_base, nothing_sent
from dashapp.ui.charts import bar
from data.query.ask import Query


class BreakdownOptions(Narrowed, Ranged):
    """`order` "own" keeps steps as they are sent; other groups have no order of their own and go by count."""

    data_type: ChosenRate = "reply"
    by: Annotated[By, Label("By", BY)] = "campaign"
    view: View = "percentage"
    attribution: ChosenAttribution = "email"
    engagement: Engagement = "human"
    order: Annotated[
        Literal["largest", "own"],
        Label("Order", (("largest", "Largest first"), ("own", "Its own"))),
    ] = "largest"
    rows: Annotated[int, Field(ge=2, le=50), Label("Rows")] = 6


def queries(options: BreakdownOptions, page: Page) -> dict[str, Query]:
    """The rate by group."""
    return {
        "groups": Query(
            name="rate",
            data_type=options.data_type,
            attribution=options.attribution,
            engagement=options.engagement,
            by=options.by,
            marks=True,
            **options.narrow(),
            **page.period.range_options(),
        )
    }


def titled(options: BreakdownOptions, page: Page) -> str:
    """The title."""
    return page.t(
        "by_group",
        metric=metric_label(options.data_type, options.view, page),
        group=page.t(f"group_{options.by}"),
    )


def context(options: BreakdownOptions, answers: Answers, page: Page) -> Context:
    """Template values; bars are of the largest shown, groups without a base are not listed."""
    answer = answers["groups"]
    title = titled(options, page)
    found = with_base(answer)
    if not found:
        return {"title": title, "empty": nothing_sent(page), "how": []}
    counts = options.view == "absolute"
    key = "n" if counts else "rate"
    ordered = (
        stepwise(found)
        if options.order == "own" and options.by == "step"
        else ranked(found, "count" if counts else "rate")
    )
    going = in_progress(answer, page)
    chosen = ordered[: options.rows]
    top = max(group[key] for group in chosen)
    return {
        "title": title,
        "note": page.t(f"per_{options.attribution}"),
        "has_going": any(group["key"] in going for group in chosen),
        "bars": [
            {
                "name": group_name(options.by, group["key"], page),
                "value": figure(group, options.view, page),
                "sub": n_of_base(group, page),
                "width": bar(group[key], top),
                "going": group["key"] in going,
                "opens": page.cell("groups", f"={group['key']}"),
            }
            for group in chosen
        ],
        "more": shown_note(len(chosen), len(found), page),
        "how": counted_rate(queries(options, page)["groups"], answer, page),
    }


TILE = TileType(
    "breakdown",
    "Breakdown",
    BreakdownOptions,
    queries,
    context,
    "tiles/breakdown.html",
    (4, 3),
    about=About(
        "Breakdown",
        "One figure by campaign, step, person or provider, as bars.",
        "compare",
        "bars ranking campaign step provider",
        least=(3, 3),
    ),
    title=titled,
)
