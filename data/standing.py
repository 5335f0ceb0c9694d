"""Where a workspace's marts stand, in one cheap statement: asked at every look at a page already rendered."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import Connection, DateTime, text

from data import manifest
from data.shelves import FORMAT

_STANDING = text((Path(__file__).parent / "queries" / "standing.sql").read_text()).columns(
    last_event_at=DateTime(timezone=True)
)


@dataclass(frozen=True, slots=True)
class Standing:
    """`waiting`: something acknowledged is not in this version yet, or it has to be built anew."""

    version: int
    timezone: str
    last_event_at: datetime | None
    waiting: bool


def standing(connection: Connection, workspace_id: int) -> Standing | None:
    """The state of one workspace's marts; None when there is no such workspace. Gives no figures."""
    row = connection.execute(_STANDING, {"workspace_id": workspace_id, "format": FORMAT}).one_or_none()
    if row is None:
        return None
    return Standing(row.version, row.timezone, manifest.utc(row.last_event_at), bool(row.waiting))
