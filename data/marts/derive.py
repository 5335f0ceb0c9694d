"""From events to marts in one connection: the SQL of data/marts in its order. Nothing here names a file.

`take_all`: `events` → the states they produce by themselves (a full build, or a question about an earlier
moment). Or `make_fresh` and `take_known` (a refresh: the stored rows of the touched leads join in). `derive`: →
`messages`, `journeys`, `units`, `cohorts`, `activity`, `links`.

After a refresh these hold the touched leads only, and counts are differences: what the leads count now, less what
they counted before.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from data.engines.duckdb import DuckDBPyConnection, sql
from data.figures.units import hits_sql, units_sql, weeks_sql
from data.marts.activity_marts import ReadOld, count_activity, count_news
from data.marts.assigned import attributable
from data.marts.contracts import contracts
from data.marts.counting import NO_RULES, Rules, lead_sql, machine_sql, person_sql
from data.marts.layers import latest_sql
from data.marts.slices import DIMENSIONS, FINE, key_sql
from data.marts.timing import make_by_timing
from data.marts.zones import local_time_macro, make_zones, span, zone_names

#: The columns of a segment that these marts are made of; the rest (raw, texts) stays on the disk.
SEGMENT_COLUMNS = (
    "workspace_id, event_id, event, channel, occurred_at, received_at, message_id, campaign, step, variation, "
    'sender, lead, "user", sender_provider, recipient_provider, machine, machine_reason, track_opens, '
    "track_clicks, sentiment, reply_category, url, bounce_kind"
)


def event_columns(rules: Rules = NO_RULES) -> str:
    """The same as the marts know it, under the rules of these workspaces (data/marts/counting.py).

    `person`: the source says that a person did it, and is believed.
    """
    return (
        "workspace_id, event_id, event, channel, occurred_at, received_at, message_id, campaign, step, variation, "
        f'sender, {lead_sql(rules)} AS lead, "user", sender_provider, recipient_provider, '
        f"{machine_sql(rules)} AS machine, {person_sql(rules)} AS person, "
        "track_opens, track_clicks, sentiment, reply_category, url, bounce_kind"
    )


#: Where no workspace has rules of its own.
EVENT_COLUMNS = event_columns()
#: Nothing is known of any message: what `near.sql` is asked with where all events are there.
NOTHING_KNOWN = (
    "(SELECT workspace_id, message_id, occurred_at AS sent_at, occurred_at AS delivered_at "
    "FROM events LIMIT 0)"
)
_KEY = "USING (workspace_id, message_id)"
#: The marts a refresh reads back.
STATES = ("messages", "hints", "lead_events")
#: Puts the rows of a SELECT somewhere and gives a relation of them.
Keep = Callable[[str], str]


def make_fresh(connection: DuckDBPyConnection, *, corrected: bool = False) -> None:
    """Temp tables `near`, `fresh`, `fresh_hints` and `fresh_lead_events` of the temp table `events` alone.

    `corrected`: replies taken in before count as something else now (data/building/corrections.py): their messages
    are fresh, too, and so are those that name no message.
    """
    make_by_timing(connection)
    events, alone = "events", "events"
    if corrected:
        events = "(FROM events UNION ALL BY NAME FROM corrected_events)"
        alone = "(FROM events UNION ALL BY NAME FROM corrected_alone)"
    connection.execute(f"CREATE TEMP TABLE near AS {near_sql(events)}")
    connection.execute(f"CREATE TEMP TABLE fresh AS {states_sql(events)}")
    connection.execute(f"CREATE TEMP TABLE fresh_hints AS {sql('marts', 'hints')}")
    connection.execute(f"CREATE TEMP TABLE fresh_lead_events AS {lead_events_sql(alone)}")


def take_all(connection: DuckDBPyConnection) -> None:
    """`states`, `hints`, `lead_events` of `events`: nothing was known before. The states are looked at once, for
    the messages: no copy of so many texts is made.
    """
    make_by_timing(connection)
    connection.execute(f"CREATE TEMP TABLE near AS {near_sql()}")
    connection.execute(f"CREATE TEMP VIEW states AS {states_sql()}")
    connection.execute(f"CREATE TEMP TABLE hints AS {sql('marts', 'hints')}")
    connection.execute(f"CREATE TEMP TABLE lead_events AS {lead_events_sql()}")


def near_sql(events: str = "events", known: str = NOTHING_KNOWN) -> str:
    """SELECT of the messages whose openings or clicks may be a machine's by their timing."""
    return sql("marts", "near").format(events=events, known=known)


def states_sql(events: str = "events", near: str = "near") -> str:
    """SELECT of what events alone say of each message."""
    return sql("marts", "states").format(events=events, near=near)


def lead_events_sql(events: str = "events") -> str:
    """SELECT of the events that name no message."""
    return sql("marts", "lead_events").format(events=events)


