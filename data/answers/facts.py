"""What happened in one workspace, as three relations every answer of this package is counted from.

`actions`: what was done towards a lead (an e-mail, a video message, a call …), one row each; `happenings`: what
came of them, one row an event, with the lead, campaign, user and step of its action; `mails`: the e-mails with
the first of everything that happened to each. All three are narrowed to the scope when they are made, and what
they were made of is dropped, so no answer can see beyond its scope. Local days are the workspace's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from data import manifest
from data.derive import make_states
from data.engines.duckdb import DuckDBPyConnection, EngineError, cursor, sql
from data.errors import DamagedFile
from data.lake import Lake
from data.manifest import Current
from data.question import WEEKLY, Query
from data.replies import classify
from data.scope import Scope
from data.zones import local_time_sql, zone

#: The columns of a segment that are needed here: those of the marts, and what tells a link, a reply, a bounce.
COLUMNS = (
    "workspace_id, event_id, event, channel, occurred_at, received_at, message_id, campaign, step, variation, "
    'lead, "user", sender, sender_provider, recipient_provider, machine, track_opens, track_clicks, sentiment, '
    "url, reply_category, bounce_kind"
)
_RELATIONS = ("mails", "actions", "happenings")
#: A week, where the dashboard's figures are asked for without a range (METRICS §5).
DEFAULT_DAYS = 7
FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2299, 12, 31)
#: Texts a person may have refused with; `classify` settles it on the part they wrote themselves.
_PHRASES = "(?i)spam|remove|not\\s+interested|take\\s+me|unsubscribe"


@dataclass
class Facts:
    """The relations of one workspace at one moment, and how to ask them."""

    connection: DuckDBPyConnection
    lake: Lake
    scope: Scope
    current: Current
    as_of: datetime
    #: Answers of the same query for every workspace of the scope, for figures that compare them.
    everywhere: Callable[[Query], list[dict[str, Any]]]
    relations: tuple[str, ...] = _RELATIONS
    _narrowed: tuple[Any, ...] | None = field(default=None)

    @property
    def today(self) -> date:
        """The local day of `as_of`."""
        return self.as_of.astimezone(zone(self.current.timezone)).date()

    def settled(self, query: Query) -> Query:
        """The query with the range that is in force: the dashboard's names look at the last 7 days."""
        if query.name not in WEEKLY:
            return query
        last = query.to or self.today if query.from_ is None else query.to or max(self.today, query.from_)
        first = query.from_ or last - timedelta(days=DEFAULT_DAYS - 1)
        return query.model_copy(update={"from_": first, "to": last})

    def rows(self, file: str, query: Query, **values: Any) -> list[tuple[Any, ...]]:
        """The rows of `data/answers/<file>.sql` over the relations, narrowed to what the query filters by."""
        self._narrow(query)
        text = sql("answers", file)
        values |= {"first": query.from_ or FIRST_DAY, "last": query.to or LAST_DAY}
        used = {name: value for name, value in values.items() if f"${name}" in text}
        return self.connection.execute(text, used).fetchall()

    def one(self, file: str, query: Query, **values: Any) -> dict[str, Any]:
        """The one row of a file, by column."""
        rows = self.rows(file, query, **values)
        names = [column[0] for column in self.connection.description or []]
        return dict(zip(names, rows[0], strict=True))

    def make(self, table: str, query: Query, **values: Any) -> None:
        """Temp table `table` of `data/answers/<table>.sql`, for files that build on it."""
        self._narrow(query)
        values |= {"first": query.from_ or FIRST_DAY, "last": query.to or LAST_DAY}
        text = f"CREATE OR REPLACE TEMP TABLE {table} AS {sql('answers', table)}"
        self.connection.execute(text, {name: value for name, value in values.items() if f"${name}" in text})

    def _narrow(self, query: Query) -> None:
        """The three relations as the query sees them: its campaign, user and providers, its kind of engagement."""
        wanted = {
            name: getattr(query, name)
            for name, anything in (
                ("campaign", None),
                ("user", None),
                ("sender_provider", "any"),
                ("recipient_provider", "any"),
            )
            if getattr(query, name) != anything
        }
        human = query.engagement == "human"
        key = (human, *sorted(wanted.items()))
        if key == self._narrowed:
            return
        self._narrowed = key
        seen = "human" if human else "all"
        where = [f'"{name}" = ${name}' for name in wanted]
        for relation in self.relations:
            columns = "*"
            if relation == "mails":
                columns = f"*, opened_{seen}_at as opened_at, clicked_{seen}_at as clicked_at"
            conditions = [*where, "not machine"] if human and relation == "happenings" else where
            self.connection.execute(
                f"CREATE OR REPLACE TEMP TABLE {relation} AS SELECT {columns} FROM all_{relation} "  # noqa: S608
                f"WHERE {' AND '.join(conditions) or 'true'}",
                wanted,
            )


