"""Openings and clicks that are a machine's because of when they came (docs/numbers.md).

An opening within 3 seconds of the sending is a prefetch; a click within 5 seconds of the delivery, or within 10
seconds of a click on another link of the same e-mail (`burst_clicks`, data/marts/near.sql), is a security
gateway's. What the source says a person did is believed.
"""

from __future__ import annotations

from collections.abc import Container, Sequence
from datetime import datetime, timedelta
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


#: The reasons, as people are told them.
OPENED_AT_ONCE: Final = "it was opened within 3 seconds of the sending"
CLICKED_AT_ONCE: Final = "it was clicked within 5 seconds of the delivery"
CLICKED_IN_A_BURST: Final = "another link of the e-mail was clicked within 10 seconds"


def timing_reason(
    event: str,
    at: datetime,
    sent_at: datetime | None,
    delivered_at: datetime | None,
    burst_clicks: Container[datetime],
) -> str | None:
    """The same of one event that nobody vouches for, with the reason; None: its time says nothing.

    Times are all aware or all naive. `burst_clicks`: the moments of clicks that another link's click is near.
    """
    if event == "opened":
        start = sent_at or delivered_at
        return OPENED_AT_ONCE if start and start <= at <= start + timedelta(seconds=3) else None
    if event != "clicked":
        return None
    start = delivered_at or sent_at
    if start and start <= at <= start + timedelta(seconds=5):
        return CLICKED_AT_ONCE
    return CLICKED_IN_A_BURST if at in burst_clicks else None


def bursts(clicks: Sequence[tuple[datetime, str | None]]) -> frozenset[datetime]:
    """Of the clicks of one e-mail the moments within 10 seconds of a click on another link (near.sql)."""
    near = timedelta(seconds=10)
    return frozenset(
        at
        for at, url in clicks
        if url is not None
        and any(other != url and other is not None and abs(at - then) <= near for then, other in clicks)
    )


def make_by_timing(connection: DuckDBPyConnection) -> None:
    """The macro `by_timing`."""
    parameters = ", ".join(BY_TIMING_PARAMETERS)
    connection.execute(f"CREATE OR REPLACE TEMP MACRO by_timing({parameters}) AS {BY_TIMING}")
