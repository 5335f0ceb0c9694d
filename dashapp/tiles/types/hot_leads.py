"""Hot leads: the most engaged people of the period, and why (docs/numbers.md)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Label, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted
from dashapp.ui.format import integer, moment
from data.query.ask import Query


class HotLeadsOptions(Narrowed, Ranged):
    """How many people."""

    engagement: Engagement = "human"
    rows: Annotated[int, Field(ge=3, le=50), Label("Rows")] = 8


def queries(options: HotLeadsOptions, page: Page) -> dict[str, Query]:
    """One question."""
    asked = {**options.narrow(), **page.period.range_options()}
    return {
        "leads": Query(name="hot_leads", limit=options.rows, engagement=options.engagement, **asked),
    }


def titled(options: HotLeadsOptions, page: Page) -> str:
    """The title."""
    return page.t("hot_leads")


def context(options: HotLeadsOptions, answers: Answers, page: Page) -> Context:
    """Template values: each person with their reasons, the most frequent first."""
    rows, t = answers["leads"]["rows"], page.t
    title = titled(options, page)
    if not rows:
        return {"title": title, "empty": t("no_hot_leads" if page.ever else "empty_ever"), "how": []}

    def reason(name: str, n: int) -> str:
        return t(f"reason_{name}_one") if n == 1 else f"{integer(n, page.lang)} × {t(f'reason_{name}')}"

    return {
        "title": title,
        "rows": [
            {
                "lead": row["lead"],
                "score": integer(row["score"], page.lang),
                "said": t("score_is_one")
                if row["score"] == 1
                else t("score_is", n=integer(row["score"], page.lang)),
                "reasons": [
                    reason(name, n) for name, n in sorted(row["reasons"].items(), key=lambda one: -one[1])
                ],
                "at": row["latest"],
                "when": moment(
                    datetime.fromisoformat(row["latest"]), page.timezone, page.lang, twelve=page.twelve
                ),
            }
            for row in rows
        ],
        "how": [
            *counted(queries(options, page)["leads"], page),
            (t("how_opens"), t("how_opens_are")),
        ],
    }


TILE = TileType(
    "hot_leads",
    "Hot leads",
    HotLeadsOptions,
    queries,
    context,
    "tiles/hot_leads.html",
    (4, 4),
    about=About(
        "Hot leads",
        "The most engaged people, and why.",
        "people",
        "warm engaged contacts score",
        least=(3, 3),
        most=(12, 10),
    ),
    title=titled,
    names_people=True,
    explores=False,
)
