"""Everything that happened in one workspace, before any scope: the relations, made from its segments.

Kept in memory for as long as nothing new comes in, because a page and its polls ask again and again. What is kept
is whole; `facts.py` puts the scope on it anew for each asker.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from data import manifest
from data.derive import make_fresh, take_all
from data.engines.duckdb import DuckDBPyConnection, EngineError, cursor, sql
from data.errors import DamagedFile
from data.lake import Lake
from data.manifest import Current
from data.replies import classify
from data.zones import local_time_sql

#: Made in this order, each from those before it.
RELATIONS = ("mails", "actions", "happenings")
#: The columns of a segment that are needed: those of the marts, and what tells a link, a reply, a bounce.
COLUMNS = (
    "workspace_id, event_id, event, channel, occurred_at, received_at, message_id, campaign, step, variation, "
    'lead, "user", sender, sender_provider, recipient_provider, machine, track_opens, track_clicks, sentiment, '
    "url, reply_category, bounce_kind"
)
#: Texts a person may have refused with; `classify` settles it on the part they wrote themselves.
_PHRASES = "(?i)spam|remove|not\\s+interested|take\\s+me|unsubscribe"
#: Rows kept in memory over all workspaces of a process, some hundred bytes each.
KEPT_ROWS = 2_000_000

_kept: OrderedDict[tuple[Any, ...], _Whole] = OrderedDict()
_guard = threading.Lock()


@dataclass(frozen=True)
class _Whole:
    """The relations, and the latest stamp in them (naive UTC; None: no events)."""

    tables: dict[str, pa.Table]
    last: datetime | None

    @property
    def rows(self) -> int:
        return sum(table.num_rows for table in self.tables.values())


def everything(lake: Lake, current: Current, as_of: datetime) -> dict[str, pa.Table]:
    """The relations of the workspace up to `as_of` (aware), and `journey_users`. Raises DamagedFile."""
    with manifest.read_only(lake.engine).begin() as database:
        pending = manifest.pending(database, [current.workspace_id], full=True).get(current.workspace_id)
    paths = [] if pending is None else pending.paths
    key = (lake.root, current.workspace_id, current.timezone, tuple(paths))
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    with _guard:
        found = _kept.get(key)
        if found is not None:
            _kept.move_to_end(key)
    if found is None and (current.last_event_at is None or current.last_event_at <= as_of):
        found = _make(lake, current, paths, None)
        _keep(key, found)
    if found is not None and (found.last is None or found.last <= now):
        return found.tables
    return _make(lake, current, paths, now).tables


def _keep(key: tuple[Any, ...], made: _Whole) -> None:
    """Keep what was made, in place of what the workspace had before; the least asked for goes first."""
    if made.rows > KEPT_ROWS // 2:
        return
    with _guard:
        for old in [old for old in _kept if old[:2] == key[:2]]:
            del _kept[old]
        _kept[key] = made
        while sum(whole.rows for whole in _kept.values()) > KEPT_ROWS:
            _kept.popitem(last=False)


def _make(lake: Lake, current: Current, paths: Sequence[str], until: datetime | None) -> _Whole:
    try:
        return _made(lake, current, paths, until)
    except (DamagedFile, FileNotFoundError):
        if not lake.store.doubt(paths):
            raise
    try:
        return _made(lake, current, paths, until)
    except FileNotFoundError as error:
        raise DamagedFile(f"A file of events is lost: {error.filename}.") from error


def _made(lake: Lake, current: Current, paths: Sequence[str], until: datetime | None) -> _Whole:
    connection = cursor(lake.root)
    try:
        _take_in(connection, lake.paths(list(paths)), current.workspace_id, until)
        last = _relate(connection, current.timezone)
        tables = {
            name: connection.execute(f"FROM whole_{name}").to_arrow_table()
            for name in (*RELATIONS, "journey_users")
        }
    finally:
        connection.close()
    return _Whole(tables, last)


def _take_in(
    connection: DuckDBPyConnection, files: list[str], workspace_id: int, until: datetime | None
) -> None:
    """Temp tables `events`, and `refusals`: the ids of replies with one of the negative phrases (METRICS §1)."""
    if not files:
        connection.execute(f"CREATE TEMP TABLE events AS {sql('answers', 'no_events')}")
        connection.execute("CREATE TEMP TABLE refusals (event_id VARCHAR)")
        return
    values: list[Any] = [files, workspace_id]
    rest = "FROM read_parquet(?) WHERE workspace_id = ?"
    if until is not None:
        rest, values = f"{rest} AND occurred_at <= ?", [*values, until]
    try:
        connection.execute(f"CREATE TEMP TABLE events AS SELECT {COLUMNS} {rest}", values)
        texts = connection.execute(
            f"SELECT event_id, reply_text {rest} AND event = 'replied' AND regexp_matches(reply_text, ?)",
            [*values, _PHRASES],
        ).fetchall()
    except EngineError as error:
        raise DamagedFile(f"A file of events cannot be read: {str(error).splitlines()[0]}") from error
    refused = [event_id for event_id, text in texts if classify(text) is not None]
    connection.execute("CREATE TEMP TABLE refusals AS SELECT unnest(?::VARCHAR[]) AS event_id", [refused])


def _relate(connection: DuckDBPyConnection, timezone: str) -> datetime | None:
    """Temp tables `whole_mails`, `whole_actions`, `whole_happenings`, `whole_journey_users`; the latest stamp."""
    make_fresh(connection)
    take_all(connection)
    connection.execute(f"CREATE TEMP TABLE messages AS {sql('marts', 'messages')}")
    connection.execute("CREATE TEMP VIEW sends AS FROM messages WHERE t0 IS NOT NULL")
    span = connection.execute("SELECT min(occurred_at), max(occurred_at) FROM events").fetchone()
    assert span is not None
    any_day = datetime(2020, 1, 1)  # noqa: DTZ001 (naive UTC, as the stamps are)
    local = local_time_sql(timezone, span[0] or any_day, span[1] or any_day)
    connection.execute(f"CREATE TEMP MACRO local_time(ts) AS {local}")
    for name in (*RELATIONS, "journey_users"):
        connection.execute(f"CREATE TEMP TABLE whole_{name} AS {sql('answers', name)}")
    last: datetime | None = span[1]
    return last
