"""The relations of a stretch of time: what happened in it and the e-mails it belongs to, as small tables.

A page of the timeline tells of a few dozen events. Made as views over all that ever happened (whole.py), its cost
followed the history; made of a stretch, it follows how much happened there.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from data.answers.whole import Files, make, make_loose, not_after, open_events, open_sends
from data.engines.duckdb import DuckDBPyConnection, sql
from data.lake.lake import Lake
from data.marts.timing import make_by_timing
from data.marts.zones import local_time_sql

#: An opening stamped before its sending counts at the sending: its own stamp may lie so much before.
EARLY: Final = timedelta(days=1)
#: How long before the stretch an action may have begun whose local days are told rightly.
_LONG: Final = timedelta(days=1_100)
#: Of e-mails no other event stands in the timeline.
_SHOWN: Final = "(channel <> 'email' OR event IN ('opened', 'clicked', 'replied'))"
#: What the relations read of an event; text after text that nobody looks at is what would cost most.
_READ: Final = (
    "SELECT * REPLACE (NULL::TIMESTAMP AS received_at, NULL::VARCHAR AS step, NULL::VARCHAR AS variation, "
    "NULL::VARCHAR AS sender, NULL::VARCHAR AS bounce_kind, NULL::VARCHAR AS url)"
)
#: What of an e-mail no line tells.
_UNREAD: Final = """
    first_at last_at opened_human_at opened_all_at opens_human opens_all clicked_human_at clicked_all_at
    clicks_human clicks_all last_hard_at last_block_at last_soft_at last_unknown_at last_failed_at arrived_at
    own_last_replied_at own_unsubscribed_at own_replied_at own_reply_event own_sentiment last_replied_at
    replied_at reply_event sentiment unsubscribed_at failed_at
"""
#: Events of e-mails that name no message: they belong to the last one to their lead.
_ALONE: Final = "channel = 'email' AND lead IS NOT NULL AND message_id IS NULL"


def relate_stretch(
    connection: DuckDBPyConnection,
    lake: Lake,
    files: Files,
    as_of: datetime,
    low: datetime,
    high: datetime,
    most: int,
) -> datetime:
    """Temp relations `whole_<relation>` and `events`, and the macro local_time(ts), of what the timeline shows
    between two moments (naive UTC), of its newest `most` events alone. `files`: of a published version with
    segments. Gives the moment from which on nothing is missing: `low`, or a later one.
    """
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    current = files.current
    open_events(
        connection,
        lake.paths(files.segments),
        current.workspace_id,
        None,
        not_after(files.pending, now),
        files.overrides,
        files.rules,
    )
    connection.execute("ALTER VIEW events RENAME TO all_events")
    local = local_time_sql(current.timezone, low - _LONG, high + timedelta(days=366))
    connection.execute(f"CREATE TEMP MACRO local_time(ts) AS {local}")
    make_by_timing(connection)
    open_sends(connection, lake, current)
    unread = ", ".join(f"NULL AS {name}" for name in _UNREAD.split())
    connection.execute(
        f"CREATE TEMP VIEW every_mail AS SELECT * REPLACE ({unread}) "  # noqa: S608  names of ours
        f"FROM ({sql('answers', 'mails')})"
    )
    # Moments as literals: the reader skips by them what it need not read.
    within = f"occurred_at >= {_literal(low)} AND occurred_at <= {_literal(high)}"
    connection.execute(f"CREATE TEMP TABLE events AS {_READ} FROM all_events WHERE {within} AND {_SHOWN}")
    low = _cut(connection, low, most)
    _add_early(connection, low, high)
    _add_whole_actions(connection)
    connection.execute(
        "CREATE TEMP TABLE whole_mails AS FROM every_mail "
        "WHERE message_id IN (SELECT DISTINCT message_id FROM events WHERE message_id IS NOT NULL)"
    )
    _add_mails_of_leads(connection)
    make_loose(connection)
    make(connection, "VIEW", "actions")
    make(connection, "VIEW", "happenings")
    return low


def reach_back(
    connection: DuckDBPyConnection, actions: Sequence[str], leads: Sequence[str], since: datetime
) -> None:
    """Add to a stretch what happened to some of its actions since an earlier moment. `leads`: to whom they were."""
    named, theirs = _list(actions), _list(leads)
    connection.execute(
        f"INSERT INTO events {_READ} FROM all_events ANTI JOIN (SELECT event_id FROM events) USING (event_id) "  # noqa: S608
        f"WHERE occurred_at >= {_literal(since)} AND {_SHOWN} "
        f"AND (message_id IN ({named}) OR (message_id IS NULL AND lead IN ({theirs})))"
    )
    _add_mails_of_leads(connection)
    make_loose(connection)


def _cut(connection: DuckDBPyConnection, low: datetime, most: int) -> datetime:
    """Leave the newest events: to look up so few e-mails the reader skips most of what is stored."""
    row = connection.execute(
        "SELECT occurred_at FROM events ORDER BY occurred_at DESC LIMIT 1 OFFSET ?", [most]
    ).fetchone()
    if row is None:
        return low
    connection.execute("DELETE FROM events WHERE occurred_at < ?", [row[0]])
    later: datetime = row[0]
    return later


def _add_early(connection: DuckDBPyConnection, low: datetime, high: datetime) -> None:
    """Openings and clicks stamped before the stretch of messages that were sent in it."""
    sent = f"t0 >= {_literal(low)} AND t0 <= {_literal(high)}"
    connection.execute(f"CREATE TEMP TABLE just_sent AS SELECT message_id FROM sends WHERE {sent}")  # noqa: S608
    if connection.execute("SELECT 1 FROM just_sent LIMIT 1").fetchone():
        connection.execute(
            f"INSERT INTO events {_READ} FROM all_events SEMI JOIN just_sent USING (message_id) "
            f"WHERE occurred_at >= {_literal(low - EARLY)} AND occurred_at < {_literal(low)} "
            "AND event IN ('opened', 'clicked')"
        )


def _add_whole_actions(connection: DuckDBPyConnection) -> None:
    """All events of the actions other than e-mails that go on in the stretch: the first ones tell to whom."""
    some = "channel <> 'email' AND message_id IS NOT NULL"
    if connection.execute(f"SELECT 1 FROM events WHERE {some} LIMIT 1").fetchone():  # noqa: S608  ours
        connection.execute(
            f"INSERT INTO events {_READ} FROM all_events ANTI JOIN (SELECT event_id FROM events) USING (event_id) "  # noqa: S608
            f"WHERE channel <> 'email' AND message_id IN (SELECT message_id FROM events WHERE {some})"
        )


def _add_mails_of_leads(connection: DuckDBPyConnection) -> None:
    """Where an event names its lead alone, all messages to that lead: it belongs to one of them."""
    if connection.execute(f"SELECT 1 FROM events WHERE {_ALONE} LIMIT 1").fetchone():  # noqa: S608  ours
        connection.execute(
            "INSERT INTO whole_mails FROM every_mail ANTI JOIN (SELECT message_id FROM whole_mails) "  # noqa: S608
            f"USING (message_id) WHERE lead IN (SELECT lead FROM events WHERE {_ALONE})"
        )


def _literal(at: datetime) -> str:
    return f"TIMESTAMP '{at.isoformat(' ')}'"


def _list(texts: Sequence[str]) -> str:
    return ", ".join("'" + text.replace("'", "''") + "'" for text in texts) or "NULL"
