"""What needs attention in a workspace: the rail counts it, and the affected tiles have chips."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import String, cast, null, select, union_all
from sqlalchemy.orm import Session

from dashapp.alerts.store import unacknowledged
from dashapp.db.once import once
from dashapp.sharing.answering import waiting_by_tile


@dataclass(frozen=True)
class Waiting:
    """`alerts`: how many fired and were not acknowledged. `by_tile`: unanswered questions."""

    alerts: int = 0
    by_tile: Mapping[str, int] = field(default_factory=dict)

    @property
    def questions(self) -> int:
        """Of all tiles."""
        return sum(self.by_tile.values())


NOTHING_WAITS = Waiting()


def waiting_in(session: Session, workspace_id: int) -> Waiting:
    """Both, in one statement a page."""
    return once(session, ("waiting", workspace_id), lambda: _read(session, workspace_id))


def _read(session: Session, workspace_id: int) -> Waiting:
    alerts = select(
        cast(null(), String).label("tile"), unacknowledged(workspace_id).scalar_subquery().label("n")
    )
    rows = session.execute(union_all(alerts, waiting_by_tile(workspace_id))).all()
    by_tile = {tile: int(n) for tile, n in rows if tile is not None}
    return Waiting(next(int(n) for tile, n in rows if tile is None), by_tile)
