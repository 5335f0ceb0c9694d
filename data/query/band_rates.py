"""Rates of many workspaces together: what an agency's band (data/answers/band.py) is made of.

Asked one by one, a thousand workspaces took most of a minute. Their cubes lie in the same few files, so one
statement counts all those whose published version covers the moment; only the others are asked by themselves.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Sequence
from typing import Any, Final

from data.answers.ratio import ratio
from data.cubes.options import measure
from data.cubes.warehouse import READ_ERRORS, covers
from data.engines.duckdb import cursor, sql
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.marts.layers import attach, numbered, uses_of
from data.marts.slices import FINE, slice_of
from data.question import FIRST_DAY, LAST_DAY, Query

logger = logging.getLogger(__name__)

#: The slice that tells no dimension apart, where a layer has slices at all.
_ALL: Final = slice_of(set())


def rates(
    lake: Lake,
    workspace_ids: Collection[int],
    queries: Sequence[Query],
    ask: Callable[[int, Query], dict[str, Any]],
) -> list[list[dict[str, Any]]]:
    """For each of `queries` {n, base, rate} of each of `workspace_ids`; none where there is no such workspace.

    `queries`: rates per e-mail without filters, all over the same days and up to the same moment (`as_of`), which
    is told. `ask`: the same of one workspace alone.
    """
    as_of = queries[0].as_of
    assert as_of is not None, "an answer about now is another for each workspace"
    assert len({(one.as_of, one.from_, one.to, one.attribution) for one in queries}) == 1
    with manifest.read_only(lake.engine).begin() as connection:
        states = manifest.current(connection, sorted(workspace_ids))
    together = [one for one in states.values() if covers(one, as_of)]
    try:
        found = _counted(lake, together, queries)
    except READ_ERRORS as error:  # asked alone, the one with the broken file falls back on what it has
        logger.error("The rates of %d workspaces cannot be read together: %s", len(together), error)
        found, together = {}, []
    counted = {one.workspace_id for one in together}
    alone = sorted(states.keys() - counted)
    nothing = (0, 0) * len(queries)
    return [
        [ratio(*found.get(one, nothing)[2 * place : 2 * place + 2]) for one in sorted(counted)]
        + [ask(one, query) for one in alone]
        for place, query in enumerate(queries)
    ]


def _counted(lake: Lake, states: Sequence[Current], queries: Sequence[Query]) -> dict[int, tuple[int, ...]]:
    """n and base of each query, one after the other, of the workspaces that have units."""
    uses = uses_of((one.workspace_id, one.layers) for one in states)
    layers = numbered(uses, "units")
    columns = [name for query in queries for name in (measure(query).hits, measure(query).base)]
    connection = cursor(lake.root)
    try:
        if not attach(connection, lake, uses, ["units"]):
            return {}
        connection.execute(
            "CREATE TEMP TABLE chosen_slices AS "
            "SELECT unnest(?) AS workspace_id, unnest(?) AS layer, unnest(?) AS slice",
            [
                [workspace_id for workspace_id, _, _ in layers],
                [number for _, number, _ in layers],
                [_ALL if layer.sliced else FINE for _, _, layer in layers],
            ],
        )
        rows = connection.execute(
            sql("queries", "rates_by_workspace").format(sums=", ".join(f"sum(u.{name})" for name in columns)),
            {"first": queries[0].from_ or FIRST_DAY, "last": queries[0].to or LAST_DAY},
        ).fetchall()
    finally:
        connection.close()
    return {workspace_id: tuple(map(int, sums)) for workspace_id, *sums in rows}
