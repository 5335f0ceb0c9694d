"""Merges several of a workspace's layers into one, with the same rows for any reader.

Layers are merged as they grow (each at least twice the one above it), so a row is rewritten a logarithmic number
of times and a reader opens a handful of files, however many refreshes there were.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from data.building import failures
from data.engines.duckdb import EngineError, cursor
from data.errors import LakeUnavailable
from data.lake import backlog, manifest, publishing
from data.lake.backlog import Pending
from data.lake.lake import Lake
from data.lake.manifest import Current, Layer
from data.lake.publishing import Publication
from data.marts import checks as checking
from data.marts import layer_files
from data.marts.contracts import contracts
from data.marts.layer_files import FORMAT, is_whole
from data.marts.layers import KEYED, NETTED, attach, latest_sql, netted_sql
from data.marts.slices import FINE, summed_sql

logger = logging.getLogger(__name__)

#: Workspaces and rows merged in one pass.
CHUNK_WORKSPACES = 200
CHUNK_ROWS = 500_000
#: Up to this many rows one thread merges, which leaves the other cores to viewers.
FEW_ROWS = 200_000

#: What a merge that includes the lowest layer leaves out, as a full build would, and the mart that tells: hints
#: of messages whose `sent` arrived after all, and combinations that nothing refers to any more.
_LEFTOVER = {
    "hints": (
        "messages",
        "EXISTS (FROM merged_messages AS o WHERE o.workspace_id = m.workspace_id "
        "AND o.message_id = m.message_id AND o.sent_at IS NOT NULL)",
    ),
    "combos": (
        "units",
        "NOT EXISTS (FROM merged_units AS o WHERE o.workspace_id = m.workspace_id "
        "AND o.combo = m.combo AND (o.units <> 0 OR o.eligible <> 0))",
    ),
}


def merge_layers(
    lake: Lake, workspace_ids: Sequence[int] | None = None, *, above: int = 1, everything: bool = False
) -> int:
    """Merge layers of the workspaces that have more than `above`; returns how many workspaces got a new version.

    The newest layers worth merging are merged (`to_merge`), or with `everything` all of them into one. A
    workspace that is published meanwhile, or has a damaged file, is left as it is.
    """
    with manifest.read_only(lake.engine).begin() as connection:
        ids = backlog.layered(connection, above) if workspace_ids is None else workspace_ids
        states = manifest.current(connection, list(ids)).values()
    # A version of another format is never read: the next refresh rebuilds it.
    whole = [s for s in states if len(s.layers) > above and is_whole(s)]
    done = 0
    for chunk in _chunks(whole, everything):
        try:
            done += _merge(lake, chunk, everything)
        except (EngineError, FileNotFoundError, LakeUnavailable) as error:
            logger.error("Layers of %d workspaces cannot be merged just now: %s", len(chunk), error)
    return done


def to_merge(layers: Sequence[Layer], *, everything: bool = False) -> tuple[Layer, ...]:
    """The newest layers worth merging: down to the first that is more than twice as long as all above it."""
    if everything:
        return tuple(layers)
    start, total = len(layers) - 1, layers[-1].rows
    while start > 0 and (layers[start - 1].rows <= 2 * total or len(layers) - start < 4):
        start -= 1
        total += layers[start].rows
    return tuple(layers[start:])


def _chunks(states: Sequence[Current], everything: bool) -> list[list[Current]]:
    chunks: list[list[Current]] = []
    size = 0
    for state in states:
        rows = sum(one.rows for one in to_merge(state.layers, everything=everything))
        if not chunks or size + rows > CHUNK_ROWS or len(chunks[-1]) >= CHUNK_WORKSPACES:
            chunks.append([])
            size = 0
        chunks[-1].append(state)
        size += rows
    return chunks


def _merge(lake: Lake, chunk: Sequence[Current], everything: bool) -> int:
    merged = {state.workspace_id: to_merge(state.layers, everything=everything) for state in chunk}
    #: Where the lowest layer takes part, nothing lies below it: rows that only say "no longer" can go.
    bottom = {s.workspace_id for s in chunk if merged[s.workspace_id][0].id == s.layers[0].id}
    few = sum(one.rows for layers in merged.values() for one in layers) <= FEW_ROWS
    connection = cursor(lake.root, threads=1 if few else None)
    try:
        uses = [(workspace_id, one) for workspace_id, layers in merged.items() for one in layers]
        marts = attach(connection, lake, uses, contracts())
        connection.execute("CREATE TEMP TABLE bottom (workspace_id INTEGER)")
        connection.execute("INSERT INTO bottom SELECT unnest(?)", [sorted(bottom)])
        sources = {}
        for mart in contracts():
            if mart not in marts:
                continue
            connection.execute(f"CREATE TEMP TABLE merged_{mart} AS {merged_sql(mart)}")
            sources[mart] = f"merged_{mart}"
        for mart, (by, condition) in _LEFTOVER.items():
            if mart not in sources or by not in sources:
                continue
            leftover = f"workspace_id IN (FROM bottom) AND {condition}"
            connection.execute(f"DELETE FROM merged_{mart} AS m WHERE {leftover}")  # noqa: S608  names of ours
        bad = checking.find(connection, "merge", sources)
        shelf = layer_files.put(lake, connection, sources, sliceable="bottom")
    finally:
        connection.close()
    if bad:
        failures.record(lake.engine, bad, "merge", {s.workspace_id: s.version for s in chunk}, wait=False)
    publications = [
        Publication(
            state,
            Pending(),
            frozenset(one.id for one in merged[state.workspace_id]),
            shelf.rows.get(state.workspace_id, 0),
            state.workspace_id in shelf.sliced,
            state.events,
            state.last_event_at,
            state.last_received_at,
        )
        for state in chunk
        if state.workspace_id not in bad
    ]
    with lake.engine.begin() as database:
        published, gone = publishing.publish(database, shelf.files, publications, format=FORMAT)
    lake.store.delete(gone)
    return len(published)


def merged_sql(mart: str) -> str:
    """SELECT of the rows that the layers in `stored_<mart>` (data/marts/layers.py) come to, as one layer.

    Reads the relation `bottom` (workspace_id): the workspaces all of whose layers are there.
    """
    source = f"stored_{mart}"
    if mart == "messages":
        # The lead the row has *below* the merged layers, according to the oldest merged row that moved it.
        return (
            "SELECT rows.* REPLACE ("  # noqa: S608  names of ours
            "if(b.workspace_id IS NULL AND w.was_lead <> rows.lead, w.was_lead, NULL) AS was_lead) "
            f"FROM ({latest_sql(mart, source)}) AS rows "
            f"LEFT JOIN (SELECT workspace_id, message_id, arg_min(was_lead, layer) AS was_lead FROM {source} "
            "WHERE was_lead IS NOT NULL GROUP BY ALL) AS w USING (workspace_id, message_id) "
            "LEFT JOIN bottom AS b ON b.workspace_id = rows.workspace_id"
        )
    if mart == "journeys":
        # A tombstone is needed as long as something lies below it.
        return f"FROM ({latest_sql(mart, source)}) WHERE messages > 0 OR workspace_id NOT IN (FROM bottom)"
    if mart == "combos":
        return f"SELECT * EXCLUDE (slice) FROM ({latest_sql(mart, source)}) WHERE slice = '{FINE}'"  # noqa: S608
    if mart in KEYED:
        return latest_sql(mart, source)
    if mart in NETTED:
        return netted_sql(mart, source)
    columns = f"(SELECT * EXCLUDE (slice, layer) FROM {source} WHERE slice = '{FINE}')"  # noqa: S608
    return summed_sql(mart, columns)
