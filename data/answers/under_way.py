"""The journeys an e-mail can be due in, found without reading all the others.

A forecast looks two weeks back and one ahead. A follow-up derived from steps counts only if its wait ended no
earlier, so its last e-mail is no older than the longest wait before that; an older one matters only where the
source announces a step to come. So a few columns of the messages show which journeys these are, and `sequences`
(sequences.sql) is made of those, by the same statement. What ended a journey stands beside its messages;
complaints and other channels are read from the events, where there are any.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import pyarrow.compute as pc

from data.answers.facts import Facts
from data.answers.sequences import leave_out_others, make_sequences, naive, sequences_sql
from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.marts.counting import machine_sql
from data.marts.derive import event_columns
from data.marts.timing import make_by_timing
from data.marts.zones import local_time_sql
from data.plans.cache import Plans, into
from data.question import Query

#: Follow-ups worked out from steps that did not come for so long: stopped elsewhere (due_emails.sql).
OVERDUE: Final = timedelta(days=14)
#: No zone is further from UTC, on either side, and a day for the day itself.
_ZONES: Final = timedelta(days=2)
_YEAR: Final = timedelta(days=366)
_FIRST: Final = datetime.combine(date(1900, 1, 1), time())
_NEVER: Final = datetime.combine(date(9999, 1, 1), time())
#: What is read of the messages.
_SENDS: Final = (
    'message_id, t0, lead, campaign, step, sender, "user", sender_provider, recipient_provider, '
    "bounced_at, replied_at, unsubscribed_at, failed_at IS NULL AND bounced_at IS NULL AS eligible, sent_at, "
    "delivered_at, burst_clicks, track_opens, track_clicks, first_bounced_at"
)


@contextmanager
def under_way(
    facts: Facts, query: Query, plans: Plans, last: date, since: datetime
) -> Iterator[DuckDBPyConnection]:
    """A connection with `sequences` of at least every journey an e-mail can be due in by `last`, the plan's
    tables, `next_steps`, `first_steps`, `own_mails` (t0, sender: what the scope sees) and, from the moment `since`
    (naive) on, the macro local_time(ts)."""
    connection = cursor(facts.lake.root)
    try:
        if _Near(connection, facts, query, plans).make(last, since):
            yield connection
            return
    finally:
        connection.close()
    make_sequences(facts, query, plans)
    facts.make("next_steps", query)
    facts.make("first_steps", query)
    facts.connection.execute("CREATE OR REPLACE TEMP VIEW own_mails AS SELECT t0, sender FROM all_mails")
    yield facts.connection


class _Near:
    """`sequences` of the nearby journeys, on a connection with nothing else."""

    def __init__(self, connection: DuckDBPyConnection, facts: Facts, query: Query, plans: Plans) -> None:
        self.connection, self.facts, self.query, self.plans = connection, facts, query, plans
        self.workspace_id = facts.current.workspace_id
        scope = facts.scope
        asked = None if query.campaign is None else {query.campaign}
        self.seen = _condition(scope.campaigns, scope.user)
        self.asked = f"{self.seen} AND {_condition(asked, query.user)}"
        self.campaigns = f"{_condition(scope.campaigns, None)} AND {_condition(asked, None)}"

    def make(self, last: date, since: datetime) -> bool:
        """Build all of it; False where the messages do not show what is near: nothing of it may be used then."""
        layers = self.facts.files.current.layers if self.facts.files.as_published else ()
        files = [one.files["messages"].path for one in layers if "messages" in one.files]
        if not files:
            return False
        complaints, other_channels, by_machine = self._strays()
        if by_machine:
            return False
        run = self.connection.execute
        sends = _Sends(self.connection, self.facts.lake.paths(files), self.workspace_id)
        into(self.connection, self.plans, ("campaigns", "steps", "mailboxes"))
        self.connection.register("journeys_told", self.plans.tables["journeys"])
        run(f"CREATE TEMP VIEW planned AS FROM journeys_told WHERE {self.campaigns}")
        self._make("next_steps")
        self._make("first_steps")
        self._make("told", last=last)
        near = self._near()
        self._tell_local_time(min(near, since))
        sends.view("own_mails", self.seen)
        # A message without a lead belongs to nobody's journey.
        sends.view(
            "near_sends",
            f"(t0 >= TIMESTAMP '{near}' OR lead IN (SELECT lead FROM told)) "  # noqa: S608  a moment, conditions of ours
            f"AND NOT starts_with(lead, '~') AND {self.campaigns}",
        )
        sends.view(
            "ending_sends",
            "(bounced_at IS NOT NULL OR replied_at IS NOT NULL OR unsubscribed_at IS NOT NULL) "
            f"AND NOT starts_with(lead, '~') AND {self.asked}",
        )
        self._make("last_mails")
        self._make("ends")
        run("CREATE TEMP VIEW journey_users AS FROM last_mails")
        self._stray(sends, complaints, other_channels)
        self._make("sequences", sequences_sql("near_journeys"), now=naive(self.facts.as_of))
        leave_out_others(self.connection, self.facts.scope, self.query)
        return True

    def _make(self, name: str, select: str | None = None, **values: Any) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {select or sql('answers', name)}", values)

    def _events(self, columns: str) -> str:
        paths = _listed(self.facts.lake.paths(self.facts.files.segments))
        return f"SELECT {columns} FROM read_parquet({paths}) WHERE workspace_id = {self.workspace_id:d}"  # noqa: S608

    def _strays(self) -> tuple[bool, bool, bool]:
        rules = self.facts.files.rules
        machine = f"{machine_sql(rules)} AS machine" if rules else "machine"
        events = self._events(f"event, channel, {machine}, sentiment")
        found = self.connection.execute(f"WITH events AS ({events}) {sql('answers', 'strays')}").fetchall()
        complaints, other_channels, by_machine = found[0]
        return complaints, other_channels, by_machine

    def _near(self) -> datetime:
        """Every e-mail sent before this has a wait that ended long ago, in any time zone."""
        ((wait,),) = self.connection.execute("SELECT max(wait_days) FROM next_steps").fetchall()
        if wait is None:
            return _NEVER
        start = datetime.combine(self.facts.today, time()) - OVERDUE - _ZONES
        days = max(0.0, float(wait))
        return start - timedelta(days=days) if days < (start - _FIRST).days else _FIRST

    def _tell_local_time(self, first: datetime) -> None:
        """Exact from just before `first` onwards; earlier moments are only known to be earlier."""
        journeys = self.plans.tables["journeys"]
        at, on = pc.min(journeys["next_step_at"]).as_py(), pc.min(journeys["next_step_on"]).as_py()
        told = [one for one in (at, on and datetime.combine(on, time())) if one is not None]
        now = naive(self.facts.as_of)
        local = local_time_sql(self.facts.current.timezone, min([now, first, *told]) - _ZONES, now + _YEAR)
        self.connection.execute(f"CREATE TEMP MACRO local_time(ts) AS {local}")
        make_by_timing(self.connection)

    def _stray(self, sends: _Sends, complaints: bool, other_channels: bool) -> None:
        """`other_acts`, and what does not stand beside the e-mails into `ends`: made of those events as all of it
        is made of all events (relations.py)."""
        run = self.connection.execute
        kinds = {
            "channel = 'email' AND event = 'complained'": complaints,
            "channel <> 'email' AND event <> 'received'": other_channels,
        }
        events = " UNION ALL ".join(
            f"{self._events(event_columns(self.facts.files.rules))} AND {kind}"
            for kind, some in kinds.items()
            if some
        )
        acts = "SELECT '' AS lead, '' AS campaign, NULL::TIMESTAMP AS t0, NULL::VARCHAR AS \"user\" LIMIT 0"
        if events:
            run(f"CREATE TEMP TABLE events AS {events}")
            sends.view("sends", "true")
            self._make("whole_mails", sql("answers", "mails_of_strays"))
            self._make("other_actions")
            self._make("by_lead")
            run(
                f"CREATE TEMP VIEW stray_happenings AS FROM ({sql('answers', 'happenings')}) WHERE {self.asked}"
            )
            run(f"INSERT INTO ends {sql('answers', 'stray_ends')}")
            acts = (
                'SELECT lead, campaign, max(t0) AS t0, max("user") AS "user" FROM other_actions '  # noqa: S608
                f"WHERE {self.asked} GROUP BY ALL"
            )
        run(f"CREATE TEMP VIEW other_acts AS {acts}")


class _Sends:
    """The messages of a version that were sent, from its layers: of each message the row of the latest."""

    def __init__(self, connection: DuckDBPyConnection, paths: Sequence[str], workspace_id: int) -> None:
        self._connection = connection
        own = f"WHERE workspace_id = {workspace_id:d}"
        self._base = f"SELECT {_SENDS} FROM read_parquet({_listed(paths[:1])}) {own} AND t0 IS NOT NULL"  # noqa: S608
        self._layered = len(paths) > 1
        if self._layered:
            upper = _listed(paths[1:])
            latest = f"PARTITION BY message_id ORDER BY list_position({upper}, filename) DESC"
            connection.execute(
                f"CREATE TEMP TABLE newer AS SELECT {_SENDS} FROM read_parquet({upper}, filename = true) {own} "  # noqa: S608
                f"QUALIFY row_number() OVER ({latest}) = 1"
            )

    def view(self, name: str, where: str) -> None:
        """Temp view `name` of the rows a condition holds for; it is asked before older rows are left out."""
        rows = f"{self._base} AND {where}"
        if self._layered:
            rows = (
                f"SELECT * FROM ({rows}) ANTI JOIN newer USING (message_id) "  # noqa: S608  names of ours
                f"UNION ALL FROM newer WHERE t0 IS NOT NULL AND {where}"
            )
        self._connection.execute(f"CREATE TEMP VIEW {name} AS {rows}")


def _condition(campaigns: Iterable[str] | None, user: str | None) -> str:
    """On columns `campaign` and `user`; None does not narrow."""
    found = []
    if campaigns is not None:
        found.append(f"list_contains({_listed(sorted(campaigns))}::VARCHAR[], campaign)")
    if user is not None:
        found.append(f'list_contains({_listed([user])}, "user")')
    return " AND ".join(found) or "true"


def _listed(texts: Sequence[str]) -> str:
    """A list of texts as SQL says it."""
    return "[" + ", ".join("'" + one.replace("'", "''") + "'" for one in texts) + "]"
