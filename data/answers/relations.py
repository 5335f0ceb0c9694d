"""Everything that happened in one workspace, before any scope: relations, as views over its files.

The messages come from the mart of the published version, the events from the segments of that version; each
question reads the columns and days it needs. What a page shows is cached with the page, not here. A question
about an earlier moment, or without an intact version, derives the messages from the events.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta

from sqlalchemy import select

from data.engines.duckdb import DuckDBPyConnection, sql
from data.events.canonical import Event
from data.events.replies import classify
from data.intake import pending_events
from data.intake.pending_events import NOTHING, Pending, event_of
from data.lake import manifest, reply_overrides
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.lake.reply_overrides import Overrides, overridden
from data.lake.tables import segment, segment_part
from data.marts.counting import Rules, rules_of
from data.marts.derive import counted_sql, event_columns, messages_sql, take_all
from data.marts.layer_files import is_whole
from data.marts.layers import attach, latest_sql
from data.marts.timing import make_by_timing
from data.marts.zones import local_time_sql

#: Made in this order, each from those before it.
RELATIONS = ("mails", "actions", "happenings")
#: What events say in words, read for few of them at a time.
_TEXTS = ("message_id", "subject", "reply_text", "server_response", "sentiment", "raw")
#: Texts a person may have refused with; `classify` settles it on the part they wrote themselves.
_PHRASES = "(?i)spam|remove|not\\s+interested|take\\s+me|unsubscribe"
#: Events a workspace has at most whose relations are made whole, in some ten milliseconds.
SMALL = 10_000
_YEAR = timedelta(days=366)


@dataclass(frozen=True)
class Files:
    """What the relations are made of: the version, and the segments it took in (without it, all there are)."""

    current: Current
    as_published: bool
    segments: list[str]
    #: What can still be taken back, or is not in the version yet.
    pending: Pending = NOTHING
    #: Categories of replies that a person corrected.
    overrides: Overrides = ()
    #: How the workspace wants its events counted, where that is not the usual.
    rules: Rules = field(default_factory=dict)


def files_of(lake: Lake, workspace_id: int, as_of: datetime) -> Files:
    """The files of one workspace, and whether its version can answer for `as_of` (aware)."""
    query = (
        select(segment.c.path)
        .join(segment_part, segment_part.c.segment_id == segment.c.id)
        .where(segment_part.c.workspace_id == workspace_id)
        .order_by(segment.c.id)
    )
    with manifest.read_only(lake.engine).begin() as database:
        current = manifest.current(database, [workspace_id])[workspace_id]
        as_published = is_whole(current) and (current.last_event_at is None or current.last_event_at <= as_of)
        if as_published:
            query = query.where(segment_part.c.merged_version <= current.version)
        pending = pending_events.held(database, workspace_id)
        overrides = tuple(reply_overrides.latest(database, [workspace_id]))
        rules = rules_of(database, [workspace_id])
        paths = [path for (path,) in database.execute(query)]
        return Files(current, as_published, paths, pending, overrides, rules)


def relate(connection: DuckDBPyConnection, lake: Lake, files: Files, as_of: datetime) -> None:
    """Temp views `whole_<relation>`, `bounce_kinds`, `journey_users` and `reply_texts`, and the macro
    local_time(ts), of all that is stamped up to `as_of` (aware)."""
    current = files.current
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    open_events(
        connection,
        lake.paths(files.segments),
        current.workspace_id,
        None if files.as_published else now,
        not_after(files.pending, now),
        files.overrides,
        files.rules,
    )
    first = connection.execute("SELECT min(occurred_at) FROM events").fetchone()
    local = local_time_sql(current.timezone, first[0] if first and first[0] else now, now + _YEAR)
    connection.execute(f"CREATE TEMP MACRO local_time(ts) AS {local}")
    make_by_timing(connection)
    if files.as_published:
        open_sends(connection, lake, current)
    else:
        _make_sends(connection)
    # A small workspace is read once for all questions of a page; of a big one each reads what it needs.
    kind = "TABLE" if current.events <= SMALL else "VIEW"
    make(connection, kind, "mails")
    make(connection, "VIEW", "bounce_kinds")
    make(connection, "VIEW", "journey_users")
    make_loose(connection)
    make(connection, "VIEW", "actions")
    make(connection, kind, "happenings")


def bounds(first: date, last: date) -> tuple[datetime, datetime]:
    """Naive UTC moments every local moment of the days `first`..`last` lies between, in any time zone."""
    return datetime.combine(first, time()) - timedelta(days=1), datetime.combine(last, time()) + timedelta(
        days=2
    )


def make_refusals(connection: DuckDBPyConnection, since: datetime, until: datetime) -> None:
    """Temp table `refusals`: the ids of replies between two moments with a negative phrase (docs/numbers.md)."""
    texts = connection.execute(
        "SELECT event_id, reply_text FROM reply_texts "
        "WHERE occurred_at >= ? AND occurred_at < ? AND regexp_matches(reply_text, ?)",
        [since, until, _PHRASES],
    ).fetchall()
    refused = [event_id for event_id, text in texts if classify(text) is not None]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE refusals AS SELECT unnest(?::VARCHAR[]) AS event_id", [refused]
    )


def make(connection: DuckDBPyConnection, kind: str, name: str) -> None:
    """A temp view or table of `data/answers/<name>.sql`."""
    full_name = f"whole_{name}" if name in RELATIONS else name
    connection.execute(f"CREATE TEMP {kind} {full_name} AS {sql('answers', name)}")


def make_loose(connection: DuckDBPyConnection) -> None:
    """Temp tables `other_actions`, `lead_mails` and `by_lead`: what must be looked up among all messages. Most
    workspaces have little of it, and many nothing at all: then no message is read for it."""
    for name, some in (
        ("other_actions", "channel <> 'email'"),
        ("by_lead", "channel = 'email' AND lead IS NOT NULL AND (message_id IS NULL OR event = 'received')"),
    ):
        any_of_it = connection.execute(f"SELECT 1 FROM events WHERE {some} LIMIT 1").fetchone()  # noqa: S608
        none = "" if any_of_it else " LIMIT 0"
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS FROM ({sql('answers', name)}){none}")


def not_after(pending: Pending, now: datetime) -> list[Event]:
    """The pending events stamped up to `now` (naive UTC)."""
    found = [event_of(fields) for fields in pending.events]
    return [event for event in found if event.occurred_at.replace(tzinfo=None) <= now]


def open_events(
    connection: DuckDBPyConnection,
    files: Sequence[str],
    workspace_id: int,
    until: datetime | None,
    pending: Sequence[Event],
    overrides: Overrides,
    rules: Rules,
) -> None:
    """`events`, `reply_texts`, `event_texts`; with `until` read once and for all: everything is made of them."""
    if not files:
        connection.execute(f"CREATE TEMP TABLE events AS {sql('answers', 'no_events')}")
        connection.execute(
            "CREATE TEMP TABLE reply_texts (event_id VARCHAR, occurred_at TIMESTAMP, reply_text VARCHAR)"
        )
        columns = ", ".join(f"{name} VARCHAR" for name in _TEXTS)
        connection.execute(
            f"CREATE TEMP TABLE event_texts (event_id VARCHAR, occurred_at TIMESTAMP, {columns})"
        )
        if pending:
            _insert_pending(connection, workspace_id, pending)
            connection.execute("INSERT INTO events BY NAME FROM pending_rows")
            connection.execute("INSERT INTO event_texts BY NAME FROM pending_texts")
        return
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in files)
    own = f"FROM read_parquet([{quoted}]) WHERE workspace_id = {workspace_id:d}"
    if until is not None:
        own += f" AND occurred_at <= TIMESTAMP '{until.isoformat(' ')}'"
    kind = "VIEW" if until is None else "TABLE"
    rows, texts = "", ""
    if pending:
        _insert_pending(connection, workspace_id, pending)
        # What was released meanwhile is in a segment: there it stands, not here.
        first = min(event.occurred_at for event in pending).replace(tzinfo=None).isoformat(" ")
        known = f"(SELECT event_id {own} AND channel <> 'email' AND occurred_at >= TIMESTAMP '{first}')"
        rows = f" UNION ALL BY NAME FROM pending_rows ANTI JOIN {known} USING (event_id)"
        texts = f" UNION ALL BY NAME FROM pending_texts ANTI JOIN {known} USING (event_id)"
    corrected = overridden(connection, overrides, f"SELECT {event_columns(rules)} {own}")
    connection.execute(f"CREATE TEMP {kind} events AS {corrected}{rows}")
    # A reply that a person has judged is not judged by its phrases.
    judged = " ANTI JOIN reply_overrides USING (event_id)" if overrides else ""
    connection.execute(
        "CREATE TEMP VIEW reply_texts AS SELECT event_id, occurred_at, reply_text "  # noqa: S608  names of ours
        f"FROM (SELECT event_id, occurred_at, reply_text {own} AND event = 'replied'){judged}"
    )
    words = ", ".join(_TEXTS)
    replies = overridden(
        connection,
        overrides,
        f"SELECT workspace_id, event_id, event, reply_category, occurred_at, {words} {own}",
    )
    connection.execute(
        f"CREATE TEMP VIEW event_texts AS SELECT event_id, occurred_at, {words} FROM ({replies}){texts}"  # noqa: S608  names of ours
    )


def _insert_pending(connection: DuckDBPyConnection, workspace_id: int, pending: Sequence[Event]) -> None:
    """Temp tables `pending_rows` and `pending_texts`, in the columns of `events` and `event_texts`."""
    connection.execute(f"CREATE TEMP TABLE pending_rows AS {sql('answers', 'no_events')}")
    columns = ", ".join(f"{name} VARCHAR" for name in _TEXTS)
    connection.execute(
        f"CREATE TEMP TABLE pending_texts (event_id VARCHAR, occurred_at TIMESTAMP, {columns})"
    )
    names = [column[0] for column in connection.execute("FROM pending_rows LIMIT 0").description or []]
    for event in pending:
        fields = {**event._asdict(), "workspace_id": workspace_id, "person": False}
        for name in ("occurred_at", "received_at"):
            fields[name] = fields[name].replace(tzinfo=None)
        for table, wanted in (
            ("pending_rows", names),
            ("pending_texts", ["event_id", "occurred_at", *_TEXTS]),
        ):
            marks = ", ".join("?" * len(wanted))
            quoted = ", ".join(f'"{name}"' for name in wanted)
            connection.execute(
                f"INSERT INTO {table} ({quoted}) VALUES ({marks})",  # noqa: S608  names of ours
                [fields[name] for name in wanted],
            )


def open_sends(connection: DuckDBPyConnection, lake: Lake, current: Current) -> None:
    """View `sends`: the messages of the published version that were sent."""
    found = attach(connection, lake, [(current.workspace_id, one) for one in current.layers], ["messages"])
    if not found:
        _make_sends(connection)
        return
    single = sum("messages" in one.files for one in current.layers) == 1
    stored = latest_sql("messages", "stored_messages", single)
    connection.execute(f"CREATE TEMP VIEW sends AS {counted_sql(f'({stored})')}")


def _make_sends(connection: DuckDBPyConnection) -> None:
    """View `sends`: the messages that `events` make by themselves."""
    take_all(connection)
    connection.execute(f"CREATE TEMP TABLE messages AS {messages_sql()}")
    connection.execute(f"CREATE TEMP VIEW sends AS {counted_sql('messages')}")
