"""Failed checks of workspaces: recorded, reported, retried after a while, and closed once the workspace is well.

A workspace with an open failure stays at its version. It is rebuilt from its segments, first after five minutes,
then at growing intervals; until then its events wait, and viewers do not trigger a retry.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import Connection, Engine, case, delete, func, insert, select, update

from data.lake import publishing
from data.lake.manifest import utc
from data.lake.tables import mart_version
from data.marts.check_tables import check_failure
from data.marts.checks import Finding, sample_of, told

logger = logging.getLogger(__name__)

#: When to retry a failed workspace; doubled at each attempt.
RETRY_AFTER, RETRY_AT_MOST = timedelta(minutes=5), timedelta(hours=6)
#: How long closed failures are kept for whoever asks what happened.
KEEP_CLOSED: Final = timedelta(days=30)


@dataclass(frozen=True)
class Failure:
    """A check that failed for a workspace. `version`: where it stays. `sample`: a few bad rows."""

    workspace_id: int
    mart: str
    check: str
    stage: str
    version: int
    rows: int
    sample: list[dict[str, object]]
    wrong: str
    todo: str
    tries: int
    found_at: datetime
    seen_at: datetime
    retry_at: datetime
    closed_at: datetime | None


def record(
    engine: Engine,
    found: Mapping[int, Sequence[Finding]],
    stage: str,
    versions: Mapping[int, int],
    *,
    at: datetime | None = None,
    wait: bool = True,
) -> set[int]:
    """Record what the checks found, one open row per workspace and check; with `wait` the next attempt is
    delayed.

    `versions`: the versions that were checked or built on. Where another version was published meanwhile, the
    findings say nothing about the current figures and are dropped. Returns the workspaces they were recorded for.
    """
    at = at or datetime.now(UTC)
    with engine.begin() as connection:
        moved = publishing.locked_overtaken(connection, {i: versions.get(i, 0) for i in found})
        found = {i: findings for i, findings in found.items() if i not in moved}
        for workspace_id, findings in found.items():
            open_ = {
                (row.mart, row.name): row
                for row in connection.execute(
                    select(check_failure).where(
                        check_failure.c.workspace_id == workspace_id, check_failure.c.closed_at.is_(None)
                    )
                )
            }
            tries = 1 + max((row.tries for row in open_.values()), default=0)
            again = at + (min(RETRY_AFTER * 2 ** min(tries - 1, 10), RETRY_AT_MOST) if wait else timedelta())
            # What failed before and no longer does would otherwise hold the workspace back.
            connection.execute(
                update(check_failure)
                .where(check_failure.c.workspace_id == workspace_id, check_failure.c.closed_at.is_(None))
                .values(tries=tries, retry_at=again, version=versions.get(workspace_id, 0))
            )
            for one in findings:
                values = {
                    "stage": stage,
                    "version": versions.get(workspace_id, 0),
                    "bad_rows": one.rows,
                    "sample": json.dumps(one.sample, ensure_ascii=False),
                    "wrong": one.wrong,
                    "todo": one.todo,
                    "tries": tries,
                    "seen_at": at,
                    "retry_at": again,
                }
                known = open_.get((one.mart, one.check))
                if known is not None:
                    connection.execute(
                        update(check_failure).where(check_failure.c.id == known.id).values(**values)
                    )
                else:
                    named = {
                        "workspace_id": workspace_id,
                        "mart": one.mart,
                        "name": one.check,
                        "found_at": at,
                    }
                    connection.execute(insert(check_failure).values(**named, **values))
    for workspace_id, findings in found.items():
        logger.error(
            "Workspace %d stays at version %d: %s failed (%s).",
            workspace_id,
            versions.get(workspace_id, 0),
            stage,
            told(findings),
        )
    for workspace_id in sorted(moved):
        logger.info("A %s of workspace %d was overtaken, and what it found dropped.", stage, workspace_id)
    return set(found)


def close(connection: Connection, workspace_ids: Iterable[int]) -> None:
    """The workspaces were published with all checks passed: close their failures."""
    ids = sorted(workspace_ids)
    if ids:
        connection.execute(
            update(check_failure)
            .where(check_failure.c.workspace_id.in_(ids), check_failure.c.closed_at.is_(None))
            .values(closed_at=datetime.now(UTC))
        )


def retry_times(connection: Connection, workspace_ids: Iterable[int] | None = None) -> dict[int, datetime]:
    """Workspaces with an open failure, and when each may be retried.

    A failure holds back only the version it was found on: once there is another, a retry is due at once.
    """
    counts = check_failure.c.version == func.coalesce(mart_version.c.version, 0)
    query = (
        select(
            check_failure.c.workspace_id,
            func.max(case((counts, check_failure.c.retry_at), else_=check_failure.c.found_at)),
        )
        .outerjoin(mart_version, mart_version.c.workspace_id == check_failure.c.workspace_id)
        .where(check_failure.c.closed_at.is_(None))
        .group_by(check_failure.c.workspace_id)
    )
    wanted = None if workspace_ids is None else set(workspace_ids)
    found = {row[0]: utc(row[1]) for row in connection.execute(query)}
    return {i: at for i, at in found.items() if at is not None and (wanted is None or i in wanted)}


def held_back(connection: Connection, at: datetime | None = None) -> set[int]:
    """Workspaces whose retry is not due yet."""
    moment = at or datetime.now(UTC)
    return {i for i, again in retry_times(connection).items() if again > moment}


def failures(
    connection: Connection,
    workspace_ids: Iterable[int] | None = None,
    *,
    closed: bool = False,
    limit: int = 200,
) -> list[Failure]:
    """Open failures, latest first, and with `closed` those that are over; of all workspaces or of some."""
    query = select(check_failure).order_by(
        check_failure.c.closed_at.is_(None).desc(), check_failure.c.id.desc()
    )
    if workspace_ids is not None:
        query = query.where(check_failure.c.workspace_id.in_(sorted(workspace_ids)))
    if not closed:
        query = query.where(check_failure.c.closed_at.is_(None))
    found = []
    for row in connection.execute(query.limit(limit)):
        first, seen, again = utc(row.found_at), utc(row.seen_at), utc(row.retry_at)
        assert first is not None
        assert seen is not None
        assert again is not None
        found.append(
            Failure(
                row.workspace_id,
                row.mart,
                row.name,
                row.stage,
                row.version,
                row.bad_rows,
                sample_of(row.sample),
                row.wrong,
                row.todo,
                row.tries,
                first,
                seen,
                again,
                utc(row.closed_at),
            )
        )
    return found


def forget(connection: Connection, at: datetime) -> int:
    """Remove failures that were closed long ago; returns how many."""
    old = check_failure.c.closed_at < at - KEEP_CLOSED
    return connection.execute(delete(check_failure).where(old)).rowcount
