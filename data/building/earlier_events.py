"""Reads old events of some messages back from segments, which a refresh needs when a message turns out to be
another.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from data.engines.duckdb import DuckDBPyConnection
from data.lake import backlog, manifest, reply_overrides
from data.lake.lake import Lake
from data.lake.reply_overrides import overridden
from data.marts.activity_marts import ReadOld
from data.marts.counting import rules_of
from data.marts.derive import event_columns


def reader(lake: Lake, versions: Mapping[int, int], corrections: Collection[int] = ()) -> ReadOld:
    """Reads the old events of some messages (data/marts/activity_marts.py) from the segments of these workspaces.

    `versions`: the version each workspace's build starts from. Events published by others since then do not count
    as old: they may be the very events that this build processes. `corrections`: of replies, that the build takes
    in (data/lake/reply_overrides.py).
    """

    def read(connection: DuckDBPyConnection, wanted: str, into: str, *, alone: bool = False) -> None:
        with manifest.read_only(lake.engine).begin() as database:
            taken = backlog.taken_in(database, versions)
            before = reply_overrides.in_force(database, versions)
            after = reply_overrides.in_force(database, versions, corrections) if corrections else before
            rules = rules_of(database, sorted(versions))
        lake.store.bring(path for paths in taken.values() for path in paths)
        pairs = [(str(lake.path(path)), id_) for id_, paths in taken.items() for path in paths]
        connection.execute("CREATE OR REPLACE TEMP TABLE taken (filename VARCHAR, workspace_id INTEGER)")
        connection.execute(
            "INSERT INTO taken SELECT unnest(?::VARCHAR[]), unnest(?::INTEGER[])",
            [[path for path, _ in pairs], [id_ for _, id_ in pairs]],
        )
        # A segment may also hold events of a workspace whose marts have not processed it: hence the pairs.
        by, named = ("event_id", "message_id IS NULL AND ") if alone else ("message_id", "")
        connection.execute(
            f"CREATE TEMP TABLE {into}_stored AS SELECT {event_columns(rules)} "  # noqa: S608  names of ours
            f"FROM read_parquet(?, filename = true) SEMI JOIN {wanted} USING (workspace_id, {by}) "
            f"SEMI JOIN taken USING (filename, workspace_id) WHERE {named}occurred_at "
            f"BETWEEN (SELECT min(first_at) FROM {wanted}) AND (SELECT max(last_at) FROM {wanted})",
            [sorted({path for path, _ in pairs})],
        )
        for name, overrides in ((into, after), (f"{into}_before", before)):
            events = overridden(connection, overrides, f"FROM {into}_stored", f"{name}_overrides")
            connection.execute(f"CREATE TEMP VIEW {name} AS {events}")

    return read


def broken(lake: Lake, versions: Mapping[int, int], readable: Callable[[str], bool]) -> dict[int, set[str]]:
    """The segments each version had processed that are not in `readable`; reads all of them."""
    with manifest.read_only(lake.engine).begin() as database:
        taken = backlog.taken_in(database, versions)
    gone = {path for path in {one for paths in taken.values() for one in paths} if not readable(path)}
    return {id_: mine for id_, paths in taken.items() if (mine := gone & set(paths))}
