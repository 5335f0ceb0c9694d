"""The journeys an e-mail can be due in, found without reading all the others.

A forecast looks two weeks back and one ahead: a follow-up worked out from steps counts only while its wait ended no
earlier, so its last e-mail is no older than the longest wait before that; an older one matters only where the source
tells of a step to come. So a few columns of the messages tell which journeys there are, and `sequences`
(sequences.sql) is made of those: the same statement over fewer rows. What ended a journey stands beside its messages;
complaints and what went by other channels are read from the events, where there are any.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time, timedelta
from typing import Any, Final

import pyarrow.compute as pc

from data.answers.facts import Facts, held
from data.answers.sequences import leave_out_others, make_sequences, naive, narrow_plans
from data.answers.whole import COLUMNS
from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.kept_plans import Plans, into
from data.question import Query
from data.zones import local_time_sql

#: Follow-ups worked out from steps that did not come for so long: stopped elsewhere (due_emails.sql).
OVERDUE: Final = timedelta(days=14)
#: No zone is further from UTC, on either side, and a day for the day itself.
_ZONES: Final = timedelta(days=2)
_YEAR: Final = timedelta(days=366)
_FIRST: Final = datetime(1900, 1, 1)
_NEVER: Final = datetime(9999, 1, 1)
#: What is read of the messages.
_SENDS: Final = (
    'message_id, t0, lead, campaign, step, sender, "user", sender_provider, recipient_provider, '
    "bounced_at, replied_at, unsubscribed_at"
)
#: What happened to a journey, as sequences.sql asks for it.
_ENDED: Final = """
    SELECT lead, campaign, 'email' AS channel, 'replied' AS event, true AS human_reply FROM ends WHERE answered
    UNION ALL
    SELECT lead, campaign, 'email', 'unsubscribed', false FROM ends WHERE "left"
