"""Reply categories: what people answered, by sentiment."""

from __future__ import annotations

from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Narrowed, Ranged, View
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.parts.groups import UNNAMED
from dashapp.ui.charts import bar
from dashapp.ui.format import integer, of_base, percent
from dashapp.ui.language.texts import has_words
from data.query.ask import Query

SENTIMENTS = ("positive", "neutral", "negative")


class ReplyCategoriesOptions(Narrowed, Ranged):
    """Shares or counts."""

    view: View = "absolute"


def queries(options: ReplyCategoriesOptions, page: Page) -> dict[str, Query]:
    """The first human reply of each message, by category."""
    asked = {**options.narrow(), **page.period.range_options()}
    return {"replies": Query(name="reply_categories", **asked)}


def titled(options: ReplyCategoriesOptions, page: Page) -> str:
    """The title."""
    return page.t("reply_categories")


def context(options: ReplyCategoriesOptions, answers: Answers, page: Page) -> Context:
    """Template values: one bar of the sentiments, then the categories, largest first inside a sentiment."""
    answer = answers["replies"]
    total, rows = answer["total"], answer["rows"]
    title = titled(options, page)
    if not total:
        return {"title": title, "empty": page.t("no_replies" if page.ever else "empty_ever"), "how": []}
    return {
        "title": title,
        "headline": integer(total, page.lang),
        "opens": page.cell("replies"),
        "unit": page.t("replies_unit"),
        "pieces": _parts(rows, total, page),
        "rows": [
            {
                "name": _name(row["category"], page),
                "tone": row["sentiment"],
                "spoken": page.t(f"tone_{row['sentiment']}"),
                "value": _value(row["n"], total, options.view, page),
                "opens": page.cell("replies", f"={row['category']}|{row['sentiment']}"),
                "sub": percent(row["n"] / total, page.lang)
                if options.view == "absolute"
                else integer(row["n"], page.lang),
            }
            for row in sorted(rows, key=_order)
        ],
        "how": counted(queries(options, page)["replies"], page),
    }


def _order(row: Any) -> tuple[int, int, str]:
    return SENTIMENTS.index(row["sentiment"]), -row["n"], str(row["category"])


def _parts(rows: Any, total: int, page: Page) -> list[dict[str, Any]]:
    """The pieces of the bar, each from where the one before ends."""
    found, start = [], 0.0
    for tone in SENTIMENTS:
        n = sum(row["n"] for row in rows if row["sentiment"] == tone)
        width = bar(n, total)
        found.append(
            {
                "tone": tone,
                "x": start,
                "width": width,
                "name": page.t(f"tone_{tone}"),
                "said": of_base(n, total, page.lang),
                "share": percent(n / total, page.lang),
                "opens": page.cell("replies", f"=|{tone}") if n else "",
            }
        )
        start = round(start + width, 2)
    return found


def _value(n: int, total: int, view: str, page: Page) -> str:
    return integer(n, page.lang) if view == "absolute" else percent(n / total, page.lang)


def _name(category: str | None, page: Page) -> str:
    """A category we know by its name, one a person made up as it is written."""
    if category in UNNAMED:
        return page.t("none_category")
    key = f"reply_{category}"
    return page.t(key) if has_words(key) else str(category).replace("_", " ").capitalize()


TILE = TileType(
    "reply_categories",
    "Reply categories",
    ReplyCategoriesOptions,
    queries,
    context,
    "tiles/reply_categories.html",
    (4, 5),
    about=About(
        "Reply categories",
        "What people answered, from interested to no need.",
        "compare",
        "sentiment positive negative interested",
        least=(3, 5),
    ),
    title=titled,
)
