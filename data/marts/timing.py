"""Openings and clicks that are a machine's because of when they came (docs/numbers.md).

An opening within 3 seconds of the sending is a prefetch; a click within 5 seconds of the delivery, or within 10
seconds of a click on another link of the same e-mail (`burst_clicks`, data/marts/near.sql), is a security
gateway's. What the source says a person did is believed.
"""

from __future__ import annotations

from typing import Final

from data.engines.duckdb import DuckDBPyConnection

#: Whether an opening or a click is a machine's because of when it came, of one event and its message.
BY_TIMING_PARAMETERS: Final = ("event", "stamp", "person", "sent_at", "delivered_at", "burst_clicks")
BY_TIMING: Final = (
    "NOT person AND CASE event "
    "WHEN 'opened' THEN coalesce(stamp BETWEEN coalesce(sent_at, delivered_at) "
    "AND coalesce(sent_at, delivered_at) + INTERVAL 3 SECOND, false) "
    "WHEN 'clicked' THEN coalesce(stamp BETWEEN coalesce(delivered_at, sent_at) "
    "AND coalesce(delivered_at, sent_at) + INTERVAL 5 SECOND, false) OR "
    "coalesce(list_contains(burst_clicks, stamp), false) "
    "ELSE false END"
)


def make_by_timing(connection: DuckDBPyConnection) -> None:
    """The macro `by_timing`."""
    parameters = ", ".join(BY_TIMING_PARAMETERS)
    connection.execute(f"CREATE OR REPLACE TEMP MACRO by_timing({parameters}) AS {BY_TIMING}")
