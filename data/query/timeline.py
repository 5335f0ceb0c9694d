"""The timeline's further pages, the events of one of its lines, and the action behind it, within a scope."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, TypeVar

from data.answers import timeline as lines
from data.answers.facts import Facts, open_facts
from data.cubes.warehouse import read_again
from data.errors import BadQuery
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.query.ask import state
from data.question import Query
from data.scope import Scope

logger = logging.getLogger(__name__)
Found = TypeVar("Found")


def older(
    lake: Lake, scope: Scope, workspace_id: int, query: Query, after: str | None, limit: int
) -> dict[str, Any]:
    """The groups after the place `after` (None: from the newest on): {groups, after, since}.

    Raises NotInScope, BadQuery for a place that is none, DamagedFile.
    """
    place = lines.place_after(after)
    return _asked(
        lake, scope, workspace_id, query, lambda facts, settled: lines.page(facts, settled, place, limit)
    )


def group(
    lake: Lake, scope: Scope, workspace_id: int, query: Query, channel: str, action: str, event: str
) -> dict[str, Any]:
    """The events of one group, newest first: {total, events}. No such group: none. Raises as `older`."""
    return _asked(
        lake,
        scope,
        workspace_id,
        query,
        lambda facts, settled: lines.group(facts, settled, channel, action, event),
    )


def action(
    lake: Lake, scope: Scope, workspace_id: int, query: Query, channel: str, name: str
) -> dict[str, Any] | None:
    """One action; None when there is none in the scope. Raises as `older`."""
    return _asked(
        lake, scope, workspace_id, query, lambda facts, settled: lines.action(facts, settled, channel, name)
    )


def _asked(
    lake: Lake, scope: Scope, workspace_id: int, query: Query, ask: Callable[[Facts, Query], Found]
) -> Found:
    scope.require(workspace_id)
    if query.name != "timeline":
        raise BadQuery("{name} has no lines to open.", name=query.name)
    as_of = query.as_of or datetime.now(UTC)

    def read(current: Current) -> Found:
        with open_facts(lake, scope, current, as_of, lambda _: []) as facts:
            return ask(facts, facts.settled(query))

    return read_again(
        lake,
        lambda: state(lake, scope, workspace_id),
        read,
        lambda current: current,
        "The timeline cannot be read just now; run `vitrine doctor`.",
    )
