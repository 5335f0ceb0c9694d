"""Where a workspace's marts stand, in one cheap statement: asked at every look at a page already rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, DateTime, bindparam, text

from data.lake import manifest
from data.marts.layer_files import FORMAT

_STANDING = (
    text((Path(__file__).parents[1] / "queries" / "standing.sql").read_text())
    .bindparams(bindparam("now", type_=DateTime(timezone=True)))
    .columns(last_event_at=DateTime(timezone=True))
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`waiting`: something acknowledged is not in this version yet, or it has to be built anew, and can be.

    `failed`: what found that a check of the marts does not hold (data/building/failures.py); None: all is well.
    `plans`: how often what is planned changed (data/plans/tables.py).
    """

    version: int
    timezone: str
    last_event_at: datetime | None
    waiting: bool
    failed: str | None = None
    plans: int = 0


def standing(connection: Connection, workspace_id: int) -> Standing | None:
    """The state of one workspace's marts; None when there is no such workspace. Gives no figures."""
    row = connection.execute(
        _STANDING, {"workspace_id": workspace_id, "format": FORMAT, "now": datetime.now(UTC)}
    ).one_or_none()
    if row is None:
        return None
    last = manifest.utc(row.last_event_at)
    return Standing(row.version, row.timezone, last, bool(row.waiting), row.failed, row.plans)
