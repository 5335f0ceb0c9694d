"""The entry point: a cell of an answer → its rows, within the scope and from the version the answer was made
from.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Final

from data.answers.facts import open_facts
from data.cubes.warehouse import open_warehouse, read_again
from data.drilldown.events import events_behind
from data.drilldown.forecast import forecast_behind
from data.drilldown.position import position_of
from data.drilldown.rows import DrilldownPage, Part, Row, UpcomingEmail, mark_of
from data.drilldown.units import Asked, units_behind
from data.errors import BadQuery
from data.figures.rows import Units, Upcoming
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.query.ask import ask, state, workspace_state
from data.question import Query
from data.scope import Scope

logger = logging.getLogger(__name__)

#: Rows of one page.
PAGE: Final = 50
_BATCH: Final = 2_000


def behind(
    lake: Lake,
    scope: Scope,
    workspace_id: int,
    query: Query,
    cell: str,
    *,
    part: Part = "n",
    after: str | None = None,
    limit: int = PAGE,
) -> DrilldownPage:
    """A page of the rows that `cell` (position.py) of the answer to `query` counts, newest first.

    Raises NotInScope, BadQuery for a cell or page that does not exist, DamagedFile.
    """
    scope.require(workspace_id)
    place, mark = position_of(query, cell), mark_of(after)
    read, cells = query.figure.behind, query.figure.cells
    if read is None or cells is None:
        raise BadQuery("There are no single rows behind {name}.", name=query.name)
    if place.whole and not cells.whole:
        raise BadQuery("There is no such cell in {name}.", name=query.name)
    if part == "held" and not isinstance(read, Upcoming):
        raise BadQuery("Nothing of {name} is held back.", name=query.name)
    asked_at = datetime.now(UTC)
    as_of = query.cut or query.as_of or asked_at

    def open_rows(current: Current) -> DrilldownPage:
        if not isinstance(read, Units):
            with open_facts(lake, scope, current, as_of, lambda _: []) as facts:
                if isinstance(read, Upcoming):
                    return forecast_behind(facts, query, place, part, mark, limit)
                return events_behind(facts, facts.settled(query), read, place, part, mark, limit)
        whole = read.weeks == "first" and place.whole
        pooled = _complete(lake, scope, current, query, as_of) if whole else None
        with open_warehouse(lake, current, as_of) as warehouse:
            return units_behind(warehouse, Asked(query, scope, read, place, pooled, as_of), part, mark, limit)

    # Read before the rows: what is published meanwhile is no reason to report missing events.
    held_back = workspace_state(lake, scope, workspace_id).held_back(asked_at)
    found = read_again(
        lake,
        lambda: state(lake, scope, workspace_id),
        open_rows,
        lambda current: current,
        "These rows cannot be read just now; run `vitrine doctor`.",
    )
    return replace(found, held_back=held_back)


def everything_behind(
    lake: Lake, scope: Scope, workspace_id: int, query: Query, cell: str, *, part: Part, most: int
) -> Iterator[Row | UpcomingEmail]:
    """All rows of a cell up to `most`, page by page, as of one moment."""
    query = query.model_copy(update={"as_of": query.as_of or datetime.now(UTC)})
    after, left = None, most
    while left > 0:
        page = behind(lake, scope, workspace_id, query, cell, part=part, after=after, limit=min(left, _BATCH))
        yield from page.rows
        left -= len(page.rows)
        after = page.after
        if after is None:
            return


def _complete(lake: Lake, scope: Scope, current: Current, query: Query, as_of: datetime) -> frozenset[date]:
    """The weeks the headline of week 1 pools."""
    answer = ask(lake, scope, current.workspace_id, query.model_copy(update={"as_of": as_of}))
    return frozenset(
        date.fromisoformat(point["cohort"]) for point in answer["points"] if point["state"] == "value"
    )
