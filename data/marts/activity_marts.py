"""The marts of what happened from events and messages, inside one connection (data/marts/happened*.sql).

What an event counts as hangs on its message, so a refresh counts three things: the fresh events under what their
messages are now; the sendings, and the events that name a lead alone, of the touched leads, before and after; and
the old events of the few messages that are something else now, taken back and counted anew. Only these last are
read back from segments, and only when there are any.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from data.engines.duckdb import DuckDBPyConnection, sql
from data.marts.assigned import attributable
from data.marts.timing import make_by_timing

#: Makes a temp table (the second name) of the events taken in by earlier versions, of the messages in
#: another (the first).
ReadOld = Callable[[DuckDBPyConnection, str, str], None]
#: What a refresh must look at: which of both have rows.
_ASKED: Final = (
    "(SELECT 'moved' FROM moved LIMIT 1) UNION ALL (SELECT 'lead_events' FROM lead_events LIMIT 1)"
)


def count_activity(connection: DuckDBPyConnection) -> None:
    """Temp tables `activity`, `links` of `events`, `sends`, `lead_events`, `combos`, `zones`
    (data/marts/derive.py)."""
    _count(connection, sendings_sql(), happened_sql(lead_events=True))


def count_news(connection: DuckDBPyConnection, read_old: ReadOld) -> None:
    """The same after a refresh: differences. `before` is there too, and `sends_before` as `sends` is of it."""
    connection.execute(f"CREATE TEMP TABLE moved AS {sql('marts', 'moved')}")
    there = {row[0] for row in connection.execute(_ASKED).fetchall()}
    moved, by_lead = "moved" in there, "lead_events" in there
    found = [happened_sql(lead_events=by_lead)]
    if by_lead:
        connection.execute(
            "CREATE TEMP VIEW lead_events_before AS FROM lead_events "
            "ANTI JOIN fresh_lead_events USING (workspace_id, event_id)"
        )
        happened = sql("marts", "happened_by_lead")
        found.append(
            happened.format(lead_events=attributable("lead_events_before"), sends="sends_before", sign=-1)
        )
    if moved:
        read_old(connection, "moved", "old_events")
        happened = sql("marts", "happened")
        found.append(happened.format(events="old_events", sends="sends_before", sign=-1))
        found.append(happened.format(events="old_events", sends="sends", sign=1))
    before = sql("marts", "sendings").format(sends="sends_before", sign=-1)
    _count(connection, _together([sendings_sql(), before]), _together(found))


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
