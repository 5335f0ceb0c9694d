"""Reads the rows of several layers as one.

A layer is what one refresh wrote. In `messages`, `journeys`, `hints` and `lead_events` the latest layer that has a
row's key wins; the cubes, `links` and `timeline` hold signed counts and are summed. A file may hold many
workspaces, some of which no longer use it (merging): a row counts only when its workspace uses its layer.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from data.engines.duckdb import DuckDBPyConnection
from data.lake.lake import Lake
from data.lake.manifest import Layer
from data.marts.contracts import contracts

#: Marts of whole rows, by their key: the latest layer wins.
KEYED: Final[dict[str, tuple[str, ...]]] = {
    "messages": ("workspace_id", "message_id"),
    "journeys": ("workspace_id", "lead", "campaign"),
    "hints": ("workspace_id", "message_id"),
    "lead_events": ("workspace_id", "event_id"),
    "combos": ("workspace_id", "slice", "combo"),
}
#: Marts of rows with one signed count, `n`; a row that comes to nothing is none.
NETTED: Final = ("links", "timeline")
Uses = Sequence[tuple[int, Layer]]


def uses_of(layers: Iterable[tuple[int, Sequence[Layer]]]) -> list[tuple[int, Layer]]:
    """(workspace, layer) pairs of some workspaces' versions."""
    return [(workspace_id, one) for workspace_id, all_of in layers for one in all_of]


def numbered(uses: Uses, mart: str) -> list[tuple[int, int, Layer]]:
    """(workspace, number, layer) of the layers that have the mart: numbered from below, each workspace from 0."""
    found: list[tuple[int, int, Layer]] = []
    for workspace_id, one in sorted(uses, key=lambda use: (use[0], use[1].id)):
        if mart in one.files:
            number = found[-1][1] + 1 if found and found[-1][0] == workspace_id else 0
            found.append((workspace_id, number, one))
    return found


def attach(connection: DuckDBPyConnection, lake: Lake, uses: Uses, marts: Iterable[str]) -> set[str]:
    """Temp views `stored_<mart>`: the rows of `uses` with the number of their layer (`numbered`) as `layer`.

    Gives the marts that have a file at all; the others get no view.
    """
    ids = sorted({workspace_id for workspace_id, _ in uses})
    layers = {mart: of for mart in sorted(set(marts)) if (of := numbered(uses, mart))}
    files = {one.files[mart].path for mart, of in layers.items() for _, _, one in of}
    lake.store.bring(files)
    local = {path: str(lake.path(path)) for path in files}
    if len(ids) > 1:
        _name_uses(connection, layers, local)
    for mart, of in layers.items():
        if len(ids) == 1:
            # Each file is one layer of it: no join is needed to tell which.
            rows = " UNION ALL ".join(
                f"SELECT *, {number:d} AS layer FROM read_parquet({_quoted(local[one.files[mart].path])}) "  # noqa: S608
                f"WHERE workspace_id = {ids[0]:d}"
                for _, number, one in of
            )
        else:
            # The ids prune row groups, for every file is sorted by workspace; the join settles whose layer it is.
            some = (
                f"IN ({', '.join(map(str, ids))})" if len(ids) < 1_000 else f"BETWEEN {ids[0]} AND {ids[-1]}"
            )
            paths = ", ".join(sorted({_quoted(local[one.files[mart].path]) for _, _, one in of}))
            rows = (
                f"SELECT f.* EXCLUDE (filename), uses.layer "  # noqa: S608  paths of the manifest, numbers
                f"FROM (FROM read_parquet([{paths}], filename = true) WHERE workspace_id {some}) AS f "
                "JOIN uses ON f.filename = uses.filename AND f.workspace_id = uses.workspace_id"
            )
        connection.execute(f"CREATE OR REPLACE TEMP VIEW stored_{mart} AS {rows}")
    return set(layers)


def _name_uses(
    connection: DuckDBPyConnection,
    layers: Mapping[str, Sequence[tuple[int, int, Layer]]],
    local: Mapping[str, str],
) -> None:
    """Temp table `uses`: which file (`local`: where it lies here) is which layer of which workspace."""
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE uses (filename VARCHAR, workspace_id INTEGER, layer INTEGER)"
    )
    rows = [
        (local[one.files[mart].path], workspace_id, number)
        for mart, of in layers.items()
        for workspace_id, number, one in of
    ]
    if rows:
        connection.execute(
            "INSERT INTO uses SELECT unnest(?), unnest(?), unnest(?)",
            list(map(list, zip(*rows, strict=True))),
        )


def _quoted(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def latest_sql(mart: str, source: str, single: bool = False) -> str:
    """SELECT of the rows of `source` (columns of `stored_<mart>`) that no later layer has a newer row of.

    `single`: there is one layer only, so nothing can be newer.
    """
    if single:
        return f"SELECT * EXCLUDE (layer) FROM {source}"  # noqa: S608  names of ours
    key = ", ".join(KEYED[mart])
    # Only rows above their workspace's lowest layer can be newer than another: those are few beside the rest.
    return (
        f"WITH upper AS (SELECT {key}, max(layer) AS newest FROM {source} "  # noqa: S608  names of ours
        f"WHERE layer > 0 GROUP BY {key}) "
        f"SELECT s.* EXCLUDE (layer) FROM {source} AS s LEFT JOIN upper USING ({key}) "
        "WHERE upper.newest IS NULL OR s.layer = upper.newest"
    )


def netted_sql(mart: str, source: str) -> str:
    """SELECT of what the rows of `source` (columns of `stored_<mart>`) of a NETTED mart come to."""
    keys = ", ".join(f'"{name}"' for name in contracts()[mart].keys)
    return f"SELECT {keys}, sum(n)::integer AS n FROM {source} GROUP BY {keys} HAVING sum(n) <> 0"  # noqa: S608
