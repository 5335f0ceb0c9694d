"""The default view's figures put straight to DuckDB over the messages mart: what the cubes are measured against.

Written as a developer would without cubes: one statement a tile and period, an in-memory DuckDB with two
threads, warm. Given as (figures, milliseconds), so that a bench can tell whether both say the same.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb

_DAY = "(sent_at AT TIME ZONE 'UTC' AT TIME ZONE $zone)::DATE"
_SENT = f"""
    SELECT {_DAY} AS day, count(*) FROM m WHERE sent_at BETWEEN $low AND $high
    GROUP BY 1 HAVING day BETWEEN $first AND $last"""
_OPEN = f"""
    SELECT {_DAY} AS day, count(opened_human_at), count(*) FROM m
    WHERE bounced_at IS NULL AND track_opens AND sent_at BETWEEN $low AND $high
    GROUP BY 1 HAVING day BETWEEN $first AND $last"""
#: A lead in a campaign counts from its first message; the first reply of all decides its sentiment.
_LEADS = """
    WITH j AS (
        SELECT lead, campaign, min(sent_at) AS sent_at, min(replied_at) AS replied_at,
            arg_min(sentiment, replied_at) AS sentiment
        FROM m WHERE bounced_at IS NULL GROUP BY lead, campaign
    )"""
_LEAD_RATE = f"""{_LEADS}
    SELECT {_DAY} AS day, count(*) FILTER (replied_at IS NOT NULL AND $kind IN ('any', sentiment)), count(*)
    FROM j WHERE sent_at BETWEEN $low AND $high GROUP BY 1 HAVING day BETWEEN $first AND $last"""
_CAMPAIGNS = f"""{_LEADS}
    SELECT campaign, count(replied_at), count(*) FROM j
    WHERE {_DAY} BETWEEN $first AND $last GROUP BY 1 ORDER BY 2 DESC"""
_COHORTS = f"""{_LEADS}, w AS (
        SELECT date_trunc('week', {_DAY}) AS cohort,
            date_trunc('week', (replied_at AT TIME ZONE 'UTC' AT TIME ZONE $zone)::DATE) AS replied
        FROM j WHERE sent_at >= $low
    )
    SELECT cohort, datediff('week', cohort, replied), count(*) FROM w GROUP BY 1, 2"""


class Facts:
    """The messages of one workspace, read from their files at every question as the naive page would."""

    def __init__(self, paths: Sequence[str], workspace_id: int, zone: str) -> None:
        self.zone = zone
        self.connection = duckdb.connect(config={"threads": 2})
        self.connection.execute("SET TimeZone = 'UTC'")
        self.connection.execute("SET parquet_metadata_cache = true")
        listed = ", ".join("'" + path.replace("'", "''") + "'" for path in paths)
        self.connection.execute(
            f"CREATE VIEW m AS FROM read_parquet([{listed}]) WHERE workspace_id = {workspace_id}"
        )

    def page(self, days: int = 28) -> tuple[dict[str, tuple[int, int]], float]:
        """Everything the default view shows of a period: ({figure: (n, base)}, milliseconds)."""
        begun = time.perf_counter()
        last = datetime.now(UTC).astimezone(ZoneInfo(self.zone)).date()
        first = last - timedelta(days=days - 1)
        found: dict[str, tuple[int, int]] = {}
        for period, start, end in (
            ("now", first, last),
            ("before", first - timedelta(days=days), first - timedelta(days=1)),
        ):
            sent = sum(row[1] for row in self._ask(_SENT, start, end))
            found[f"sent {period}"] = (sent, sent)
            found[f"open {period}"] = _total(self._ask(_OPEN, start, end))
            found[f"reply {period}"] = _total(self._ask(_LEAD_RATE, start, end, kind="any"))
            found[f"positive {period}"] = _total(self._ask(_LEAD_RATE, start, end, kind="positive"))
        self._ask(_CAMPAIGNS, first, last)
        self._ask(_COHORTS, last - timedelta(days=84), last)
        return found, 1_000 * (time.perf_counter() - begun)

    def close(self) -> None:
        """Let go of the files."""
        self.connection.close()

    def _ask(self, text: str, first: date, last: date, **more: str) -> list[tuple[Any, ...]]:
        values: dict[str, Any] = {
            "zone": self.zone,
            "first": first,
            "last": last,
            # A day's margin holds every time zone; row groups outside are skipped.
            "low": datetime.combine(first - timedelta(days=1), datetime.min.time()),
            "high": datetime.combine(last + timedelta(days=2), datetime.min.time()),
            **more,
        }
        used = {name: value for name, value in values.items() if f"${name}" in text}
        return self.connection.execute(text, used).fetchall()


def _total(rows: Sequence[tuple[Any, ...]]) -> tuple[int, int]:
    return sum(row[1] for row in rows), sum(row[2] for row in rows)