"""


@contextmanager
def under_way(
    facts: Facts, query: Query, plans: Plans, last: date, since: datetime
) -> Iterator[DuckDBPyConnection]:
    """A connection with `sequences` of at least every journey an e-mail can be due in by `last`, the plan's tables,
    `next_steps`, `first_steps`, `own_mails` (t0, sender of what the scope sees) and, from the moment `since` (naive)
    on, the macro local_time(ts)."""
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
    """The relations of sequences.sql over what is near, on a connection that knows nothing else."""

    def __init__(self, connection: DuckDBPyConnection, facts: Facts, query: Query, plans: Plans) -> None:
        self.connection, self.facts, self.query, self.plans = connection, facts, query, plans
        self.workspace_id = facts.current.workspace_id
        conditions = held(connection, facts.scope)
        self.seen = " AND ".join(conditions) or "true"
        for name in ("campaign", "user"):
            if getattr(query, name) is not None:
                connection.execute(f"SET VARIABLE asked_{name} = ?", [getattr(query, name)])
                conditions.append(f"\"{name}\" = getvariable('asked_{name}')")
        self.asked = " AND ".join(conditions) or "true"

    def make(self, last: date, since: datetime) -> bool:
        """Make all of it; False where the messages do not tell what is near: nothing of it may be used then."""
        layers = self.facts.files.current.layers if self.facts.files.as_published else ()
        files = [one.files["messages"].path for one in layers if "messages" in one.files]
        if not files:
            return False
        complaints, other_channels, by_machine = self._strays()
        if by_machine:
            return False
        self._open_sends(self.facts.lake.paths(files))
        into(self.connection, self.plans, ("campaigns", "steps", "mailboxes"))
        narrow_plans(self.connection, self.facts.scope, self.query, ("campaigns", "steps"))
        self.connection.register("all_journeys", self.plans.tables["journeys"])
        for name in ("next_steps", "first_steps", "ends"):
            self._make(name)
        self._make("told", last=last)
        near = self._near()
        self._tell_local_time(min(near, since))
        self._make("last_mails", since=near)
        self._relate(complaints, other_channels)
        self._make("sequences", now=naive(self.facts.as_of))
        leave_out_others(self.connection, self.facts.scope, self.query)
        return True

    def _make(self, name: str, **values: Any) -> None:
        self.connection.execute(f"CREATE TEMP TABLE {name} AS {sql('answers', name)}", values)

    def _events(self, columns: str) -> str:
        paths = _listed(self.facts.lake.paths(self.facts.files.segments))
        return f"SELECT {columns} FROM read_parquet({paths}) WHERE workspace_id = {self.workspace_id:d}"  # noqa: S608

    def _strays(self) -> tuple[bool, bool, bool]:
        events = self._events("event, channel, machine, sentiment")
        found = self.connection.execute(f"WITH events AS ({events}) {sql('answers', 'strays')}").fetchall()
        complaints, other_channels, by_machine = found[0]
        return complaints, other_channels, by_machine

    def _open_sends(self, files: list[str]) -> None:
        """Views `sends`, the e-mails that were sent; `own_mails`, those to be seen; `own_sends`, those asked for."""
        base, upper = _listed(files[:1]), _listed(files[1:])
        rows = (
            f"SELECT {_SENDS} FROM read_parquet({base}) "  # noqa: S608  paths of the manifest, numbers
            f"WHERE workspace_id = {self.workspace_id:d} AND t0 IS NOT NULL"
        )
        if files[1:]:
            self.connection.execute(
                f"CREATE TEMP TABLE newer AS SELECT {_SENDS} FROM read_parquet({upper}, filename = true) "  # noqa: S608
                f"WHERE workspace_id = {self.workspace_id:d} QUALIFY row_number() OVER "
                f"(PARTITION BY message_id ORDER BY list_position({upper}, filename) DESC) = 1"
            )
            rows = (
                f"SELECT * FROM ({rows}) ANTI JOIN newer USING (message_id) "  # noqa: S608
                "UNION ALL FROM newer WHERE t0 IS NOT NULL"
            )
        self.connection.execute(f"CREATE TEMP VIEW sends AS {rows}")
        for name, where in (("own_mails", self.seen), ("own_sends", self.asked)):
            self.connection.execute(f"CREATE TEMP VIEW {name} AS FROM sends WHERE {where}")

    def _near(self) -> datetime:
        """No e-mail sent before has a wait that is not long over, in any zone."""
        ((wait,),) = self.connection.execute("SELECT max(wait_days) FROM next_steps").fetchall()
        if wait is None:
            return _NEVER
        start = datetime.combine(self.facts.today, time()) - OVERDUE - _ZONES
        days = max(0.0, float(wait))
        return start - timedelta(days=days) if days < (start - _FIRST).days else _FIRST

    def _tell_local_time(self, first: datetime) -> None:
        """Right from a little before `first` and all that is told on; what is older is only known to be older."""
        journeys = self.plans.tables["journeys"]
        at, on = pc.min(journeys["next_step_at"]).as_py(), pc.min(journeys["next_step_on"]).as_py()
        told = [one for one in (at, on and datetime.combine(on, time())) if one is not None]
        now = naive(self.facts.as_of)
        local = local_time_sql(self.facts.current.timezone, min([now, first, *told]) - _ZONES, now + _YEAR)
        self.connection.execute(f"CREATE TEMP MACRO local_time(ts) AS {local}")

    def _relate(self, complaints: bool, other_channels: bool) -> None:
        """`mails`, `actions`, `happenings`, `journey_users`, and of the plan's journeys those that can matter."""
        run = self.connection.execute
        run(
            "CREATE TEMP TABLE plan_journeys AS FROM all_journeys "
            "WHERE (lead, campaign) IN (FROM told) OR lead IN (SELECT lead FROM last_mails)"
        )
        narrow_plans(self.connection, self.facts.scope, self.query, ("journeys",))
        run(f"CREATE TEMP VIEW mails AS FROM last_mails WHERE {self.asked}")
        run("CREATE TEMP VIEW journey_users AS FROM last_mails")
        actions, happenings = 'SELECT lead, campaign, t0, "user" FROM mails', _ENDED
        kinds = [
            condition
            for there, condition in (
                (complaints, "channel = 'email' AND event = 'complained'"),
                (other_channels, "channel <> 'email' AND event <> 'received'"),
            )
            if there
        ]
        if kinds:
            self._stray(kinds)
            seen = f"WHERE {self.asked}"
            actions += f' UNION ALL SELECT lead, campaign, t0, "user" FROM other_actions {seen}'
            happenings += (
                " UNION ALL SELECT lead, campaign, channel, event, human_reply FROM stray_happenings "
                f"{seen} AND NOT machine"
            )
        run(f"CREATE TEMP VIEW actions AS {actions}")
        run(f"CREATE TEMP VIEW happenings AS {happenings}")

    def _stray(self, kinds: Sequence[str]) -> None:
        """What does not stand beside the e-mails: made of those events as all of it is of all events (whole.py)."""
        run = self.connection.execute
        events = " UNION ALL ".join(f"{self._events(COLUMNS)} AND {kind}" for kind in kinds)
        run(f"CREATE TEMP TABLE events AS {events}")
        run(f"CREATE TEMP TABLE whole_mails AS {sql('answers', 'mails_of_strays')}")
        for name in ("other_actions", "by_lead"):
            self._make(name)
        run(f"CREATE TEMP VIEW stray_happenings AS {sql('answers', 'happenings')}")


def _listed(paths: Sequence[str]) -> str:
    return "[" + ", ".join("'" + path.replace("'", "''") + "'" for path in paths) + "]"
