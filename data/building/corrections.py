"""What a refresh takes in of corrected replies (data/lake/reply_overrides.py).

A correction changes what one event counts as, so it touches that event's message, or the lead it names where it
names no message: these are read again from the segments that hold them, and counted anew like everything a refresh
touches. What they counted as before is taken back.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC

from data.building.engine import Work
from data.engines.duckdb import DuckDBPyConnection
from data.marts.activity_marts import ReadOld

_WHEN = "min(occurred_at) AS first_at, max(occurred_at) AS last_at"


def take(connection: DuckDBPyConnection, chunk: Sequence[Work], read_old: ReadOld) -> bool:
    """Temp relations of the replies that a refresh takes in corrections of; gives whether there are any.

    `corrected_mails` (workspace_id, message_id, first_at, last_at): their messages; `corrected_events`: all events
    of those taken in before; `corrected_alone`: the replies that name no message; `corrected_replies`: the replies.
    """
    rows = [(w.was.workspace_id, one) for w in chunk for one in w.corrections.replies]
    if not rows:
        return False
    connection.execute(
        "CREATE TEMP TABLE corrected AS SELECT unnest(?::INTEGER[]) AS workspace_id, "
        "unnest(?::VARCHAR[]) AS event_id, unnest(?::VARCHAR[]) AS message_id, "
        "unnest(?::TIMESTAMP[]) AS occurred_at",
        [
            [workspace_id for workspace_id, _ in rows],
            [one.event_id for _, one in rows],
            [one.message_id for _, one in rows],
            [one.occurred_at.astimezone(UTC).replace(tzinfo=None) for _, one in rows],
        ],
    )
    connection.execute(
        "CREATE TEMP VIEW corrected_threads AS SELECT DISTINCT workspace_id, message_id, "
        "TIMESTAMP '0001-01-01' AS first_at, TIMESTAMP '9999-12-31' AS last_at "
        "FROM corrected WHERE message_id IS NOT NULL"
    )
    read_old(connection, "corrected_threads", "corrected_events")
    connection.execute(
        f"CREATE TEMP VIEW corrected_singles AS SELECT workspace_id, event_id, {_WHEN} "  # noqa: S608  names of ours
        "FROM corrected WHERE message_id IS NULL GROUP BY ALL"
    )
    read_old(connection, "corrected_singles", "corrected_alone", alone=True)
    connection.execute(
        f"CREATE TEMP TABLE corrected_mails AS SELECT workspace_id, message_id, {_WHEN} "  # noqa: S608  names of ours
        "FROM corrected_events GROUP BY ALL"
    )
    connection.execute(
        "CREATE TEMP VIEW corrected_replies AS FROM (FROM corrected_events UNION ALL BY NAME FROM corrected_alone) "
        "SEMI JOIN corrected USING (workspace_id, event_id)"
    )
    return True
