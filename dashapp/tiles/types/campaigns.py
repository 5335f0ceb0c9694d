"""Campaign table: every campaign of the period with its e-mails and its rates side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import (
    RATES,
    ChosenAttribution,
    Engagement,
    Label,
    Narrowed,
    Ranged,
    Rate,
    Rows,
)
from dashapp.tiles.parts.definition import counted, formula_of
from dashapp.tiles.parts.groups import (
    group_name,
    keyed,
    ranked,
    rate_cell,
    shown_note,
    usual_columns,
    with_base,
)
from dashapp.tiles.parts.rates import TRACKED, in_progress, nothing_sent
from dashapp.ui.format import integer
from dashapp.ui.language.texts import heading
from data.query.ask import Query


class CampaignsOptions(Narrowed, Ranged):
    """`columns` in the order shown; the rows are ordered by `sort`."""

    columns: Annotated[list[Rate], Field(min_length=1, max_length=7), Label("Columns", RATES)] = Field(
        default_factory=usual_columns
    )
    sort: Annotated[
        Literal["sent", "first"],
        Label(
            "Order",
            (
                ("sent", "Most sent"),
                ("first", "Best in the first column"),
            ),
        ),
    ] = "sent"
    attribution: ChosenAttribution = "email"
    engagement: Engagement = "human"
    rows: Rows = 10


def queries(options: CampaignsOptions, page: Page) -> dict[str, Query]:
    """One query a column; bounces tell how many were sent."""
    return columns_by("campaign", ["bounce", *options.columns], options, page)


def columns_by(by: Any, columns: list[Any], options: Any, page: Page) -> dict[str, Query]:
    """A rate by group for each of `columns`."""
    return {
        column: Query(
            name="rate",
            data_type=column,
            attribution=options.attribution,
            engagement=options.engagement,
            by=by,
            marks=True,
            **options.narrow(),
            **page.period.range_options(),
        )
        for column in columns
    }


def table(
    by: str, names: list[Any], columns: list[Any], answers: Answers, page: Page, asked: Mapping[str, Query]
) -> Context:
    """Head, rows and definitions of a table with a row a group: how many were sent, then the columns."""
    sent = keyed(answers["bounce"])
    found = {column: keyed(answers[column]) for column in columns}
    going = {column: in_progress(answers[column], page) for column in columns}
    unit = page.t(f"head_{asked['bounce'].attribution}")
    return {
        "heading": heading(page.t(f"group_{by}")),
        "has_going": any(name in going[column] for column in columns for name in names),
        "heads": [unit, *(page.t(f"count_{column}") for column in columns)],
        "rows": [
            {
                "name": group_name(by, name, page),
                "cells": [
                    {
                        "text": integer(sent[name]["base"], page.lang),
                        "sub": "",
                        "opens": page.cell("bounce", f"={name}"),
                        "part": "base",
                    },
                    *(
                        rate_cell(
                            found[column].get(name),
                            page,
                            page.cell(column, f"={name}"),
                            going=name in going[column],
                            tracked=column in TRACKED,
                        )
                        for column in columns
                    ),
                ],
            }
            for name in names
        ],
        "how": [
            (page.t("how_formula"), page.t("how_table")),
            *((page.t(column), formula_of(asked[column], page)) for column in columns),
            *counted(asked[columns[0]], page)[-2:],
        ],
    }


def titled(options: CampaignsOptions, page: Page) -> str:
    """The title."""
    return page.t("campaigns")


def context(options: CampaignsOptions, answers: Answers, page: Page) -> Context:
    """Template values; campaigns nothing was sent for in the period are not listed."""
    columns = list(dict.fromkeys(options.columns))
    title = titled(options, page)
    groups = with_base(answers["bounce"])
    if not groups:
        return {"title": title, "empty": nothing_sent(page), "how": []}
    if options.sort == "sent":
        names = [g["key"] for g in sorted(groups, key=lambda g: (-g["base"], str(g["key"] or "")))]
    else:
        best = [g["key"] for g in ranked(with_base(answers[columns[0]]), "rate")]
        names = best + [g["key"] for g in groups if g["key"] not in set(best)]
        names = [name for name in names if name in {g["key"] for g in groups}]
    shown = names[: options.rows]
    return {
        "title": title,
        "note": page.t(f"per_{options.attribution}"),
        "more": shown_note(len(shown), len(names), page),
        **table("campaign", shown, columns, answers, page, queries(options, page)),
    }


TILE = TileType(
    "campaigns",
    "Campaign table",
    CampaignsOptions,
    queries,
    context,
    "tiles/table.html",
    (8, 4),
    about=About(
        "Campaign table",
        "Campaigns with all their rates side by side.",
        "compare",
        "flows list columns rates",
        least=(6, 4),
        most=(12, 8),
    ),
    title=titled,
)
