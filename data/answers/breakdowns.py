"""What, when and where people react: hours of the week, links, reply categories."""

from __future__ import annotations

from typing import Any, Final

from data.answers.facts import Facts
from data.question import Query


def hours(facts: Facts, query: Query) -> dict[str, Any]:
    """E-mail events of one kind by local weekday (1 = Monday) and hour; every cell, zeros too.

    Every event counts, on the day it happened; replies only when a person wrote them; `sent` once a message.
    """
    event = query.asked_event
    found = {(day, hour): n for day, hour, n in facts.rows("hours", query, event=event)}
    cells = [
        {"weekday": day, "hour": hour, "n": found.get((day, hour), 0)}
        for day in range(1, 8)
        for hour in range(24)
    ]
    return {"total": sum(found.values()), "cells": cells}


def top_links(facts: Facts, query: Query) -> dict[str, Any]:
    """Links by clicks that happened in the range; `unique`: messages with a click on it, `leads`: people with one.

    A click whose source told no link goes under "(none)". `share` is of all clicks, also of links not listed.
    """
    rows = facts.rows("top_links", query, limit=query.rows)
    return {"total": int(rows[0][4]) if rows else 0, "rows": [_link(row) for row in rows]}


def _link(row: tuple[Any, ...]) -> dict[str, Any]:
    url, clicks, unique, leads, all_clicks = row
    return {"url": url, "clicks": clicks, "unique": unique, "leads": leads, "share": clicks / int(all_clicks)}


def reply_categories(facts: Facts, query: Query) -> dict[str, Any]:
    """The first human reply of each message by its category; what no rule settled is "(none)" and neutral."""
    rows = facts.rows("reply_categories", query)
    return {
        "total": sum(row[2] for row in rows),
        "rows": [{"category": category, "sentiment": sentiment, "n": n} for category, sentiment, n in rows],
    }


ANSWERS: Final = {"hours": hours, "top_links": top_links, "reply_categories": reply_categories}
