"""How often links were opened: counted in memory, written together a moment later, never while a page waits."""

from __future__ import annotations

import atexit
import logging
import threading
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from dashapp.db.base import now
from dashapp.services import Services
from dashapp.sharing import links

log = logging.getLogger(__name__)
#: Openings are in the database this long after they happened; a process killed loses no more than that.
DELAY_S = 0.5
#: Writes that may fail in a row (a busy or stopped database) before the next opening has to try again.
TRIES = 20


class Openings:
    """Counts openings for one app. Safe for threads; what is left is written when the process ends."""

    def __init__(self, services: Services) -> None:
        self._services = services
        self._lock = threading.Lock()
        self._counts: dict[int, tuple[int, datetime]] = {}
        self._timer: threading.Timer | None = None
        self._failures = 0
        atexit.register(self.flush)

    def note(self, share_id: int) -> None:
        """One opening of a link, now. Does not touch the database."""
        with self._lock:
            self._counts[share_id] = (self._counts.get(share_id, (0,))[0] + 1, now())
            self._start()

    def flush(self) -> None:
        """Write what was counted, in one transaction. A database that cannot is asked again."""
        with self._lock:
            counts, self._counts, self._timer = self._counts, {}, None
        if not counts:
            return
        try:
            with self._services.session() as session:
                for share_id, (opens, at) in counts.items():
                    links.note_opened(session, share_id, opens, at)
        except SQLAlchemyError as error:
            self._failures += 1
            log.warning("openings of %d links are not written yet: %s", len(counts), type(error).__name__)
            with self._lock:
                for share_id, (opens, at) in counts.items():
                    later = self._counts.get(share_id, (0, at))
                    self._counts[share_id] = (opens + later[0], max(at, later[1]))
                if self._failures % TRIES:
                    self._start()
        else:
            self._failures = 0

    def _start(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(DELAY_S, self.flush)
            self._timer.daemon = True
            self._timer.start()
