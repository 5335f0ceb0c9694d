"""Figures of what happened: when people do something, what they answer, what they click (docs/numbers.md)."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np

from data.cubes.cubes import weekday
from data.cubes.rows import Rows
from data.question import FIRST_DAY, LAST_DAY, Query


def hours(rows: Rows, query: Query) -> dict[str, Any]:
    """E-mail events of one kind by local weekday (1 = Monday) and hour; every cell, zeros too.

    Every event counts, on the day it happened; replies only when a person wrote them; `sent` once a message.
    """
    cube, chosen, _ = rows.activity(
        query.asked_event,
        query.from_ or FIRST_DAY,
        query.to or LAST_DAY,
        machines=query.engagement == "all",
    )
    places = (weekday(cube.keys["day"][chosen]) - 1) * 24 + cube.keys["hour"][chosen]
    counts = np.bincount(places, weights=cube.counts["n"][chosen], minlength=7 * 24)
    cells = [{"weekday": place // 24 + 1, "hour": place % 24, "n": int(n)} for place, n in enumerate(counts)]
    return {"total": sum(cell["n"] for cell in cells), "cells": cells}


def reply_categories(rows: Rows, query: Query) -> dict[str, Any]:
    """The first human reply of each message by its category; what no rule settled is "(none)" and neutral."""
    cube, chosen, texts = rows.activity(
        "replied", query.from_ or FIRST_DAY, query.to or LAST_DAY, machines=False
    )
    chosen &= cube.keys["is_first"].astype(np.bool_)
    found: Counter[tuple[str, str]] = Counter()
    kinds = zip(cube.keys["category"][chosen], cube.keys["sentiment"][chosen], strict=True)
    for (category, sentiment), n in zip(kinds, cube.counts["n"][chosen], strict=True):
        found[texts["category"][category], texts["sentiment"][sentiment]] += int(n)
    rows_ = sorted((-n, *kind) for kind, n in found.items() if n)
    return {
        "total": -sum(row[0] for row in rows_),
        "rows": [{"category": category, "sentiment": sentiment, "n": -n} for n, category, sentiment in rows_],
    }


def top_links(rows: Rows, query: Query) -> dict[str, Any]:
    """Links by clicks that happened in the range; `unique`: messages with a click on it, `leads`: people with one.

    A click whose source told no link goes under "(none)". `share` is of all clicks, also of links not listed.
    """
    found, chosen = rows.clicks(
        query.from_ or FIRST_DAY, query.to or LAST_DAY, machines=query.engagement == "all"
    )
    url, n = found.codes["url"][chosen], found.n[chosen]
    clicks = np.bincount(url, weights=n, minlength=len(found.texts["url"])).astype(np.int64)
    unique = found.distinct("message_id", chosen)
    # A message that names nobody is nobody's: no person is counted for it.
    leads = found.distinct("lead", chosen & ~found.nobody)
    total = int(clicks.sum())
    # The codes of links are in the order of their texts.
    order = np.lexsort((np.arange(len(clicks)), -unique, -clicks))[: query.rows]
    return {
        "total": total,
        "rows": [
            {
                "url": found.texts["url"][code],
                "clicks": int(clicks[code]),
                "unique": int(unique[code]),
                "leads": int(leads[code]),
                "share": int(clicks[code]) / total,
            }
            for code in order
            if clicks[code]
        ],
    }
