"""Samples of what happened: hours, links, replies."""

from __future__ import annotations

import math
from typing import Any, Final

from dashapp.web.styleguide.samples.made_up import Sample, noise
from data.query.ask import Query

LINKS = (
    ("https://harbour.example/menu/autumn", 412, 301, 288),
    ("https://harbour.example/book-a-tasting?utm_source=outreach&utm_campaign=autumn", 260, 214, 209),
    ("https://harbour.example/", 97, 80, 78),
    ("(none)", 12, 12, 11),
)
REPLIES = (
    ("interested", "positive", 64),
    ("booking_request", "positive", 31),
    ("more_information", "positive", 22),
    ("not_now", "neutral", 41),
    ("(none)", "neutral", 18),
    ("not_interested", "negative", 37),
    ("unsubscribe", "negative", 12),
    ("not_the_right_person", "negative", 9),
)


def _hours(query: Query) -> dict[str, Any]:
    cells = []
    for day in range(1, 8):
        for hour in range(24):
            busy = math.exp(-((hour - 9.5) ** 2) / 9) + 0.7 * math.exp(-((hour - 15) ** 2) / 8)
            n = round(
                90 * busy * (0.06 if day > 5 else 1 - 0.08 * abs(day - 2)) * (1 + 0.4 * noise(day, hour))
            )
            cells.append({"weekday": day, "hour": hour, "n": n})
    return {"total": sum(cell["n"] for cell in cells), "cells": cells}


def _top_links(query: Query) -> dict[str, Any]:
    keys = ("url", "clicks", "unique", "leads")
    total = sum(row[1] for row in LINKS)
    rows = [{**dict(zip(keys, row, strict=True)), "share": row[1] / total} for row in LINKS]
    return {"total": total, "rows": rows[: query.limit]}


def _reply_categories(query: Query) -> dict[str, Any]:
    keys = ("category", "sentiment", "n")
    return {
        "total": sum(row[2] for row in REPLIES),
        "rows": [dict(zip(keys, row, strict=True)) for row in REPLIES],
    }


SAMPLES: Final = {
    "hours": Sample(
        _hours,
        lambda _: {
            "total": 0,
            "cells": [{"weekday": day, "hour": hour, "n": 0} for day in range(1, 8) for hour in range(24)],
        },
    ),
    "top_links": Sample(_top_links, lambda _: {"total": 0, "rows": []}),
    "reply_categories": Sample(_reply_categories, lambda _: {"total": 0, "rows": []}),
}
