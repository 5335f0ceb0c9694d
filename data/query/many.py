"""Figures of many workspaces at once, for the home page.

Asked one by one, a thousand workspaces took half a minute, and 2.5 seconds when every answer was cached. Their
cubes lie in the same few files, so one statement counts all that were published since the last request; only
those it cannot count are asked individually. The results equal those of `query.ask_all`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final

from data.building import failures
from data.cache import Kept, database
from data.cubes.options import dimensions, measure
from data.cubes.warehouse import READ_ERRORS, covers
from data.cubes.workspace_state import LATE, late
from data.engines.duckdb import cursor, sql
from data.errors import LakeUnavailable, NotInScope
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import Current, Head
from data.marts.slices import FINE, slice_of
from data.marts.zones import zone
from data.query.ask import ask_all
from data.question import Query
from data.scope import Scope

logger = logging.getLogger(__name__)

#: The questions of a workspace whose own day it is: rates and e-mails sent, of days that are told, by their names.
Questions = Callable[[date], Mapping[str, Query]]
#: Bytes of kept figures beside their numbers (key, mark, containers), and of a number; about.
_OVERHEAD, _NUMBER = 2_500, 36
#: The slice that tells no dimension apart, where a layer has slices at all.
_SLICE: Final = slice_of(set())
_UNREADABLE: Final = (*READ_ERRORS, LakeUnavailable)


@dataclass(frozen=True, slots=True)
class Figures:
    """Answers by name. `rates`: (n, base). `sent`: e-mails of each day of the range, in order, zeros too."""

    rates: Mapping[str, tuple[int, int]]
    sent: Mapping[str, tuple[int, ...]]

    @property
    def bytes(self) -> int:
        """What they take in memory, about."""
        return _OVERHEAD + _NUMBER * (2 * len(self.rates) + sum(map(len, self.sent.values())))


@dataclass(frozen=True, slots=True)
class WorkspaceFigures:
    """A workspace's figures (None: they cannot be read just now) and the latest event in them.

    `failing`: a check of it failed, and that is not over (data/building/failures.py). `late`: events have
    waited for longer than they should (data/cubes/workspace_state.py).
    """

    last_event_at: datetime | None
    figures: Figures | None
    failing: bool
    late: bool = False


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A question as sums over the cube of units (`columns` of it) on days `oldest`..`newest` before today."""

    name: str
    attribution: str
    columns: tuple[str, ...]
    oldest: int
    newest: int
    daily: bool


@dataclass(frozen=True, slots=True)
class _Due:
    """A workspace to be counted, on its own day."""

    state: Current
    today: date


_kept: Kept[Figures] = Kept("home")
forget = _kept.clear


def figures(
    lake: Lake, scopes: Mapping[int, Scope], questions: Questions, moment: datetime
) -> dict[int, WorkspaceFigures]:
    """The figures at `moment` of the workspaces `scopes` names, each within its scope. Raises NotInScope.

    Kept by published version and local day, unless the lake keeps nothing; what a narrowed scope sees is asked of
    each workspace alone, and so are those whose version is damaged, of another format or ahead of `moment`.
    """
    for workspace_id, scope in scopes.items():
        scope.require(workspace_id)
    source = database(lake.engine)
    found: dict[int, Figures | None] = {}
    with manifest.read_only(lake.engine).begin() as connection:
        heads = manifest.heads(connection, sorted(scopes))
        failing = set(failures.retry_times(connection))
        waiting = late(connection, scopes, moment - LATE)
        if scopes.keys() - heads.keys():
            raise NotInScope("There is no such workspace.")
        days = _days(heads, moment)
        asked = {day: questions(day) for day in set(days.values())}
        wanted = {day: _wanted(day, queries) for day, queries in asked.items()}
        whole = {scope for scope in set(scopes.values()) if _is_whole(scope, asked.values())}
        together = {
            key
            for key, head in heads.items()
            if scopes[key] in whole and (head.last_event_at is None or head.last_event_at <= moment)
        }
        marks = {key: (heads[key], days[key], wanted[days[key]]) for key in together}
        # While a check of it fails nothing of it is kept, as in data/query/ask.py.
        keeping = together - failing if lake.kept is not None else set()
        for key in keeping:
            if (kept := _kept.peek((source, key), marks[key])) is not None:
                found[key] = kept
        # Only of those that are counted now is it read what their versions are made of.
        states = manifest.current(connection, sorted(together - found.keys()))
    due: dict[tuple[_Wanted, ...], list[_Due]] = {}
    for key, state in states.items():
        if covers(state, moment):
            due.setdefault(wanted[days[key]], []).append(_Due(state, days[key]))
    for columns, some in due.items():
        for key, counted in _counted(lake, some, columns).items():
            found[key] = counted
            if key in keeping:
                _kept.keep((source, key), counted, marks[key])
    for key in sorted(heads.keys() - found.keys()):
        found[key] = _alone(lake, scopes[key], key, asked[days[key]])
    return {
        key: WorkspaceFigures(head.last_event_at, found[key], key in failing, key in waiting)
        for key, head in heads.items()
    }


def _days(heads: Mapping[int, Head], moment: datetime) -> dict[int, date]:
    """Each workspace's own day."""
    by_zone = {
        name: moment.astimezone(zone(name)).date() for name in {one.timezone for one in heads.values()}
    }
    return {key: by_zone[head.timezone] for key, head in heads.items()}


