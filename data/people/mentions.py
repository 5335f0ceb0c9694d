"""People mentioned in segments that contacts were not made of yet, and their figures in the marts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from data.answers.relations import Files
from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.lake import manifest
from data.lake.lake import Lake
from data.marts.counting import lead_sql, machine_sql, person_sql, rules_of
from data.marts.layers import attach, latest_sql
from data.scope import Scope

_COLUMNS: Final = 'event_id, event, channel, occurred_at, message_id, campaign, lead, "user", category'
#: An open or a reply may name its message alone: then it is the person's the message went to. ('~' begins the lead
#: of a message that names nobody.)
_NAMED: Final = (
    "SELECT e.* REPLACE (coalesce(e.lead, if(s.lead[1] = '~', null, s.lead)) AS lead) FROM stored_events AS e "
    "LEFT JOIN (SELECT message_id, lead FROM sends WHERE message_id IN "
    "(SELECT message_id FROM stored_events WHERE lead IS NULL)) AS s "
    "ON e.lead IS NULL AND e.message_id = s.message_id"
)
#: People handed over at a time.
PAGE: Final = 5_000


@dataclass(frozen=True, slots=True)
class Mentions:
    """What some segments say of one person. `left`: the event by which they unsubscribed or complained."""

    lead: str
    first_at: datetime
    last_at: datetime
    user: str | None
    campaigns: Sequence[str]
    left: tuple[str, datetime] | None


@dataclass(frozen=True, slots=True)
class Touch:
    """Mail that came in, or something a colleague did themselves."""

    event_id: str
    lead: str
    incoming: bool
    at: datetime


@dataclass(frozen=True, slots=True)
class MailFigures:
    """E-mails to one person: how many were sent and did not bounce, were opened, clicked and answered by people."""

    sent: int = 0
    opened: int = 0
    clicked: int = 0
    replied: int = 0
    positive: int = 0


@dataclass(frozen=True)
class People:
    """The people some segments mention."""

    seen: Sequence[Mentions] = ()
    touches: Sequence[Touch] = ()
    figures: dict[str, MailFigures] = field(default_factory=dict)


def people_in(lake: Lake, scope: Scope, workspace_id: int, paths: Sequence[str]) -> Iterator[People]:
    """The people of these segments (relative paths), with the figures of the published version of the marts.

    PAGE people at a time, in the order of their leads: what is held in memory does not grow with their number.
    Raises NotInScope. Times are aware UTC.
    """
    scope.require(workspace_id)
    if not paths:
        return
    with closing(cursor(lake.root, threads=1)) as connection:
        quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in lake.paths(list(paths)))
        with manifest.read_only(lake.engine).begin() as database:
            rules = rules_of(database, [workspace_id])
        connection.execute(
            f"CREATE TEMP TABLE stored_events AS SELECT {_COLUMNS} "  # noqa: S608
            f"FROM (SELECT * REPLACE ({lead_sql(rules)} AS lead) FROM read_parquet([{quoted}]) "
            f"WHERE workspace_id = {workspace_id:d})"
        )
        published = open_sends(connection, lake, workspace_id)
        connection.execute(f"CREATE TEMP VIEW new_events AS {_NAMED if published else 'FROM stored_events'}")
        connection.execute(f"CREATE TEMP TABLE seen AS {sql('people', 'seen')}")
        connection.execute(f"CREATE TEMP TABLE touches AS {sql('people', 'touches')}")
        if published:
            connection.execute(f"CREATE TEMP TABLE figures AS {sql('people', 'mail_figures')}")
        row = connection.execute("SELECT count(*) FROM seen").fetchone()
        count = 0 if row is None else int(row[0])
        for first in range(1, count + 1, PAGE):
            yield _page(connection, {"first": first, "last": first + PAGE - 1}, published=published)


def _page(connection: DuckDBPyConnection, numbers: Mapping[str, int], *, published: bool) -> People:
    seen = [
        Mentions(
            lead, _utc(first), _utc(last), user, campaigns or (), (left, _utc(left_at)) if left else None
        )
        for lead, first, last, user, campaigns, left, left_at in connection.execute(
            "SELECT * EXCLUDE (number) FROM seen WHERE number BETWEEN $first AND $last ORDER BY number",
            numbers,
        ).fetchall()
    ]
    touches = [
        Touch(event_id, lead, incoming, _utc(at))
        for event_id, lead, incoming, at in connection.execute(
            "SELECT touches.* FROM touches JOIN seen USING (lead) WHERE number BETWEEN $first AND $last",
            numbers,
        ).fetchall()
    ]
    if not published:
        return People(seen, touches)
    rows = connection.execute(
        "SELECT figures.* FROM figures JOIN seen USING (lead) WHERE number BETWEEN $first AND $last", numbers
    ).fetchall()
    return People(seen, touches, {lead: MailFigures(*counts) for lead, *counts in rows})


def open_events(connection: DuckDBPyConnection, lake: Lake, workspace_id: int, files: Files) -> None:
    """View `all_events`: what segments hold for one workspace, under its rules."""
    quoted = ", ".join("'" + path.replace("'", "''") + "'" for path in lake.paths(files.segments))
    rules = files.rules
    connection.execute(
        f"CREATE TEMP VIEW all_events AS SELECT * REPLACE ({lead_sql(rules)} AS lead, "  # noqa: S608  ours
        f"{machine_sql(rules)} AS machine), {person_sql(rules)} AS person "
        f"FROM read_parquet([{quoted}]) WHERE workspace_id = {workspace_id:d}"
    )


def open_sends(connection: DuckDBPyConnection, lake: Lake, workspace_id: int) -> bool:
    """View `sends`: the messages of the published version that were sent; False where none is published."""
    with manifest.read_only(lake.engine).begin() as database:
        current = manifest.current(database, [workspace_id])[workspace_id]
    if not current.version or current.damaged:
        return False
    if not attach(connection, lake, [(workspace_id, one) for one in current.layers], ["messages"]):
        return False
    single = sum("messages" in one.files for one in current.layers) == 1
    stored = latest_sql("messages", "stored_messages", single)
    connection.execute(f"CREATE TEMP VIEW sends AS FROM ({stored}) WHERE t0 IS NOT NULL")
    return True


def _utc(at: datetime) -> datetime:
    return at.replace(tzinfo=UTC)