@contextmanager
def open_facts(
    lake: Lake,
    scope: Scope,
    current: Current,
    as_of: datetime,
    everywhere: Callable[[Query], list[dict[str, Any]]],
    *,
    units: bool = False,
) -> Iterator[Facts]:
    """The facts of a workspace up to `as_of` (aware). Raises NotInScope, and DamagedFile when a segment is lost.

    `units`: with the relation of the rates' units too (units.sql), which few questions need.
    """
    scope.require(current.workspace_id)
    with manifest.read_only(lake.engine).begin() as database:
        pending = manifest.pending(database, [current.workspace_id], full=True).get(current.workspace_id)
    connection = cursor(lake.root)
    try:
        _take_in(connection, lake, current, [] if pending is None else pending.paths, as_of)
        relations = (*_RELATIONS, "units") if units else _RELATIONS
        _relate(connection, current.timezone, as_of, relations)
        _keep_scope(connection, scope, relations)
        yield Facts(connection, lake, scope, current, as_of, everywhere, relations)
    finally:
        connection.close()


def _take_in(
    connection: DuckDBPyConnection, lake: Lake, current: Current, paths: Sequence[str], as_of: datetime
) -> None:
    """Temp table `events`, and `refusals`: the ids of replies with one of the negative phrases (METRICS §1)."""
    files = [str(lake.path(path)) for path in paths]
    values = [files, current.workspace_id, as_of.astimezone(UTC).replace(tzinfo=None)]
    rest = "FROM read_parquet(?) WHERE workspace_id = ? AND occurred_at <= ?"
    if not files:
        connection.execute(f"CREATE TEMP TABLE events AS {sql('answers', 'no_events')}")
        connection.execute("CREATE TEMP TABLE refusals (event_id VARCHAR)")
        return
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


def _relate(connection: DuckDBPyConnection, timezone: str, as_of: datetime, relations: Sequence[str]) -> None:
    """Temp tables `all_mails`, `all_actions`, … of the whole workspace, and who sent each journey's last e-mail."""
    make_states(connection)
    connection.execute(f"CREATE TEMP TABLE sends AS {sql('marts', 'sends')}")
    now = as_of.astimezone(UTC).replace(tzinfo=None)
    span = connection.execute(
        "SELECT coalesce(min(occurred_at), $now), greatest(coalesce(max(occurred_at), $now), $now) FROM events",
        {"now": now},
    ).fetchone()
    assert span is not None
    local = local_time_sql(timezone, span[0], span[1])
    connection.execute(f"CREATE OR REPLACE TEMP MACRO local_time(ts) AS {local}")
    for relation in relations:
        connection.execute(f"CREATE TEMP TABLE all_{relation} AS {sql('answers', relation)}")
    connection.execute(f"CREATE TEMP TABLE journey_users AS {sql('answers', 'journey_users')}")
    for gone in ("events", "refusals", "messages", "hints", "lead_events", "sends"):
        connection.execute(f"DROP TABLE {gone}")


def _keep_scope(connection: DuckDBPyConnection, scope: Scope, relations: Sequence[str]) -> None:
    """Delete what the scope does not hold: from here on it is not there."""
    for relation in relations:
        if scope.user is not None:
            connection.execute(f'DELETE FROM all_{relation} WHERE "user" <> ?', [scope.user])  # noqa: S608
        if scope.campaigns is not None:
            connection.execute(
                f"DELETE FROM all_{relation} "  # noqa: S608
                "WHERE campaign NOT IN (SELECT unnest(?::VARCHAR[]))",
                [sorted(scope.campaigns)],
            )
