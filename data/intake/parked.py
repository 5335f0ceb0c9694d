"""Fixing parked records: one edited by hand, or all that were parked for the same reason.

When somebody edits a record, the original is kept, with who did it and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select

from data.intake.replay import Replayed, replay
from data.lake.manifest import utc
from data.lake.tables import parked, parked_edit
from data.scope import Scope

#: Characters of a record that may be edited, and records of one reason that are tried again at once.
LONGEST_EDIT = 100_000
MOST_ALIKE = 2_000


@dataclass(frozen=True)
class Reason:
    """Why some records are parked, and how many."""

    why: str
    count: int


def mend(
    connection: Connection, row: dict[str, Any], provider: str | None, text: str, actor: str, at: datetime
) -> Replayed:
    """Read the parked row (as `replay.find` gave it) with `text` in the place of what came.

    Nothing is kept of a text that is no event either: the record stays parked as it was.
    """
    done = replay(connection, {**row, "raw": text}, provider, at)
    if done.taken:
        connection.execute(
            insert(parked_edit).values(
                workspace_id=row["workspace_id"],
                source_id=row["source_id"],
                parked_id=row["id"],
                received_at=row["received_at"],
                edited_at=at,
                actor=actor,
                why=row["why"],
                raw=row["raw"],
                mended=text,
            )
        )
    return done


def reasons(connection: Connection, scope: Scope, limit: int) -> list[Reason]:
    """Why records of the scope's workspaces are parked, the most frequent reason first."""
    count = func.count()
    found = connection.execute(
        select(parked.c.why, count)
        .where(parked.c.workspace_id.in_(sorted(scope.workspace_ids)))
        .group_by(parked.c.why)
        .order_by(count.desc(), parked.c.why)
        .limit(limit)
    )
    return [Reason(why, int(n)) for why, n in found]


def last_alike(connection: Connection, scope: Scope, why: str) -> tuple[int, int]:
    """(the id up to which records of this reason are tried now, how many these are); MOST_ALIKE at most."""
    oldest = (
        select(parked.c.id)
        .where(parked.c.workspace_id.in_(sorted(scope.workspace_ids)), parked.c.why == why)
        .order_by(parked.c.id)
        .limit(MOST_ALIKE)
        .subquery()
    )
    last, count = connection.execute(select(func.max(oldest.c.id), func.count())).one()
    return int(last or 0), int(count)


def alike(
    connection: Connection, scope: Scope, why: str, *, after: int, until: int, limit: int
) -> list[dict[str, Any]]:
    """Parked rows of one reason with `after` < id <= `until`, oldest first, as `replay.find` gives them."""
    rows = connection.execute(
        select(parked)
        .where(
            parked.c.workspace_id.in_(sorted(scope.workspace_ids)),
            parked.c.why == why,
            parked.c.id > after,
            parked.c.id <= until,
        )
        .order_by(parked.c.id)
        .limit(limit)
    ).mappings()
    return [{**row, "received_at": utc(row["received_at"])} for row in rows]


def forget(connection: Connection, before: datetime) -> int:
    """Remove what was edited before a moment, as it had come; how many. The events made of it stay, of course."""
    return connection.execute(delete(parked_edit).where(parked_edit.c.edited_at < before)).rowcount
