"""The marts of what happened from events and messages, inside one connection (data/marts/happened*.sql).

What an event counts as hangs on its message, so a refresh counts three things: the fresh events under what their
messages are now; the sendings, and the events that name a lead alone, of the touched leads, before and after; and
the old events of the few messages that are something else now, taken back and counted anew. Only these last are
read back from segments, and only when there are any.
"""

from __future__ import annotations

from typing import Final, Protocol

from data.engines.duckdb import DuckDBPyConnection, sql
from data.marts.assigned import attributable
from data.marts.timing import make_by_timing


class ReadOld(Protocol):
    """Reads events taken in by earlier versions."""

    def __call__(
        self, connection: DuckDBPyConnection, wanted: str, into: str, *, alone: bool = False
    ) -> None:
        """Temp relation `into` of the events of the messages in the relation `wanted` (workspace_id, message_id,
        first_at, last_at), and `<into>_before` of the same events as the version before counts them: replies may
        have been corrected since. `alone`: of the events in `wanted` (event_id for message_id) that name no
        message.
        """


#: What a refresh must look at: which of both have rows.
_ASKED: Final = (
    "(SELECT 'moved' FROM moved LIMIT 1) UNION ALL (SELECT 'lead_events' FROM lead_events LIMIT 1)"
)


def count_activity(connection: DuckDBPyConnection) -> None:
    """Temp tables `activity`, `links` and a view `timeline` of `events`, `sends`, `lead_events`, `combos`, `zones`
    (data/marts/derive.py)."""
    _count(connection, sendings_sql(), happened_sql(lead_events=True))
    connection.execute(f"CREATE TEMP VIEW shown AS {shown_sql()}")
    connection.execute(f"CREATE TEMP VIEW timeline AS {timeline_sql()}")


def count_news(connection: DuckDBPyConnection, read_old: ReadOld, *, corrected: bool = False) -> None:
    """The same after a refresh: differences. `before` and `lead_events_before` are there too, and `sends_before` as
    `sends` is of it. `corrected`: as in data/marts/derive.py."""
    connection.execute(f"CREATE TEMP TABLE moved AS {sql('marts', 'moved')}")
    if corrected:  # also where all there was is a reply that did not count
        connection.execute(
            "INSERT INTO moved FROM corrected_mails ANTI JOIN moved USING (workspace_id, message_id)"
        )
    there = {row[0] for row in connection.execute(_ASKED).fetchall()}
    moved, by_lead = "moved" in there, "lead_events" in there
    found = [happened_sql(lead_events=by_lead)]
    shown = [shown_sql(lead_events=by_lead)]
    if by_lead:
        happened = sql("marts", "happened_by_lead")
        found.append(
            happened.format(lead_events=attributable("lead_events_before"), sends="sends_before", sign=-1)
        )
        told = sql("marts", "shown_by_lead")
        shown.append(
            told.format(lead_events=attributable("lead_events_before"), sends="sends_before", sign=-1)
        )
    if moved:
        read_old(connection, "moved", "old_events")
        happened = sql("marts", "happened")
        found.append(happened.format(events="old_events_before", sends="sends_before", sign=-1))
        found.append(happened.format(events="old_events", sends="sends", sign=1))
        told = sql("marts", "shown")
        shown.append(told.format(events="old_events_before", sends="sends_before", sign=-1))
        shown.append(told.format(events="old_events", sends="sends", sign=1))
    before = sql("marts", "sendings").format(sends="sends_before", sign=-1)
    _count(connection, _together([sendings_sql(), before]), _together(found))
    connection.execute(f"CREATE TEMP VIEW shown AS {_together(shown)}")
    connection.execute(f"CREATE TEMP TABLE timeline AS {timeline_sql(netted=True)}")


def sendings_sql() -> str:
    """SELECT of every sending."""
    return sql("marts", "sendings").format(sends="sends", sign=1)


def happened_sql(*, lead_events: bool) -> str:
    """SELECT of everything else that happened; whether any of it names a lead alone."""
    found = [sql("marts", "happened").format(events="events", sends="sends", sign=1)]
    if lead_events:
        happened = sql("marts", "happened_by_lead")
        found.append(happened.format(lead_events=attributable("lead_events"), sends="sends", sign=1))
    return _together(found)


def shown_sql(*, lead_events: bool = True) -> str:
    """SELECT of what the timeline shows of e-mails; whether any of it names a lead alone."""
    found = [sql("marts", "shown").format(events="events", sends="sends", sign=1)]
    if lead_events:
        shown = sql("marts", "shown_by_lead")
        found.append(shown.format(lead_events=attributable("lead_events"), sends="sends", sign=1))
    return _together(found)


def timeline_sql(*, netted: bool = False) -> str:
    """SELECT of the mart, of `shown`. `netted`: of differences; else every row is one event."""
    grouped = "group by all having sum(sign) <> 0" if netted else ""
    return sql("marts", "timeline").format(counted="sum(sign)::integer" if netted else "1", grouped=grouped)


def _count(connection: DuckDBPyConnection, sendings: str, happened: str) -> None:
    make_by_timing(connection)
    connection.execute(f"CREATE TEMP VIEW sendings AS {sendings}")
    connection.execute(f"CREATE TEMP TABLE happened AS {happened}")
    for mart in ("activity", "links"):
        connection.execute(f"CREATE TEMP TABLE {mart} AS {sql('marts', mart)}")
    connection.execute("DROP TABLE happened")


def _together(selects: list[str]) -> str:
    """One SELECT of the rows of all."""
    return " UNION ALL ".join(f"({one.rstrip()}\n)" for one in selects)
