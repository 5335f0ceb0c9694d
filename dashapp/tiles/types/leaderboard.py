"""Leaderboard: the people or sending addresses with the most, or the best, of one figure."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, ChosenRate, Engagement, Label, Narrowed, Ranged, Rows
from dashapp.tiles.parts.definition import counted_rate
from dashapp.tiles.parts.groups import group_name, keyed, ranked, shown_note, with_base
from dashapp.tiles.parts.rates import figure, in_progress, metric_label, nothing_sent
from dashapp.ui.charts import bar
from dashapp.ui.format import integer, percent
from dashapp.ui.language.texts import heading, within
from data.query.ask import Query


class LeaderboardOptions(Narrowed, Ranged):
    """`sort` "count" ranks by how many, "rate" by the share."""

    who: Annotated[
        Literal["user", "sender"],
        Label("Who", (("user", "Users"), ("sender", "Senders"))),
    ] = "user"
    data_type: ChosenRate = "positive_reply"
    sort: Annotated[
        Literal["count", "rate"],
        Label("Order", (("count", "By number"), ("rate", "By share"))),
    ] = "count"
    attribution: ChosenAttribution = "lead"
    engagement: Engagement = "human"
    rows: Rows = 6


def queries(options: LeaderboardOptions, page: Page) -> dict[str, Query]:
    """The figure by person, and all they sent beside it."""
    asked = {
        "name": "rate",
        "attribution": options.attribution,
        "engagement": options.engagement,
        "by": options.who,
        "marks": True,
        **options.narrow(),
        **page.period.range_options(),
    }
    return {
        "groups": Query(data_type=options.data_type, **asked),
        "sent": Query(data_type="bounce", **asked),
    }


def titled(options: LeaderboardOptions, page: Page) -> str:
    """The title."""
    return page.t("leaderboard")


def context(options: LeaderboardOptions, answers: Answers, page: Page) -> Context:
    """Template values; whoever has nothing to measure is not ranked. Equal figures share a rank."""
    title = titled(options, page)
    found = ranked(with_base(answers["groups"]), options.sort)
    if not found:
        return {"title": title, "empty": nothing_sent(page), "how": []}
    key = "n" if options.sort == "count" else "rate"
    chosen = found[: options.rows]
    top = max(group[key] for group in chosen)
    sent = keyed(answers["sent"])
    going = in_progress(answers["groups"], page)
    rows: list[dict[str, Any]] = []
    for place, group in enumerate(chosen, start=1):
        opens = page.cell("groups", f"={group['key']}")
        same = rows and chosen[place - 2][key] == group[key]
        rows.append(
            {
                "rank": rows[-1]["rank"] if same else integer(place, page.lang),
                "name": group_name(options.who, group["key"], page),
                "width": bar(group[key], top),
                "cells": [
                    {
                        "text": integer(sent.get(group["key"], group)["base"], page.lang),
                        "sub": "",
                        "opens": page.cell("sent", f"={group['key']}"),
                        "part": "base",
                    },
                    {"text": integer(group["n"], page.lang), "sub": "", "opens": opens},
                    {
                        "text": percent(group["rate"], page.lang),
                        "sub": "",
                        "opens": opens,
                        "going": group["key"] in going,
                    },
                ],
            }
        )
    total = figure(answers["groups"], "percentage", page)
    return {
        "title": title,
        "note": page.t(
            "by_metric", metric=within(metric_label(options.data_type, _view(options), page), page.lang)
        ),
        "heading": heading(page.t(f"group_{options.who}")),
        "heads": [
            page.t(f"head_{options.attribution}"),
            page.t(f"count_{options.data_type}"),
            page.t("share"),
        ],
        "rows": rows,
        "has_going": any(group["key"] in going for group in chosen),
        "more": " · ".join(
            part
            for part in (page.t("all_of_them", rate=total), shown_note(len(chosen), len(found), page))
            if part
        ),
        "how": counted_rate(queries(options, page)["groups"], answers["groups"], page),
    }


def _view(options: LeaderboardOptions) -> str:
    return "absolute" if options.sort == "count" else "percentage"


TILE = TileType(
    "leaderboard",
    "Leaderboard",
    LeaderboardOptions,
    queries,
    context,
    "tiles/table.html",
    (5, 4),
    about=About(
        "Leaderboard",
        "Users or senders by what they reach.",
        "compare",
        "ranking team users senders mailboxes best",
        least=(4, 4),
        most=(12, 8),
    ),
    title=titled,
)
