"""Creates and updates contacts from new events, in a loop beside the refresh, so that intake never waits for it.

The leader does it; other workers would only repeat the same work.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session

from dashapp.crm import contact_sync
from data.lake.lake import Lake
from data.scope import Scope

log = logging.getLogger("vitrine.worker")

#: Rounds between clean-ups of markers whose segments are gone.
_TIDY_EVERY = 2_000
#: Rest after each transaction: twice its duration, and long enough for a process waiting for the lock to find it
#: free (SQLite retries after up to 0.1 s).
REST: Final = 2.0
SHORTEST_REST_S: Final = 0.12
LONGEST_REST_S: Final = 2.0


class People:
    """The contact loop of one worker."""

    def __init__(self, lake: Lake, leads: Callable[[], bool]) -> None:
        self._lake, self._leads = lake, leads
        self._rounds = 0

    def round(self, sleep: Callable[[float], object] = time.sleep) -> int:
        """Process what the marts took in since; returns how many people were updated. `sleep`: waits that many
        seconds, or until the worker is to stop.
        """
        if not self._leads():
            return 0
        self._rounds += 1
        if self._rounds % _TIDY_EVERY == 0:
            with Session(self._lake.engine) as session, session.begin():
                contact_sync.forget_old_segments(session)

        def rest(held: float) -> None:
            sleep(min(max(held * REST, SHORTEST_REST_S), LONGEST_REST_S))

        return catch_up(self._lake, rounds=1, rest=rest)


def catch_up(lake: Lake, *, rounds: int = 1_000, rest: contact_sync.Rest = contact_sync.no_rest) -> int:
    """Process everything that waits, a few segments at a time; returns how many people were updated.

    An unreadable segment is logged and stays waiting; other workspaces go on.
    """
    count = 0
    for _ in range(rounds):
        parts = contact_sync.waiting(lake.engine)
        failed = 0
        for workspace_id, some in parts.items():
            try:
                count += contact_sync.take(lake, Scope(frozenset({workspace_id})), workspace_id, some, rest)
            except Exception as error:
                failed += 1
                log.error("The people of workspace %d could not be taken in: %s", workspace_id, error)
                log.debug("The failure in full:", exc_info=error)
        if not parts or failed == len(parts):
            break
    return count
