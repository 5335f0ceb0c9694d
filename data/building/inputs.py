"""The events a chunk of workspaces processes: those that each workspace's own segments hold for it, and no
others.
"""

from __future__ import annotations

from pathlib import Path

from data.building.engine import Work
from data.engines.duckdb import DuckDBPyConnection, sql
from data.errors import DamagedFile
from data.lake import manifest, reply_overrides
from data.lake.lake import Lake
from data.lake.reply_overrides import overridden
from data.marts.counting import rules_of
from data.marts.derive import event_columns


def load_events(connection: DuckDBPyConnection, lake: Lake, chunk: list[Work]) -> None:
    """The relation `events`: for each workspace the events of the segments it has to process.

    A temp table for a refresh, whose few events are read often; a view for a full build, where copying all texts
    once takes as long as rereading the few columns that each statement needs.
    """
    if not any(w.taken.paths for w in chunk) and not chunk[0].full:
        connection.execute(f"CREATE TEMP TABLE events AS FROM ({sql('answers', 'no_events')}) LIMIT 0")
        return
    pairs = [(str(path), workspace_id) for path, workspace_id in wanted(lake, chunk)]
    paths = sorted({path for path, _ in pairs})
    ids = sorted({w.was.workspace_id for w in chunk})
    versions = {w.was.workspace_id: w.was.version for w in chunk}
    corrections = [id_ for w in chunk for id_ in w.corrections.ids]
    with manifest.read_only(lake.engine).begin() as database:
        overrides = reply_overrides.in_force(database, versions, corrections)
        rules = rules_of(database, ids)
    connection.execute("CREATE TEMP TABLE wanted (filename VARCHAR, workspace_id INTEGER)")
    connection.execute(
        "INSERT INTO wanted SELECT unnest(?), unnest(?)", [[p for p, _ in pairs], [i for _, i in pairs]]
    )
    # The id list prunes row groups; the join keeps a workspace from processing a segment twice.
    exact = "" if len(pairs) == len(paths) * len(ids) else "SEMI JOIN wanted USING (filename, workspace_id)"
    named = ", filename = true" if exact else ""
    files = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
    whose = f"workspace_id BETWEEN {ids[0]} AND {ids[-1]}"
    if len(ids) != ids[-1] - ids[0] + 1:
        whose += f" AND workspace_id IN ({', '.join(map(str, ids))})"
    events = overridden(
        connection,
        overrides,
        f"SELECT {event_columns(rules)} "  # noqa: S608  names of ours
        f"FROM (SELECT * FROM read_parquet([{files}]{named}) WHERE {whose}) {exact}",
    )
    kind = "VIEW" if chunk[0].full else "TABLE"
    connection.execute(f"CREATE TEMP {kind} events AS {events}")


def wanted(lake: Lake, chunk: list[Work]) -> list[tuple[Path, int]]:
    """(segment, workspace): which workspace's events to read from which segment."""
    lake.store.bring(path for w in chunk for path in w.taken.paths)
    pairs = [(lake.path(path), w.was.workspace_id) for w in chunk for path in w.taken.paths]
    if not pairs:
        raise DamagedFile("A workspace to build has no segments; run `vitrine doctor`.")
    return pairs
