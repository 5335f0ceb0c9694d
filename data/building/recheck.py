"""Checks a workspace's published marts against their sources: files, contracts, cubes, and the events.

A refresh checks the rows it writes; this checks all rows, and recounts a random sample of leads from the
segments. It only reads, one workspace at a time (jobs/catalog/check_marts.py).
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass, field

from data.engines.duckdb import DuckDBPyConnection, cursor
from data.lake import backlog, manifest, reply_overrides
from data.lake.lake import Lake
from data.lake.manifest import Current, MartFile
from data.lake.reply_overrides import Overrides, overridden
from data.marts import checks as checking
from data.marts.activity_marts import count_activity
from data.marts.checks import SAMPLE, SAMPLE_LENGTH, Finding
from data.marts.contracts import contracts
from data.marts.counting import Rules, lead_sql, rules_of
from data.marts.derive import count_units, derive_units, event_columns, take_all
from data.marts.layer_files import CUBES, FORMAT
from data.marts.layers import KEYED, NETTED, attach, latest_sql, netted_sql
from data.marts.slices import COUNTS, FINE, KEYS, summed_sql

logger = logging.getLogger(__name__)

#: Leads recounted at each check: if one lead in a hundred is wrong, 300 find it in 95 of 100 checks.
SAMPLE_LEADS = 300
_ANEW = (
    "The workspace is built anew from its segments; if it stays, look for a fault in data/marts/derive.py."
)


@dataclass
class Rechecked:
    """The result of one check. `version` 0: nothing was published. `leads`: how many were recounted from the
    events.
    """

    workspace_id: int
    version: int = 0
    leads: int = 0
    findings: list[Finding] = field(default_factory=list)


def recheck(
    lake: Lake, workspace_id: int, *, leads: int = SAMPLE_LEADS, seen: dict[str, bool] | None = None
) -> Rechecked:
    """Check everything published of a workspace; changes nothing except marks on damaged files.

    `seen`: files checked already, because workspaces share files. Raises OSError or EngineError when intact files
    cannot be read, for instance because another version was published meanwhile.
    """
    with manifest.read_only(lake.engine).begin() as database:
        state = manifest.current(database, [workspace_id]).get(workspace_id)
        every = backlog.pending(database, [workspace_id], full=True).get(workspace_id)
        waiting = backlog.pending(database, [workspace_id], full=False).get(workspace_id)
        version = 0 if state is None else state.version
        overrides = reply_overrides.in_force(database, {workspace_id: version})
        rules = rules_of(database, [workspace_id])
    if state is None or not state.layers or state.format != FORMAT or every is None:
        return Rechecked(workspace_id)
    done = Rechecked(workspace_id, state.version)
    done.findings = _files(lake, state, {} if seen is None else seen)
    if done.findings:
        return done
    new = set() if waiting is None else set(waiting.paths)
    taken = [path for path in every.paths if path not in new]
    connection = cursor(lake.root)
    try:
        load(connection, lake, state)
        done.findings += checking.find(
            connection, "whole", {mart: f"told_{mart}" for mart in contracts()}
        ).get(workspace_id, [])
        done.findings += _slices(connection, state)
        zones = [(workspace_id, state.timezone)]
        connection.execute("CREATE TEMP TABLE messages AS SELECT * EXCLUDE (was_lead) FROM told_messages")
        connection.execute("CREATE TEMP VIEW lead_events AS FROM told_lead_events")
        events = overridden(
            connection,
            overrides,
            f"SELECT {event_columns(rules)} FROM read_parquet({_list(lake, taken)}) "  # noqa: S608
            f"WHERE workspace_id = {workspace_id:d}",
        )
        connection.execute(f"CREATE TEMP VIEW events AS {events}")
        count_units(connection, zones)
        count_activity(connection)
        for mart in ("journeys", *CUBES, *NETTED):
            wrong = f"The published {mart} are not what the published messages give."
            done.findings += _differing(
                connection, workspace_id, mart, "equals_its_messages", mart, "true", wrong
            )
    finally:
        connection.close()
    connection = cursor(lake.root)
    try:
        load(connection, lake, state, ("messages", "lead_events", "hints"))
        done.leads = _recount(connection, lake, state, taken, leads, overrides, rules)
        if done.leads:
            wrong = "What is published of some leads is not what their events say."
            mine = "lead IN (FROM sampled)"
            done.findings += _differing(
                connection, workspace_id, "messages", "equals_the_events", "messages", mine, wrong
            )
    finally:
        connection.close()
    return done


def load(
    connection: DuckDBPyConnection, lake: Lake, state: Current, marts: Iterable[str] | None = None
) -> None:
    """Temp tables `told_<mart>`: all rows of a workspace as a reader sees them, cubes added up."""
    wanted = list(contracts() if marts is None else marts)
    there = attach(connection, lake, [(state.workspace_id, one) for one in state.layers], wanted)
    for mart in wanted:
        source = f"stored_{mart}"
        if mart not in there:
            rows = contracts()[mart].empty
        elif mart == "combos":
            rows = f"SELECT * FROM ({latest_sql(mart, source)}) WHERE slice = '{FINE}'"  # noqa: S608
        elif mart == "journeys":
            rows = f"SELECT * FROM ({latest_sql(mart, source)}) WHERE messages > 0"  # noqa: S608
        elif mart in KEYED:
            rows = latest_sql(mart, source)
        elif mart in NETTED:
            rows = netted_sql(mart, source)
        elif mart in CUBES:
            fine = f"(SELECT * EXCLUDE (slice, layer) FROM {source} WHERE slice = '{FINE}')"  # noqa: S608
            rows = f"SELECT * FROM ({summed_sql(mart, fine)}) WHERE NOT ({_nothing(mart)})"  # noqa: S608
        else:
            rows = f"SELECT * EXCLUDE (layer) FROM {source}"  # noqa: S608
        connection.execute(f"CREATE TEMP TABLE told_{mart} AS {rows}")


def _files(lake: Lake, state: Current, seen: dict[str, bool]) -> list[Finding]:
    """Files that differ from what was published, byte for byte; they are marked so that nobody reads them."""
    found = []
    for file in (file for one in state.layers for file in one.files.values()):
        if file.path not in seen:
            whole = _whole(lake, file)
            if not whole and manifest.version(lake.engine, state.workspace_id) != state.version:
                raise FileNotFoundError(f"another version was published, and {file.path} replaced")
            seen[file.path] = whole
            if not whole:
                logger.error("%s of workspace %d is not what was published.", file.path, state.workspace_id)
                manifest.quarantine(lake.engine, file.path)
        if not seen[file.path]:
            wrong = "A file is damaged, missing, or was changed after it was published."
            todo = "The workspace is built anew from its segments; look at the disk if it happens again."
            sample = (f'{{"path": "{file.path}"}}',)
            found.append(Finding(state.workspace_id, file.mart, "is_as_published", 1, sample, wrong, todo))
    return found


def _whole(lake: Lake, file: MartFile) -> bool:
    try:
        with lake.path(file.path).open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest() == file.sha256
    except OSError:
        return False


def _slices(connection: DuckDBPyConnection, state: Current) -> list[Finding]:
    """Every slice of a layer adds up to the same totals."""
    found = []
    for mart in CUBES:
        if not any(mart in one.files and one.sliced for one in state.layers):
            continue
        counts = ", ".join(f"sum({name}) AS {name}" for name in COUNTS[mart])
        columns, part = ", ".join(COUNTS[mart]), KEYS[mart][0]
        bad = (
            f"SELECT layer, {part}, count(DISTINCT ({columns})) AS totals "  # noqa: S608  names of ours
            f"FROM (SELECT layer, slice, {part}, {counts} FROM stored_{mart} GROUP BY ALL) "
            "GROUP BY ALL HAVING count(DISTINCT (" + columns + ")) > 1"
        )
        wrong = "Filtered figures come from a slice that does not add up to the whole."
        found += _finding(connection, state.workspace_id, mart, "slices_add_up", bad, wrong)
    return found


def _differing(
    connection: DuckDBPyConnection,
    workspace_id: int,
    mart: str,
    check: str,
    made: str,
    which: str,
    wrong: str,
) -> list[Finding]:
    """Rows that only one of `told_<mart>` and the table `made` has."""
    kept = [one.name for one in contracts()[mart].columns if not one.stored_only]
    columns = ", ".join(f'"{name}"' for name in kept)
    if mart in CUBES:  # rows that count nothing are not stored
        columns = ", ".join(("workspace_id", *KEYS[mart], "combo", *COUNTS[mart]))
        which = f"{which} AND NOT ({_nothing(mart)})"
    told = f"SELECT {columns} FROM told_{mart} WHERE {which}"  # noqa: S608  names of ours
    counted = f"SELECT {columns} FROM {made} WHERE {which}"  # noqa: S608
    bad = (
        f"SELECT 'published' AS side, * FROM ({told} EXCEPT ALL {counted}) "  # noqa: S608
        f"UNION ALL SELECT 'counted', * FROM ({counted} EXCEPT ALL {told})"
    )
    return _finding(connection, workspace_id, mart, check, bad, wrong)


def _list(lake: Lake, paths: Iterable[str]) -> str:
    """Files as a DuckDB list literal, because a view takes no parameters."""
    lake.store.bring(paths := list(paths))
    return "[" + ", ".join("'" + str(lake.path(path)).replace("'", "''") + "'" for path in paths) + "]"


def _nothing(cube: str) -> str:
    return " AND ".join(f"{name} = 0" for name in COUNTS[cube])


def _finding(
    connection: DuckDBPyConnection, workspace_id: int, mart: str, check: str, bad: str, wrong: str
) -> list[Finding]:
    row = connection.execute(
        f"SELECT count(*), list(to_json(bad)::VARCHAR)[:{SAMPLE}] FROM ({bad}) AS bad"  # noqa: S608
    ).fetchone()
    if row is None or not row[0]:
        return []
    sample = tuple(text[:SAMPLE_LENGTH] for text in row[1])
    return [Finding(workspace_id, mart, check, row[0], sample, wrong, _ANEW)]


def _recount(
    connection: DuckDBPyConnection,
    lake: Lake,
    state: Current,
    paths: list[str],
    leads: int,
    overrides: Overrides,
    rules: Rules,
) -> int:
    """Temp table `messages`: what the events say about a random sample of leads (temp table `sampled`); returns
    how many.
    """
    if not paths:
        return 0
    files = [str(lake.path(path)) for path in sorted(set(paths))]
    mine = "read_parquet(?) WHERE workspace_id = ?"
    # Half from the published leads and half from those in events: a lead may be missing on either side.
    connection.execute(
        "CREATE TEMP TABLE sampled AS "  # noqa: S608  names of ours
        f"FROM (SELECT DISTINCT lead FROM told_messages USING SAMPLE {leads // 2} ROWS) UNION "
        f"FROM (SELECT DISTINCT {lead_sql(rules)} AS lead FROM {mine} AND lead IS NOT NULL "
        f"USING SAMPLE {leads - leads // 2} ROWS)",
        [files, state.workspace_id],
    )
    # An event may name only its message and be all there is of it: hence messages are found both ways.
    connection.execute(
        "CREATE TEMP TABLE theirs AS SELECT message_id FROM told_messages SEMI JOIN sampled USING (lead) UNION "  # noqa: S608
        f"SELECT message_id FROM {mine} AND message_id IS NOT NULL AND {lead_sql(rules)} IN (FROM sampled)",
        [files, state.workspace_id],
    )
    events = overridden(
        connection,
        overrides,
        f"SELECT {event_columns(rules)} FROM {mine} "  # noqa: S608
        f"AND (message_id IN (FROM theirs) OR (message_id IS NULL AND {lead_sql(rules)} IN (FROM sampled)))",
    )
    connection.execute(f"CREATE TEMP TABLE events AS {events}", [files, state.workspace_id])
    take_all(connection)
    derive_units(connection, [(state.workspace_id, state.timezone)])
    row = connection.execute("SELECT count(*) FROM sampled").fetchone()
    return int(row[0]) if row else 0
