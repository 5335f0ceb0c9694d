"""The relations of a stretch of time: what happened in it and the e-mails it belongs to, as small tables.

A page of the timeline shows a few dozen events. As views over all that ever happened (relations.py), its cost
followed the history; over a stretch, it follows how much happened there. What happened to e-mails is read from
the mart `timeline`, which is sorted by time; what is told of other channels, from the segments.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

import pyarrow as pa
import pyarrow.parquet as pq

from data.answers.relations import Files, not_after, open_events, open_sends
from data.engines.duckdb import DuckDBPyConnection, sql
from data.lake.lake import Lake
from data.marts.contracts import contracts
from data.marts.layers import attach, netted_sql
from data.marts.zones import local_time_sql

#: A reply stamped before its sending may lie so much before.
EARLY: Final = timedelta(days=1)
#: How long before the stretch an action may have begun whose local days are told rightly.
_LONG: Final = timedelta(days=1_100)
#: What is no e-mail's.
_OTHERS: Final = "channel <> 'email'"
#: What the relations read of an event; text after text that nobody looks at is what would cost most.
_READ: Final = (
    "SELECT * REPLACE (NULL::TIMESTAMP AS received_at, NULL::VARCHAR AS step, NULL::VARCHAR AS variation, "
    "NULL::VARCHAR AS sender, NULL::VARCHAR AS bounce_kind, NULL::VARCHAR AS url)"
)
#: Of an e-mail what a video within it may not tell; and what no line tells.
_OF_A_MAIL: Final = (
    "message_id, if(starts_with(lead, '~'), NULL, lead) AS lead, campaign, \"user\", sender_provider, "
    "recipient_provider, NULL AS opened_human_at, NULL AS opened_all_at, NULL AS clicked_human_at, "
    "NULL AS clicked_all_at"
)


def relate_stretch(
    connection: DuckDBPyConnection,
    lake: Lake,
    files: Files,
    as_of: datetime,
    low: datetime,
    high: datetime,
    most: int,
) -> datetime:
    """Temp relations `whole_happenings`, `whole_actions`, `whole_mails` and `events`, and the macro local_time(ts),
    of what the timeline shows between two moments (naive UTC), of its newest `most` events alone. `files`: of a
    published version with segments. Gives the moment from which on nothing is missing: `low`, or a later one.
    """
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    current = files.current
    others = [path for path in lake.paths(files.segments) if _tells_of_others(path)]
    open_events(
        connection,
        others,
        current.workspace_id,
        None,
        not_after(files.pending, now),
        files.overrides,
        files.rules,
    )
    connection.execute(f"ALTER {'VIEW' if others else 'TABLE'} events RENAME TO all_events")
    local = local_time_sql(current.timezone, low - _LONG, high + timedelta(days=366))
    connection.execute(f"CREATE TEMP MACRO local_time(ts) AS {local}")
    there = attach(connection, lake, [(current.workspace_id, one) for one in current.layers], ["timeline"])
    if not there:
        nothing = contracts()["timeline"].empty
        connection.execute(f"CREATE TEMP VIEW stored_timeline AS SELECT *, 0 AS layer FROM ({nothing})")  # noqa: S608
    connection.execute(f"CREATE TEMP TABLE shown_mails AS {_mails(low, high, most)}")
    # Moments as literals: the reader skips by them what it need not read.
    within = f"occurred_at >= {_literal(low)} AND occurred_at <= {_literal(high)}"
    connection.execute(f"CREATE TEMP TABLE events AS {_READ} FROM all_events WHERE {within} AND {_OTHERS}")
    low = _cut(connection, low, most)
    _add_whole_actions(connection, lake, files)
    connection.execute(f"CREATE TEMP TABLE other_actions AS {sql('answers', 'other_actions')}")
    connection.execute(f"CREATE TEMP VIEW whole_actions AS {sql('answers', 'shown_actions')}")
    connection.execute(f"CREATE TEMP VIEW whole_happenings AS {sql('answers', 'shown_happenings')}")
    return low


def reach_back(
    connection: DuckDBPyConnection, actions: Sequence[str], since: datetime, low: datetime
) -> None:
    """Add to a stretch, which begins at `low`, what happened to some of its e-mails since an earlier moment. Of
    other actions all is there (`_add_whole_actions`)."""
    some = f"message_id IN ({_list(actions)})"
    connection.execute(f"INSERT INTO shown_mails {_mails(since, low, None, some)}")


@lru_cache(maxsize=20_000)
def _tells_of_others(path: str) -> bool:
    """Whether a segment, which never changes, may hold events that are no e-mail's, by its own statistics."""
    try:
        with pq.ParquetFile(path) as file:
            place = file.schema_arrow.get_field_index("channel")
            groups = [file.metadata.row_group(n).column(place) for n in range(file.metadata.num_row_groups)]
            stored = [one.statistics for one in groups]
    except (OSError, pa.ArrowException):
        return True  # whoever reads it says what is wrong with it
    return any(one is None or (one.min, one.max) != ("email", "email") for one in stored)


def _mails(low: datetime, high: datetime, most: int | None, condition: str = "true") -> str:
    """SELECT of the newest rows of the mart between two moments; with `most`, one more than these. Without: of what
    lies before `high` alone."""
    until = "<=" if most else "<"
    rows = (
        f"(SELECT * FROM stored_timeline WHERE shown_at >= {_literal(low)} "  # noqa: S608  names of ours
        f"AND shown_at {until} {_literal(high)} AND {condition})"
    )
    found = netted_sql("timeline", rows)
    return f"{found} ORDER BY shown_at DESC LIMIT {most + 1:d}" if most else found


def _cut(connection: DuckDBPyConnection, low: datetime, most: int) -> datetime:
    """Leave the newest events: of one of them, and of all that are not older, is told."""
    row = connection.execute(
        "SELECT stamp FROM (SELECT shown_at AS stamp FROM shown_mails UNION ALL SELECT occurred_at FROM events) "
        "ORDER BY stamp DESC LIMIT 1 OFFSET ?",
        [most],
    ).fetchone()
    if row is None:
        return low
    # Of the oldest moment some may be left out.
    later: datetime = row[0] + timedelta(microseconds=1)
    connection.execute("DELETE FROM shown_mails WHERE shown_at < ?", [later])
    connection.execute("DELETE FROM events WHERE occurred_at < ?", [later])
    return later


def _add_whole_actions(connection: DuckDBPyConnection, lake: Lake, files: Files) -> None:
    """`whole_mails`, and all events of the actions that go on in the stretch: the first ones tell to whom. What a
    video within an e-mail does not tell, the e-mail does."""
    some = "message_id IS NOT NULL"
    if connection.execute(f"SELECT 1 FROM events WHERE {some} LIMIT 1").fetchone():  # noqa: S608  names of ours
        connection.execute(
            f"INSERT INTO events {_READ} FROM all_events ANTI JOIN (SELECT event_id FROM events) USING (event_id) "  # noqa: S608
            f"WHERE {_OTHERS} AND message_id IN (SELECT message_id FROM events WHERE {some})"
        )
        open_sends(connection, lake, files.current)
        mails = f"sends WHERE message_id IN (SELECT message_id FROM events WHERE {some})"  # noqa: S608
    else:
        mails = f"({contracts()['messages'].empty})"
    connection.execute(f"CREATE TEMP TABLE whole_mails AS SELECT {_OF_A_MAIL} FROM {mails}")  # noqa: S608


def _literal(at: datetime) -> str:
    return f"TIMESTAMP '{at.isoformat(' ')}'"


def _list(texts: Sequence[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts) or "NULL"
