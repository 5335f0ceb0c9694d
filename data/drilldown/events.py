"""Events, and who they came from, behind an hour of the week, a link, a category of replies; actions and people."""

from __future__ import annotations

from typing import Any

from data.answers.facts import Facts
from data.drilldown.position import CellPosition
from data.drilldown.rows import DrilldownPage, Mark, Part, row_of
from data.events.links import link_of
from data.figures.rows import Events
from data.question import Query


def events_behind(
    facts: Facts, query: Query, read: Events, place: CellPosition, part: Part, after: Mark | None, limit: int
) -> DrilldownPage:
    """A page of what a cell counts. E-mails and people of a link are no share of anything: they have no base."""
    values: dict[str, Any] = {
        "part": part,
        "after_at": None if after is None else after.at,
        "after_key": None if after is None else after.key,
        "limit": limit + 1,
        **read.values(place),
    }
    if query.figure.events:
        values["event"] = query.asked_event
    if read.links:
        told = facts.select(
            "select distinct url from happenings where event = 'clicked' and counted and url is not null "
            "and day between $first and $last",
            query,
        )
        values["urls"] = [url for (url,) in told]
        values["links"] = [link_of(url) for (url,) in told]
    if read.engagements:
        facts.make_engagements(query)
    found = facts.rows(read.file, query, **values)
    names = [column[0] for column in facts.connection.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    n, base = (rows[0]["n"], rows[0]["base"]) if rows else _counts(facts, query, read, place, part, after)
    more, rows = rows[limit:], rows[:limit]
    return DrilldownPage(
        n,
        base if place.measured == "clicks" else None,
        part,
        read.unit(place),
        [row_of({"messages": 1, **row}) for row in rows],
        str(Mark(rows[-1]["stamped"], rows[-1]["key"])) if more else None,
    )


def _counts(
    facts: Facts, query: Query, read: Events, place: CellPosition, part: Part, after: Mark | None
) -> tuple[int, int]:
    """Of a page without rows: an empty cell still has its base, a page past the end its first page's figures."""
    if after is not None:
        first = events_behind(facts, query, read, place, part, None, 1)
        return first.n, first.base or 0
    if part == "n":
        whole = events_behind(facts, query, read, place, "base", None, 1)
        return 0, whole.base or 0
    return 0, 0