def counted_sql(messages: str) -> str:
    """SELECT of the messages of a relation that were sent, as they count."""
    return sql("marts", "counted").format(messages=messages)


def messages_sql() -> str:
    """SELECT of the messages, of `states`, `hints` and `lead_events`."""
    return sql("marts", "messages").format(lead_events=attributable("lead_events"))


def sends_sql(messages: str) -> str:
    """The same, each with its combination of dimensions."""
    return sql("marts", "sends").format(messages=f"({counted_sql(messages)})")


def cube_sql(cube: str, counted: str) -> str:
    """SELECT of the rows of `units` or `cohorts`, of `unit_rows` and `combos`; `counted`: what a row adds."""
    text = sql("marts", cube)
    if cube == "units":
        return text.format(counts=units_sql(counted))
    return text.format(hits=hits_sql(), counts=weeks_sql(counted))


def take_known(
    connection: DuckDBPyConnection, stored: set[str], read_old: ReadOld, *, corrected: bool = False
) -> None:
    """`states`, `hints`, `lead_events`, `before`, `lead_events_before`: all of every lead the fresh events touch.

    `stored`: the marts there is a view `stored_<mart>` of (data/marts/layers.py). `read_old`, `corrected`: as in
    `derive`.
    """
    has_news = "SEMI JOIN fresh USING (workspace_id, message_id)"
    _find(connection, "known_hints", "hints", stored, has_news)
    connection.execute(f"CREATE TEMP TABLE hints AS {sql('marts', 'merge_hints')}")
    # First only under which leads these messages are filed: files are sorted by lead, so looking for messages reads
    # their columns from end to end, and these are three of forty. Whole rows are then read by lead.
    _find(connection, "filed", "messages", stored, has_news, columns="workspace_id, message_id, lead")
    connection.execute(f"CREATE TEMP TABLE touched AS {sql('marts', 'touched_leads')}")
    # A row may still lie in a layer under the lead it had then; the newer row that moved it says so in was_lead.
    moved = "WHERE was_lead IS NOT NULL AND (workspace_id, was_lead) IN (FROM touched)"
    of_leads = "SEMI JOIN touched USING (workspace_id, lead)"
    _find(connection, "before", "messages", stored, of_leads, moved, and_then=of_leads)
    _read_again(connection, read_old, corrected=corrected)
    connection.execute(f"CREATE TEMP VIEW known AS FROM before {has_news} ANTI JOIN reread {_KEY}")
    connection.execute(f"CREATE TEMP TABLE states AS {sql('marts', 'merge')}")
    silent = "SELECT workspace_id, message_id FROM before ANTI JOIN fresh USING (workspace_id, message_id)"
    columns = ", ".join(_columns(connection, "states"))
    connection.execute(
        f"INSERT INTO states BY NAME SELECT {columns} FROM before "  # noqa: S608  names of ours
        f"SEMI JOIN ({silent}) USING (workspace_id, message_id)"
    )
    _find(
        connection, "other_hints", "hints", stored, f"SEMI JOIN ({silent}) USING (workspace_id, message_id)"
    )
    connection.execute("INSERT INTO hints BY NAME FROM other_hints")
    connection.execute("CREATE TEMP TABLE lead_events AS FROM fresh_lead_events")
    _find(connection, "lead_events_before", "lead_events", stored, of_leads)
    connection.execute(
        "INSERT INTO lead_events BY NAME FROM lead_events_before "
        "ANTI JOIN fresh_lead_events USING (workspace_id, event_id)"
    )


def _read_again(connection: DuckDBPyConnection, read_old: ReadOld, *, corrected: bool) -> None:
    """Temp table `reread`, and `fresh` anew where what is stored of a message changes what is fresh."""
    connection.execute(f"CREATE TEMP TABLE reread AS {sql('marts', 'reread')}")
    if corrected:
        connection.execute(f"INSERT INTO reread FROM corrected_mails ANTI JOIN reread {_KEY}")
    again = connection.execute("SELECT 1 FROM reread LIMIT 1").fetchone() is not None
    events = "events"
    if again:
        read_old(connection, "reread", "reread_events")
        events = "(FROM events UNION ALL BY NAME FROM reread_events)"
    known = (
        f"(SELECT workspace_id, message_id, sent_at, delivered_at FROM before SEMI JOIN fresh {_KEY} "  # noqa: S608
        f"ANTI JOIN reread {_KEY})"
    )
    connection.execute(f"CREATE TEMP TABLE near_known AS {near_sql(events, known)}")
    some = "(SELECT 1 FROM near LIMIT 1) UNION ALL (SELECT 1 FROM near_known LIMIT 1)"
    if again or connection.execute(some).fetchone() is not None:
        connection.execute("DROP TABLE fresh")
        connection.execute(f"CREATE TEMP TABLE fresh AS {states_sql(events, 'near_known')}")