def _wanted(today: date, queries: Mapping[str, Query]) -> tuple[_Wanted, ...]:
    """Definitions are data/cubes/options.py's; e-mails sent are the units per e-mail (docs/numbers.md)."""
    found = []
    for name, query in queries.items():
        assert query.figure.compared, f"{query.name} is not counted together"
        assert query.by is None
        assert query.as_of is None
        assert query.from_ is not None
        assert query.to is not None
        daily = query.figure.counts_units
        counted = measure(query)
        found.append(
            _Wanted(
                name,
                "email" if daily else query.attribution,
                ("units",) if daily else (counted.hits, counted.base),
                (today - query.from_).days,
                (today - query.to).days,
                daily,
            )
        )
    return tuple(found)


def _is_whole(scope: Scope, asked: Iterable[Mapping[str, Query]]) -> bool:
    """Whether these questions are about all units of a workspace: neither scope nor query distinguishes some of
    them.
    """
    return not any(dimensions(query, scope) for queries in asked for query in queries.values())


def _counted(lake: Lake, due: Sequence[_Due], wanted: Sequence[_Wanted]) -> dict[int, Figures]:
    """The figures of those that can be counted; an unreadable file affects only the workspaces in it."""
    try:
        return _count(lake, due, wanted)
    except _UNREADABLE as error:
        logger.error("The figures of %d workspaces cannot be read together: %s", len(due), error)
    groups: dict[tuple[str, ...], list[_Due]] = {}
    for one in due:
        groups.setdefault(tuple(path for path, _ in _files(one.state)), []).append(one)
    found: dict[int, Figures] = {}
    for group in groups.values() if len(groups) > 1 else ():
        try:
            found |= _count(lake, group, wanted)
        except _UNREADABLE as error:
            logger.error("The figures of %d workspaces are asked one by one: %s", len(group), error)
    return found


def _count(lake: Lake, due: Sequence[_Due], wanted: Sequence[_Wanted]) -> dict[int, Figures]:
    """The figures of all of them, in one statement. Raises READ_ERRORS, LakeUnavailable."""
    rows = [
        (path, one.state.workspace_id, slice_, one.today) for one in due for path, slice_ in _files(one.state)
    ]
    found: dict[int, Sequence[Any]] = {}
    if rows:
        paths = list(dict.fromkeys(path for path, *_ in rows))
        local = dict(zip(paths, lake.paths(paths), strict=True))
        connection = cursor(lake.root)
        try:
            connection.execute(
                "CREATE TEMP TABLE chosen AS SELECT unnest(?) AS filename, unnest(?)::INTEGER AS workspace_id, "
                "unnest(?) AS slice, unnest(?)::DATE AS today",
                list(map(list, zip(*((local[path], *row) for path, *row in rows), strict=True))),
            )
            counts = sorted({name for one in wanted for name in one.columns})
            text = sql("queries", "figures_by_workspace").format(
                counts=", ".join(f"sum(u.{name}) AS {name}" for name in counts),
                figures=", ".join(column for one in wanted for column in _columns(one)),
            )
            days = [one.today for one in due]
            ids = [one.state.workspace_id for one in due]
            values = {
                "files": list(local.values()),
                "lowest": min(ids),
                "highest": max(ids),
                "first": min(days) - timedelta(days=max(one.oldest for one in wanted)),
                "last": max(days) - timedelta(days=min(one.newest for one in wanted)),
            }
            found = {row[0]: row[1:] for row in connection.execute(text, values).fetchall()}
        finally:
            connection.close()
    return {one.state.workspace_id: _of_row(found.get(one.state.workspace_id, ()), wanted) for one in due}


def _files(state: Current) -> list[tuple[str, str]]:
    """The files of a version's units, and the slice to read of each; a layer without slices has FINE alone."""
    return [
        (one.files["units"].path, _SLICE if one.sliced else FINE)
        for one in state.layers
        if "units" in one.files
    ]


def _columns(one: _Wanted) -> list[str]:
    """What data/queries/figures_by_workspace.sql says to a question: a sum a column, or numbers by age in days."""
    rows = (
        f"FILTER (WHERE attribution = '{one.attribution}' AND age BETWEEN {one.newest:d} AND {one.oldest:d})"
    )
    if one.daily:
        return [f"map_from_entries(list(struct_pack(k := age, v := {one.columns[0]})) {rows})"]
    return [f"sum({name}) {rows}" for name in one.columns]


def _of_row(row: Sequence[Any], wanted: Sequence[_Wanted]) -> Figures:
    """The columns of `_columns`, one question after the other; no row: nothing is in its days."""
    rates: dict[str, tuple[int, int]] = {}
    sent: dict[str, tuple[int, ...]] = {}
    columns = iter(row)
    for one in wanted:
        if one.daily:
            by_age = next(columns, None) or {}
            sent[one.name] = tuple(int(by_age.get(age, 0)) for age in range(one.oldest, one.newest - 1, -1))
        else:
            rates[one.name] = (int(next(columns, None) or 0), int(next(columns, None) or 0))
    return Figures(rates, sent)


def _alone(lake: Lake, scope: Scope, workspace_id: int, queries: Mapping[str, Query]) -> Figures | None:
    """A workspace's own answer; failures are logged. Raises NotInScope."""
    try:
        answers = ask_all(lake, scope, workspace_id, queries)
    except NotInScope:
        raise
    except Exception:
        logger.exception("the figures of workspace %s cannot be read", workspace_id)
        return None
    return of_answers(answers)


def of_answers(answers: Mapping[str, Mapping[str, Any]]) -> Figures:
    """The same from what `query.ask_all` says."""
    return Figures(
        {name: (one["n"], one["base"]) for name, one in answers.items() if "base" in one},
        {name: tuple(day["n"] for day in one["days"]) for name, one in answers.items() if "days" in one},
    )
