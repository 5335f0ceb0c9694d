"""Steps and variations: what each step of a sequence, or each variation of it, brings."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import RATES, ChosenAttribution, Engagement, Label, Narrowed, Ranged, Rate, Rows
from dashapp.tiles.parts.groups import shown_note, stepwise, usual_columns, with_base
from dashapp.tiles.parts.rates import nothing_sent
from dashapp.tiles.types.campaigns import columns_by, table
from data.query.ask import Query


class StepsOptions(Narrowed, Ranged):
    """Choose a campaign to see the steps of one sequence."""

    by: Annotated[
        Literal["step", "variation"],
        Label("Rows by", (("step", "Step"), ("variation", "Variation"))),
    ] = "step"
    columns: Annotated[list[Rate], Field(min_length=1, max_length=7), Label("Columns", RATES)] = Field(
        default_factory=usual_columns
    )
    attribution: ChosenAttribution = "email"
    engagement: Engagement = "human"
    rows: Rows = 12


def queries(options: StepsOptions, page: Page) -> dict[str, Query]:
    """One query a column; bounces tell how many were sent."""
    return columns_by(options.by, ["bounce", *options.columns], options, page)


def titled(options: StepsOptions, page: Page) -> str:
    """The title."""
    return page.t("steps" if options.by == "step" else "variations")


def context(options: StepsOptions, answers: Answers, page: Page) -> Context:
    """Template values; steps in the order they are sent."""
    title = titled(options, page)
    groups = stepwise(with_base(answers["bounce"]))
    if not groups:
        return {"title": title, "empty": nothing_sent(page), "how": []}
    shown = [group["key"] for group in groups[: options.rows]]
    columns = list(dict.fromkeys(options.columns))
    return {
        "title": title,
        "note": page.t(f"per_{options.attribution}"),
        "more": shown_note(len(shown), len(groups), page),
        **table(options.by, shown, columns, answers, page, queries(options, page)),
    }


TILE = TileType(
    "steps",
    "Steps and variations",
    StepsOptions,
    queries,
    context,
    "tiles/table.html",
    (6, 4),
    about=About(
        "Steps and variations",
        "Which step or variation of a sequence works.",
        "compare",
        "sequence a/b test variants table",
        least=(5, 4),
        most=(12, 8),
    ),
    title=titled,
)
