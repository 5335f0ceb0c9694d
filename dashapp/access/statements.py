"""A person's SQL over an agency's tables: kept in the audit trail, then run when the agency has the turn."""

from __future__ import annotations

import threading
from functools import lru_cache
from pathlib import Path

from dashapp.access import audit
from dashapp.services import Services
from data import desk_sql
from data.engines.sealed import Limits, Result
from data.errors import TurnTaken
from data.own_rows import Slugs
from data.scope import Scope
from data.turns import Turns

#: Statements that run or wait in this process, of all agencies: each keeps a thread of the web server.
MOST_AT_ONCE = 4
_room = threading.BoundedSemaphore(MOST_AT_ONCE)


def ask(
    services: Services,
    actor: str,
    agency_id: int,
    scope: Scope,
    slugs: Slugs,
    statement: str,
    *,
    ip: str = "",
    limits: Limits | None = None,
) -> Result:
    """The answer. Raises BadQuery, DamagedFile, NotInScope, and TurnTaken when others wait for too long already.

    `scope` and `slugs` are what the caller may read of the agency; who may ask at all is decided before.
    """
    if not _room.acquire(blocking=False):
        raise TurnTaken("Too many statements run or wait just now; try again in a little while.")
    try:
        with _turns(services.settings.home / "turns").turn(f"sql-{agency_id}"):
            # Kept before it runs: whatever becomes of it, it is known that it was asked.
            with services.session() as session:
                audit.record(session, actor, "data.sql", agency_id=agency_id, detail=statement, ip=ip)
            return desk_sql.ask(services.lake, scope, slugs, statement, limits)
    finally:
        _room.release()


@lru_cache(maxsize=8)
def _turns(folder: Path) -> Turns:
    return Turns(folder)
