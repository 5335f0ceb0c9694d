"""A workspace's campaigns week by week, each as it stood at the same moment of its own; what bounced lately."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np

from data.engines.duckdb import DuckDBPyConnection, cursor, sql
from data.lake import manifest
from data.lake.lake import Lake
from data.marts.layers import attach, latest_sql
from data.query.falls import WEEKS, Counts
from data.scope import Scope


@dataclass(frozen=True)
class Weeks:
    """Journeys by week (row 0 the last one) and day before now, and how many were answered; see falls.fall."""

    base: Counts
    replied: Counts


@dataclass(frozen=True)
class Watched:
    """The campaigns of a workspace by name; e-mails of the last seven days and how many bounced."""

    campaigns: dict[str, Weeks]
    sent: int = 0
    bounced: int = 0


def watched(lake: Lake, scope: Scope, workspace_id: int, moment: datetime) -> Watched:
    """What the published marts say at `moment`; nothing where there are none. Raises NotInScope, READ_ERRORS."""
    scope.require(workspace_id)
    at = {"moment": moment.astimezone(UTC).replace(tzinfo=None)}
    with manifest.read_only(lake.engine).begin() as database:
        current = manifest.current(database, [workspace_id])[workspace_id]
    if not current.version or current.damaged:
        return Watched({})
    with closing(cursor(lake.root, threads=1)) as connection:
        uses = [(workspace_id, one) for one in current.layers]
        there = attach(connection, lake, uses, ["journeys", "messages"])
        if not {"journeys", "messages"} <= there:
            return Watched({})
        rows = connection.execute(
            sql("queries", "campaign_weeks").format(journeys=_latest("journeys", current)), at
        ).fetchall()
        sent, bounced = _one(
            connection, sql("queries", "bounced_lately").format(messages=_latest("messages", current)), at
        )
    campaigns: dict[str, Weeks] = {}
    for campaign, week, day, base, replied in rows:
        weeks = campaigns.setdefault(campaign, Weeks(_zeros(), _zeros()))
        weeks.base[week, day], weeks.replied[week, day] = base, replied
    return Watched(campaigns, sent, bounced)


def _latest(mart: str, current: manifest.Current) -> str:
    single = sum(mart in one.files for one in current.layers) == 1
    rows = latest_sql(mart, f"stored_{mart}", single)
    return f"({rows})" if mart == "messages" else f"(FROM ({rows}) WHERE messages > 0)"


def _one(connection: DuckDBPyConnection, statement: str, values: dict[str, datetime]) -> tuple[int, int]:
    row = connection.execute(statement, values).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def _zeros() -> Counts:
    return np.zeros((WEEKS + 1, 7), np.int64)
