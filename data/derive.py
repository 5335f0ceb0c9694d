"""From events to cubes inside one connection: the marts' SQL in its order. Nothing here reads or writes a file.

`events` → `messages`, `hints`, `lead_events` (the states) → `sends` → `journeys` → `units`, `cohorts`; each a temp
table. A refresh, a full build and a question about an earlier moment all come through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from data.engines.duckdb import DuckDBPyConnection, sql
from data.slices import blanks
from data.zones import local_time_sql

#: The columns of a segment that the marts are made of; the rest (raw, texts) stays on the disk.
EVENT_COLUMNS = (
    "workspace_id, event_id, event, channel, occurred_at, received_at, message_id, campaign, step, variation, "
    'lead, "user", sender_provider, recipient_provider, machine, track_opens, track_clicks, sentiment'
)
#: States that are merged, and by which SQL; None: the rows of both, for each event is there once.
MERGES = {"messages": "merge", "hints": "merge_hints", "lead_events": None}
_HINT = 'STRUCT("at" TIMESTAMP, id VARCHAR, v VARCHAR)'
#: Columns of the states a workspace may have no rows of.
EMPTY = {
    "hints": f"workspace_id INTEGER, message_id VARCHAR, campaign {_HINT}, step {_HINT}, lead {_HINT}, "
    f'"user" {_HINT}, sender_provider {_HINT}, recipient_provider {_HINT}',
    "lead_events": "workspace_id INTEGER, event_id VARCHAR, event VARCHAR, lead VARCHAR, occurred_at TIMESTAMP, "
    "sentiment VARCHAR",
}


def make_states(connection: DuckDBPyConnection) -> None:
    """Temp tables `messages`, `hints` and `lead_events` of the temp table `events` alone."""
    for mart in MERGES:
        connection.execute(f"CREATE TEMP TABLE {mart} AS {sql('marts', mart)}")


def make_missing(connection: DuckDBPyConnection, marts: Iterable[str]) -> None:
    """Empty temp tables for states of which a workspace has no rows, with the columns they would have."""
    for mart in marts:
        connection.execute(f"CREATE TEMP TABLE {mart} ({EMPTY[mart]})")


def derive(connection: DuckDBPyConnection, zones: Sequence[tuple[int, str]], *, fine: bool = False) -> None:
    """Temp tables `sends`, `journeys`, `units` and `cohorts` from `messages`, `hints` and `lead_events`.

    `zones`: (workspace id, time zone). `fine`: the cubes over all dimensions at once (slices.py).
    One pass a zone, because a zone known beforehand is cheap (zones.py).
    """
    connection.execute(f"CREATE TEMP TABLE sends AS {sql('marts', 'sends')}")
    connection.execute(f"CREATE TEMP TABLE journeys AS {sql('marts', 'journeys')}")
    span = connection.execute(
        "SELECT coalesce(min(t0), TIMESTAMP '2020-01-01'), coalesce(greatest(max(t0), "
        "(SELECT max(last_at) FROM messages), (SELECT max(occurred_at) FROM lead_events)), "
        "TIMESTAMP '2020-01-01') FROM sends"
    ).fetchone()
    assert span is not None
    by_zone: dict[str, list[int]] = {}
    for workspace_id, name in zones:
        by_zone.setdefault(name, []).append(workspace_id)
    connection.execute("ALTER TABLE sends RENAME TO all_sends")
    connection.execute("ALTER TABLE journeys RENAME TO all_journeys")
    for number, (name, ids) in enumerate(sorted(by_zone.items())):
        for part in ("sends", "journeys"):
            chosen = f"WHERE workspace_id IN ({', '.join(map(str, ids))})" if len(by_zone) > 1 else ""
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {part} AS FROM all_{part} {chosen}")
        local = local_time_sql(name, span[0], span[1])
        connection.execute(f"CREATE OR REPLACE TEMP MACRO local_time(ts) AS {local}")
        connection.execute(f"CREATE OR REPLACE TEMP TABLE unit_rows AS {sql('marts', 'unit_rows')}")
        for cube in ("units", "cohorts"):
            verb = f"INSERT INTO {cube}" if number else f"CREATE TEMP TABLE {cube} AS"
            connection.execute(f"{verb} {sql('marts', cube).format(**blanks(cube, fine=fine))}")
    for part in ("sends", "journeys"):
        connection.execute(f"DROP VIEW {part}")
        connection.execute(f"ALTER TABLE all_{part} RENAME TO {part}")
