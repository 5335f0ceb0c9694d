"""What people react to: links."""

from __future__ import annotations

from typing import Any, Final

from data.answers.facts import Facts
from data.question import Query


def top_links(facts: Facts, query: Query) -> dict[str, Any]:
    """Links by clicks that happened in the range; `unique`: messages with a click on it, `leads`: people with one.

    A click whose source told no link goes under "(none)". `share` is of all clicks, also of links not listed.
    """
    rows = facts.rows("top_links", query, limit=query.rows)
    return {"total": int(rows[0][4]) if rows else 0, "rows": [_link(row) for row in rows]}


def _link(row: tuple[Any, ...]) -> dict[str, Any]:
    url, clicks, unique, leads, all_clicks = row
    return {"url": url, "clicks": clicks, "unique": unique, "leads": leads, "share": clicks / int(all_clicks)}


ANSWERS: Final = {"top_links": top_links}
