"""Hours and weekdays: when e-mails go out or people react, in local time, as a heat map."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Label, Narrowed, Ranged, View
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.parts.rates import nothing_sent
from dashapp.ui.charts import ramp_step
from dashapp.ui.format import clock, compact, hour_head, integer, percent, percent_short, weekday_name
from data.query.ask import Query

EVENTS = (
    ("sent", "Sent|tile"),
    ("opened", "Opened|tile"),
    ("clicked", "Clicked|tile"),
    ("replied", "Replied|tile"),
)


class HoursOptions(Narrowed, Ranged):
    """Which events; they count on the hour they happened, every one of them."""

    event: Annotated[Literal["sent", "opened", "clicked", "replied"], Label("Event", EVENTS)] = "opened"
    view: View = "absolute"
    engagement: Engagement = "human"


def queries(options: HoursOptions, page: Page) -> dict[str, Query]:
    """Events by local weekday and hour."""
    return {
        "hours": Query(
            name="hours",
            event=options.event,
            engagement=options.engagement,
            **options.narrow(),
            **page.period.range_options(),
        )
    }


def titled(options: HoursOptions, page: Page) -> str:
    """The title."""
    return page.t(f"hours_{options.event}")


def context(options: HoursOptions, answers: Answers, page: Page) -> Context:
    """Template values; hours nobody uses stay, so that a weekday is always 24 cells wide."""
    answer = answers["hours"]
    total = answer["total"]
    title = titled(options, page)
    if not total:
        empty = nothing_sent(page) if options.event == "sent" else page.t(f"hours_none_{options.event}")
        return {"title": title, "empty": page.t("empty_ever") if not page.ever else empty, "how": []}
    found = {(cell["weekday"], cell["hour"]): cell["n"] for cell in answer["cells"]}
    shown = [n for n in found.values() if n]
    low, high = min(shown), max(shown)
    best = min((key for key, n in found.items() if n == high), default=(1, 0))
    return {
        "title": title,
        "note": page.t("local_time"),
        "legend": _legend(options, low, high, total, page),
        "lead": page.t(
            "busiest",
            day=weekday_name(best[0], page.lang),
            hour=clock(best[1], twelve=page.twelve),
            n=integer(high, page.lang),
        ),
        "hours": [hour_head(hour, twelve=page.twelve) for hour in range(24)],
        "rows": [
            {
                "label": weekday_name(day, page.lang),
                "cells": [
                    _cell(found.get((day, hour), 0), low, high, total, day, hour, options, page)
                    for hour in range(24)
                ],
                "total": integer(sum(found.get((day, hour), 0) for hour in range(24)), page.lang),
                "opens": page.cell("hours", f"h:{day}:"),
            }
            for day in range(1, 8)
        ],
        "how": counted(
            queries(options, page)["hours"], page, page.t("total", value=integer(total, page.lang))
        ),
    }


def _legend(options: HoursOptions, low: int, high: int, total: int, page: Page) -> tuple[str, str]:
    if options.view == "percentage":
        return percent_short(low / total, page.lang), percent_short(high / total, page.lang)
    return compact(low, page.lang), compact(high, page.lang)


def _cell(
    n: int, low: int, high: int, total: int, day: int, hour: int, options: HoursOptions, page: Page
) -> dict[str, Any]:
    share = percent(n / total, page.lang)
    at = f"{weekday_name(day, page.lang)} {clock(hour, twelve=page.twelve)}"
    said = integer(n, page.lang) if options.view == "absolute" else share
    return {
        "css": f"q{ramp_step(n, low, high)}",
        "said": said,
        "title": f"{at}: {integer(n, page.lang)} ({share})",
        "opens": page.cell("hours", f"h:{day}:{hour}") if n else "",
    }


TILE = TileType(
    "hours",
    "Hours and weekdays",
    HoursOptions,
    queries,
    context,
    "tiles/hours.html",
    (7, 3),
    about=About(
        "Hours and weekdays",
        "When people open, click or reply.",
        "time",
        "heat map best time send day",
        least=(6, 3),
        most=(12, 5),
    ),
    title=titled,
)
