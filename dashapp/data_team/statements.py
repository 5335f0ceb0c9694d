"""A person's SQL over an agency's tables: kept in the audit trail, then run when the agency has the turn."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from dashapp.access import audit
from dashapp.services import Services
from data.engines.sealed import Limits, Result
from data.errors import TurnTaken
from data.scope import Scope
from data.tables import statement as desk_sql
from data.tables.fair_lock import Turns
from data.tables.rows import Slugs

#: Agencies that have a seat in this process: one statement of each runs.
MOST_AT_ONCE = 4
#: People of one agency who are in: one's statement runs, the next waits at the agency's seat, not at another.
#: Each keeps a thread of the web server (web/serve.py).
MOST_OF_ONE = 2


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
    with _room.place(agency_id), _turns(services.settings.home / "turns").turn(f"sql-{agency_id}"):
        # Kept before it runs: whatever becomes of it, it is known that it was asked.
        with services.session() as session:
            audit.record(session, actor, "data.sql", agency_id=agency_id, detail=statement, ip=ip)
        return desk_sql.ask(services.lake, scope, slugs, statement, limits)


class _Room:
    """A seat for each of a few agencies, so that the statements of one leave the others theirs."""

    def __init__(self) -> None:
        self._inside: Counter[int] = Counter()
        self._changing = threading.Lock()

    @contextmanager
    def place(self, agency_id: int) -> Iterator[None]:
        """A place at the agency's seat during the block. Raises TurnTaken when there is none."""
        with self._changing:
            if self._inside[agency_id] >= MOST_OF_ONE:
                raise TurnTaken(
                    "Others of your agency are waiting for an answer; try again in a little while."
                )
            if agency_id not in self._inside and len(self._inside) >= MOST_AT_ONCE:
                raise TurnTaken("Too many statements run or wait just now; try again in a little while.")
            self._inside[agency_id] += 1
        try:
            yield
        finally:
            with self._changing:
                self._inside[agency_id] -= 1
                if not self._inside[agency_id]:
                    del self._inside[agency_id]


_room = _Room()


@lru_cache(maxsize=8)
def _turns(folder: Path) -> Turns:
    return Turns(folder)
