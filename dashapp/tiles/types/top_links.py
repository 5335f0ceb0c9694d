"""Top links: what people clicked in the period."""

from __future__ import annotations

from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Narrowed, Ranged, Rows
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.parts.groups import UNNAMED
from dashapp.ui.charts import bar
from dashapp.ui.format import integer
from dashapp.ui.language.texts import heading
from data.query.ask import Query


class TopLinksOptions(Narrowed, Ranged):
    """How many links."""

    engagement: Engagement = "human"
    rows: Rows = 6


def queries(options: TopLinksOptions, page: Page) -> dict[str, Query]:
    """The links by clicks."""
    return {
        "links": Query(
            name="top_links",
            limit=options.rows,
            engagement=options.engagement,
            **options.narrow(),
            **page.period.range_options(),
        )
    }


def titled(options: TopLinksOptions, page: Page) -> str:
    """The title."""
    return page.t("top_links")


def context(options: TopLinksOptions, answers: Answers, page: Page) -> Context:
    """Template values. A link is shown, never made one: it belongs to somebody else's e-mail."""
    rows = answers["links"]["rows"]
    title = titled(options, page)
    if not rows:
        return {"title": title, "empty": page.t("no_clicks" if page.ever else "empty_ever"), "how": []}
    top = max(row["clicks"] for row in rows)
    return {
        "title": title,
        "note": page.t("in_period"),
        "heading": page.t("link"),
        "heads": [page.t("clicks"), heading(page.t("unit_email")), heading(page.t("unit_lead"))],
        "rows": [
            {"name": _name(row["url"], page), "width": bar(row["clicks"], top), "cells": _cells(row, page)}
            for row in rows[: options.rows]
        ],
        "more": "",
        "how": counted(queries(options, page)["links"], page),
    }


def _name(url: str | None, page: Page) -> str:
    if url in UNNAMED:
        return page.t("none_link")
    text = str(url)
    return text.removeprefix("https://").removeprefix("http://").rstrip("/") or text


def _cells(row: Any, page: Page) -> list[dict[str, str]]:
    return [
        {"text": integer(row[key], page.lang), "sub": "", "opens": page.cell("links", f"{key}={row['url']}")}
        for key in ("clicks", "unique", "leads")
    ]


TILE = TileType(
    "top_links",
    "Top links",
    TopLinksOptions,
    queries,
    context,
    "tiles/table.html",
    (5, 3),
    about=About(
        "Top links",
        "The links people clicked, and how many did.",
        "compare",
        "clicks url pages",
        least=(4, 3),
        most=(12, 8),
    ),
    title=titled,
)
