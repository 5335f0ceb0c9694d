"""Days whose published figures were corrected later: detected while a version is built, stored, and reported in
answers.

A day is closed when the published figures are complete up to a later one. An event restates it when it is
received more than CLOSED_AFTER_DAYS local days after it. For TELL_FOR, answers report which of the requested days
were restated, when, why, and by how many events. What arrives in due time (an open today of last month's e-mail)
is no correction: cohorts and rates are meant to grow.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, bindparam, delete, select

from data.building.engine import CLOSED_AFTER_DAYS, Stamps, Work
from data.engines.duckdb import DuckDBPyConnection, EngineError, sql
from data.lake.lake import Lake
from data.lake.manifest import utc
from data.marts.check_tables import restatement
from data.marts.layer_files import is_whole
from data.marts.layers import attach, uses_of
from data.marts.slices import COUNTS, FINE
from data.marts.zones import zone
from data.question import Query
from data.upsert import insert_for

logger = logging.getLogger(__name__)

#: How long an answer reports a correction, and how long it is stored.
TELL_FOR, KEEP_FOR = timedelta(days=14), timedelta(days=90)
#: Days kept of one version: someone who brings in years of history learns of the latest.
MOST_DAYS: Final = 1_000
_GRID_WEEKS: Final = 12


@dataclass(frozen=True)
class Restated:
    """A day of a workspace that a version corrects. `cause`: late, recategorised or rebuilt; `at` is aware.

    `events`: that correct it, by happening on it (`own`) or on what started on it.
    """

    workspace_id: int
    day: date
    cause: str
    events: int
    own: int
    at: datetime


def found(
    connection: DuckDBPyConnection, lake: Lake, work: Sequence[Work], stamps: Mapping[int, Stamps]
) -> list[Restated]:
    """What the version in `connection` (after data/marts/derive.py and data/marts/layer_files.py) corrects
    of the published one.

    Nothing came late and nothing is rebuilt: no statement is run.
    """
    published = [one for one in work if one.was.version and one.was.last_event_at is not None]
    late = [
        one
        for one in published
        if not one.full
        and (
            (one.was.workspace_id in stamps and stamps[one.was.workspace_id].late) or one.corrections.replies
        )
    ]
    if late:
        _close(connection, late)
        corrected = any(one.corrections.replies for one in late)
        now = datetime.now(UTC).replace(tzinfo=None).isoformat(" ")
        text = sql("marts", "restated").format(
            days=CLOSED_AFTER_DAYS,
            corrected="(FROM corrected_replies)" if corrected else "(FROM events LIMIT 0)",
            now=f"TIMESTAMP '{now}'",
        )
        rows = connection.execute(text).fetchall()
        return _latest(
            [
                Restated(workspace_id, day, cause, events, own, at.replace(tzinfo=UTC))
                for workspace_id, day, cause, events, own, at in rows
            ]
        )
    # With news it cannot be told what the rebuild corrects from what came in.
    rebuilt = [one for one in published if one.full and not one.news and is_whole(one.was)]
    return _latest(_differing(connection, lake, rebuilt)) if rebuilt else []


def _differing(connection: DuckDBPyConnection, lake: Lake, work: Sequence[Work]) -> list[Restated]:
    at = datetime.now(UTC)
    uses = uses_of((one.was.workspace_id, one.was.layers) for one in work)
    _close(connection, work)
    counts = COUNTS["units"]
    asked = sql("marts", "restated_by_rebuild").format(
        counts=", ".join(counts),
        taken_back=", ".join(f"-{name} AS {name}" for name in counts),
        any_differs=" OR ".join(f"sum({name}) <> 0" for name in counts),
        fine=FINE,
    )
    try:
        there = attach(connection, lake, uses, ["units"])
        rows = connection.execute(asked).fetchall() if there else []
    except EngineError as error:
        # Often the reason for the rebuild itself: a file is damaged.
        logger.warning("What a rebuild corrects cannot be told, the version before cannot be read: %s", error)
        return []
    return [Restated(row[0], row[1], row[2], row[3], row[4], at) for row in rows]


def _close(connection: DuckDBPyConnection, work: Sequence[Work]) -> None:
    """Temp table `closed`: per workspace its zone (as data/marts/derive.py numbers them) and what it is
    complete to."""
    days = [
        one.was.last_event_at.astimezone(zone(one.was.timezone)).date()
        for one in work
        if one.was.last_event_at is not None
    ]
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE closed AS SELECT workspace_id, zones.zone, day "
        "FROM (SELECT unnest(?) AS workspace_id, unnest(?::DATE[]) AS day) JOIN zones USING (workspace_id)",
        [[one.was.workspace_id for one in work], days],
    )


def _latest(rows: list[Restated]) -> list[Restated]:
    """At most MOST_DAYS days of each workspace."""
    kept: dict[int, list[Restated]] = {}
    for one in sorted(rows, key=lambda row: row.day, reverse=True):
        mine = kept.setdefault(one.workspace_id, [])
        if len(mine) < MOST_DAYS:
            mine.append(one)
    return [one for mine in kept.values() for one in mine]


def keep(connection: Connection, rows: Sequence[Restated]) -> None:
    """Store them, in the transaction that publishes the figures; events of one day and cause add up."""
    if not rows:
        return
    row = insert_for(connection, restatement)
    connection.execute(
        row.on_conflict_do_update(
            index_elements=[restatement.c.workspace_id, restatement.c.day, restatement.c.cause],
            set_={
                "events": restatement.c.events + row.excluded.events,
                "own": restatement.c.own + row.excluded.own,
                "at": row.excluded.at,
            },
        ),
        [vars(one) for one in rows],
    )


def forget(connection: Connection, at: datetime) -> int:
    """Remove what is no longer reported; returns how many rows."""
    return connection.execute(delete(restatement).where(restatement.c.at < at - KEEP_FOR)).rowcount


#: Asked for every page: see data/lake/manifest.py.
_LATELY: Final = select(restatement).where(
    restatement.c.workspace_id == bindparam("whose"), restatement.c.at > bindparam("since")
)


def lately(connection: Connection, workspace_id: int, moment: datetime) -> list[Restated]:
    """What answers of `moment` or later may report, for any day."""
    rows = connection.execute(_LATELY, {"whose": workspace_id, "since": moment - TELL_FOR})
    return [
        Restated(row.workspace_id, row.day, row.cause, row.events, row.own, at)
        for row in rows
        if (at := utc(row.at)) is not None
    ]


def touching(rows: Sequence[Restated], query: Query, today: date) -> list[dict[str, Any]]:
    """The `restated` of an answer: one entry per cause, for the restated days of the requested range.

    `events`: those that happened on these days. For a range that only holds what they are credited to, the
    largest number of any one day, because one event may correct several days.
    """
    if not rows or query.figure.dates == "ahead":
        return []
    first, last = query.from_, query.to
    if query.figure.dates == "weeks":
        first, last = today - timedelta(days=today.weekday(), weeks=_GRID_WEEKS - 1), None
    by_cause: dict[str, list[Restated]] = {}
    for one in rows:
        if (first is None or one.day >= first) and (last is None or one.day <= last):
            by_cause.setdefault(one.cause, []).append(one)
    return [
        {
            "from": min(one.day for one in some).isoformat(),
            "to": max(one.day for one in some).isoformat(),
            "at": max(one.at for one in some).isoformat().replace("+00:00", "Z"),
            "why": cause,
            "events": max(sum(one.own for one in some), *(one.events for one in some)),
        }
        for cause, some in sorted(by_cause.items())
    ]
