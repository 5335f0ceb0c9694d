"""The answers: one name, one definition (docs/numbers.md), JSON-ready in the form of docs/interfaces.md.

Tiles, tooltips, CSV, API and `vitrine query` all come through `ask`; nothing else computes a figure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import partial
from typing import Any

from data.answer_cache import Made
from data.answers import answer, beside_events, counted_from_facts
from data.answers.facts import open_facts
from data.answers.keys import key_of
from data.building.restated import Restated
from data.cubes import unattributed
from data.cubes.options import NAMES, Query, dimensions, parse
from data.cubes.warehouse import open_warehouse, read_again
from data.cubes.workspace_state import WorkspaceState, state_of
from data.errors import NotInScope
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.query import band_rates, timelines
from data.query.from_cubes import FromCubes, common_fields
from data.query.masking import masked
from data.query.snapshot import WorkspaceSnapshot, with_notes, workspace_snapshot
from data.question import FIRST_DAY, LAST_DAY
from data.scope import Scope

__all__ = ["NAMES", "Query", "ask", "ask_all", "parse", "state", "workspace_state"]


def ask(lake: Lake, scope: Scope, workspace_id: int, query: Query) -> dict[str, Any]:
    """The answer to one question, JSON-ready. Raises NotInScope, BadQuery.

    With `held_back`, {"since": an ISO moment, "why": …} (data/cubes/workspace_state.py), when the workspace
    is held back or behind; without it the answer counts every event that was acknowledged before it was
    asked for. `why` is check_failed, waiting, damaged or recount. It is about the workspace: a question
    about a past day says it, too.
    """
    return ask_all(lake, scope, workspace_id, {"only": query})["only"]


def ask_all(
    lake: Lake,
    scope: Scope,
    workspace_id: int,
    queries: Mapping[str, Query],
    seen: WorkspaceSnapshot | None = None,
) -> dict[str, dict[str, Any]]:
    """Answers by the same keys, all from one version of the workspace's marts and, unless told, one moment.

    `seen`: the workspace as somebody read it just now, so that it is not read again.
    """
    scope.require(workspace_id)
    moment = datetime.now(UTC) if seen is None else seen.at
    oldest = min((query.as_of or moment for query in queries.values()), default=moment)
    if seen is not None and (oldest < moment or seen.current.workspace_id != workspace_id):
        seen = None  # it tells of no corrections that long ago
    tried, known = False, seen

    def look() -> WorkspaceSnapshot:
        nonlocal tried
        again, tried = tried, True
        if known is not None and not again:
            return known
        with manifest.read_only(lake.engine).begin() as connection:
            return workspace_snapshot(connection, workspace_id, moment, oldest=oldest, anew=again)

    def read(now: WorkspaceSnapshot) -> dict[str, dict[str, Any]]:
        answers = _kept_or_made(lake, scope, now, queries, moment)
        return with_notes(now, queries, masked(answers) if scope.masked else answers, moment)

    return read_again(
        lake,
        look,
        read,
        lambda now: now.current,
        "These figures cannot be read just now; run `vitrine doctor`.",
    )


def _kept_or_made(
    lake: Lake, scope: Scope, seen: WorkspaceSnapshot, queries: Mapping[str, Query], moment: datetime
) -> dict[str, dict[str, Any]]:
    """The answers, those kept from before (data/answer_cache.py) and the others counted together."""
    current = seen.current
    if lake.kept is None:
        made = _answers(lake, scope, current, queries, moment, seen.corrected)
        return {name: one for name, (one, _) in made.items()}
    from_events = {name for name, query in queries.items() if counted_from_facts(query)}
    pending = seen.pending
    if from_events and pending is None:
        with manifest.read_only(lake.engine).begin() as connection:
            pending = beside_events.mark(connection, current.workspace_id)
    keys = {
        name: None
        if seen.state.failed
        else key_of(
            scope, current, query, moment, seen.state.plans, (pending or ()) if name in from_events else ()
        )
        for name, query in queries.items()
    }

    def make(names: Sequence[str]) -> tuple[Mapping[str, Made], bool]:
        made = _answers(lake, scope, current, {name: queries[name] for name in names}, moment, seen.corrected)
        # What was published meanwhile may be in an answer already, and is not in its key.
        return made, manifest.version(lake.engine, current.workspace_id) == current.version

    found = lake.kept.get(keys, moment, make)
    return {name: found[name] for name in queries}


def _answers(
    lake: Lake,
    scope: Scope,
    current: Current,
    queries: Mapping[str, Query],
    moment: datetime,
    corrected: Sequence[Restated],
) -> dict[str, Made]:
    """Each answer as counted now, and until when it holds though nothing new comes (None: all of the local day)."""
    answers: dict[str, Made] = {}
    by_moment: dict[datetime, dict[str, Query]] = {}
    counted: dict[datetime, dict[str, Query]] = {}
    cut: dict[tuple[date, date, datetime], dict[str, Query]] = {}
    for key, query in queries.items():
        if query.cut is not None and query.cut < (query.as_of or moment):
            days = query.from_ or FIRST_DAY, query.to or LAST_DAY
            cut.setdefault((*days, query.cut), {})[key] = query
            continue
        groups = counted if counted_from_facts(query) else by_moment
        groups.setdefault(query.as_of or moment, {})[key] = query
    for as_of, group in by_moment.items():
        with open_warehouse(lake, current, as_of) as warehouse:
            for key, query in group.items():
                question = FromCubes(warehouse, scope, current, query, as_of)
                told = question.answer()
                if unattributed.matters(query, scope):
                    told["unattributed"] = warehouse.unattributed(query)
                answers[key] = told, question.until
    for (first, last, at), group in cut.items():
        apart = frozenset[str]().union(*(dimensions(query, scope) for query in group.values()))
        warehouse = timelines.warehouse_at(lake, current, (first, last), at, apart, corrected)
        for key, query in group.items():
            answers[key] = FromCubes(warehouse, scope, current, query, query.as_of or moment).answer(), None
    for as_of, group in counted.items():
        with open_facts(lake, scope, current, as_of, _everywhere(lake, scope)) as facts:
            for key, query in group.items():
                told = common_fields(query, current, as_of) | answer(facts, query)
                if unattributed.matters(query, scope):
                    with open_warehouse(lake, current, as_of) as warehouse:
                        told["unattributed"] = warehouse.unattributed(query)
                answers[key] = told, None
    return {key: answers[key] for key in queries}


def _everywhere(lake: Lake, scope: Scope) -> Callable[[Sequence[Query]], list[list[dict[str, Any]]]]:
    """The rates that questions have in all workspaces of the scope."""

    def answers(queries: Sequence[Query]) -> list[list[dict[str, Any]]]:
        return band_rates.rates(lake, scope.workspace_ids, queries, partial(ask, lake, scope))

    return answers


def state(lake: Lake, scope: Scope, workspace_id: int) -> Current:
    """The published version of a workspace's marts: its number, zone, and the latest event in it."""
    scope.require(workspace_id)
    with manifest.read_only(lake.engine).begin() as connection:
        found = manifest.current(connection, [workspace_id])
    if workspace_id not in found:
        raise NotInScope("There is no such workspace.")
    return found[workspace_id]


def workspace_state(lake: Lake, scope: Scope, workspace_id: int) -> WorkspaceState:
    """Where a workspace's marts stand, without its layers. Raises NotInScope."""
    scope.require(workspace_id)
    with manifest.read_only(lake.engine).connect() as connection:
        found = state_of(connection, workspace_id)
    if found is None:
        raise NotInScope("There is no such workspace.")
    return found
