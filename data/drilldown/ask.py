"""The one entry: a cell of an answer → its rows, within the scope and from the version the answer is made of."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, date, datetime
from typing import Final

from data.answers.facts import open_facts
from data.cubes.warehouse import READ_ERRORS, open_warehouse, quarantine_broken
from data.drilldown.events import FILES, events_behind
from data.drilldown.forecast import forecast_behind
from data.drilldown.place import place_of
from data.drilldown.rows import Behind, Coming, Part, Row, mark_of
from data.drilldown.units import Asked, units_behind
from data.engines.duckdb import OutOfMemory
from data.errors import NO_MEMORY, BadQuery, DamagedFile, OutOfRoom
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.query.ask import ask, state
from data.question import Query
from data.scope import Scope

logger = logging.getLogger(__name__)

#: Rows of one page.
PAGE: Final = 50
_BATCH: Final = 2_000
_UNITS: Final = frozenset({"rate", "cohort", "week1", "sent_emails"})
_AHEAD: Final = "future_emails"


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
) -> Behind:
    """A page of the rows that `cell` (place.py) of the answer to `query` counts, newest first.

    Raises NotInScope, BadQuery for a cell or page that is none, DamagedFile.
    """
    scope.require(workspace_id)
    place, mark = place_of(query, cell), mark_of(after)
    if query.name not in _UNITS and query.name not in FILES and query.name != _AHEAD:
        raise BadQuery("There are no single rows behind {name}.", name=query.name)
    if place.whole and query.name in {"action_analytics", "top_campaigns"}:
        raise BadQuery("There is no such cell in {name}.", name=query.name)
    if query.name == "cohort" and place.whole:
        raise BadQuery("There is no such cell in cohort.")
    if part == "held" and query.name != _AHEAD:
        raise BadQuery("Nothing of {name} is held back.", name=query.name)
    as_of = query.cut or query.as_of or datetime.now(UTC)
    for _ in range(manifest.KEEP_VERSIONS + 1):
        current = state(lake, scope, workspace_id)
        try:
            if query.name in FILES or query.name == _AHEAD:
                with open_facts(lake, scope, current, as_of, lambda _: []) as facts:
                    if query.name == _AHEAD:
                        return forecast_behind(facts, query, place, part, mark, limit)
                    return events_behind(facts, facts.settled(query), place, part, mark, limit)
            pooled = (
                _complete(lake, scope, current, query, as_of)
                if query.name == "week1" and place.whole
                else None
            )
            asked = Asked(query, scope, place, pooled, as_of)
            with open_warehouse(lake, current, as_of) as warehouse:
                return units_behind(warehouse, asked, part, mark, limit)
        except OutOfMemory as error:
            raise OutOfRoom(NO_MEMORY) from error
        except READ_ERRORS as error:
            logger.error("The rows of workspace %d cannot be read: %s", workspace_id, error)
            if not quarantine_broken(lake, current):
                break
    raise DamagedFile("These rows cannot be read just now; run `vitrine doctor`.")


def everything_behind(
    lake: Lake, scope: Scope, workspace_id: int, query: Query, cell: str, *, part: Part, most: int
) -> Iterator[Row | Coming]:
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