def derive(
    connection: DuckDBPyConnection,
    zones: Sequence[tuple[int, str]],
    *,
    read_old: ReadOld | None = None,
    keep: Keep | None = None,
    corrected: bool = False,
) -> None:
    """Temp tables `messages` and all that is counted of `states`, `hints`, `lead_events` and `events`.

    `zones`: (workspace id, time zone). `read_old`: this is a refresh; `before` is there too, and the cubes are
    differences. It reads old events (data/marts/activity_marts.py). `keep`: as in `derive_units`.
    `corrected`: as in `make_fresh`.
    """
    derive_units(connection, zones, refresh=read_old is not None, keep=keep)
    if read_old is None:
        count_activity(connection)
    else:
        count_news(connection, read_old, corrected=corrected)


def derive_units(
    connection: DuckDBPyConnection,
    zones: Sequence[tuple[int, str]],
    *,
    refresh: bool = False,
    keep: Keep | None = None,
) -> None:
    """The same without what is counted event by event: `messages`, `journeys`, `combos`, `units`, `cohorts`.

    `keep`: puts the rows of a SELECT somewhere and gives a relation of them; else messages are a temp table.
    """
    made = messages_sql()
    if keep is None:
        connection.execute(f"CREATE TEMP TABLE messages AS {made}")
    else:
        connection.execute(f"CREATE TEMP VIEW messages AS FROM {keep(made)}")
    count_units(connection, zones, refresh=refresh)


def count_units(
    connection: DuckDBPyConnection, zones: Sequence[tuple[int, str]], *, refresh: bool = False
) -> None:
    """Temp tables `journeys`, `combos`, `units` and `cohorts` of `messages`, as `derive` makes them."""
    make_zones(connection, zones)
    connection.execute(
        local_time_macro(zone_names(zones), *span(connection.execute(sql("marts", "span")).fetchone()))
    )
    dimensions = ", ".join(f'"{name}"' for name in DIMENSIONS)
    connection.execute(f"CREATE OR REPLACE TEMP MACRO combination({dimensions}) AS hash({dimensions})")
    combos = sql("marts", "combos").format(key=key_sql(FINE))
    if refresh:
        connection.execute(f"CREATE TEMP VIEW sends AS {sends_sql('before')}")
        connection.execute(f"CREATE TEMP TABLE journeys AS {sql('marts', 'journeys')}")
        connection.execute(f"CREATE TEMP TABLE unit_rows AS {sql('marts', 'unit_rows').format(sign=-1)}")
        connection.execute(f"CREATE TEMP TABLE combos_before AS {combos}")
        connection.execute("ALTER TABLE journeys RENAME TO journeys_before")
        connection.execute(f"CREATE TEMP VIEW sends_before AS {sends_sql('before')}")
    connection.execute(f"CREATE OR REPLACE TEMP VIEW sends AS {sends_sql('messages')}")
    connection.execute(f"CREATE TEMP TABLE journeys AS {sql('marts', 'journeys')}")
    verb = "INSERT INTO unit_rows" if refresh else "CREATE TEMP TABLE unit_rows AS"
    connection.execute(f"{verb} {sql('marts', 'unit_rows').format(sign=1)}")
    connection.execute(f"CREATE TEMP TABLE combos AS {combos}")
    if refresh:
        connection.execute("INSERT INTO combos FROM combos_before ANTI JOIN combos USING (workspace_id, h)")
    counted = "sum(sign)" if refresh else "count(*)"
    for cube in ("units", "cohorts"):
        connection.execute(f"CREATE TEMP TABLE {cube} AS {cube_sql(cube, counted)}")
    connection.execute("DROP TABLE unit_rows")


def _find(
    connection: DuckDBPyConnection,
    name: str,
    mart: str,
    stored: set[str],
    *chosen: str,
    columns: str = "*",
    and_then: str = "",
) -> None:
    """Temp table `name`: the latest stored rows of a mart that one of `chosen` (joins or conditions) picks.

    `columns`: of them, its keys among these. `and_then`: what the latest rows must be, too. Nothing stored: an
    empty table.
    """
    if mart not in stored:
        found = f"FROM ({contracts()[mart].empty})"
    else:
        wanted = columns if columns == "*" else f"{columns}, layer"
        picked = " UNION ".join(f"SELECT {wanted} FROM stored_{mart} {part}" for part in chosen)  # noqa: S608
        latest = latest_sql(mart, "picked")
        found = f"FROM (WITH picked AS MATERIALIZED ({picked}) FROM ({latest})) {and_then}"
    connection.execute(f"CREATE TEMP TABLE {name} AS SELECT {columns} {found}")


def _columns(connection: DuckDBPyConnection, table: str) -> list[str]:
    return [f'"{row[0]}"' for row in connection.execute(f"DESCRIBE {table}").fetchall()]
