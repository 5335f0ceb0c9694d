"""The trace of deliveries that were not taken: the first at once, a flood of the same kind gathered for a moment.

Whoever knows a source's address can be refused as often as they like. So a source and reason write at most once a
second, and what is gathered meanwhile is one entry of each.
"""

from __future__ import annotations

import atexit
import logging
import threading
import time
from dataclasses import replace

from flask import current_app
from sqlalchemy.exc import SQLAlchemyError

from dashapp.services import Services, services
from data.intake import refusals
from data.intake.refusals import Refusal

log = logging.getLogger(__name__)
#: At most one write of a source and reason in so many seconds.
EVERY_S = 1.0
_EXTENSION = "vitrine_refusals"


class Refusals:
    """Counts for one app; safe for threads. What is left is written when the process ends."""

    def __init__(self, running: Services) -> None:
        self._services = running
        self._lock = threading.Lock()
        self._waiting: dict[tuple[int, str], Refusal] = {}
        self._written: dict[tuple[int, str], float] = {}
        self._timer: threading.Timer | None = None
        atexit.register(self.flush)

    def note(self, one: Refusal) -> None:
        """Count one; on the disk when this returns, unless the same was written within the last second."""
        name = (one.source_id, one.reason)
        with self._lock:
            before = self._waiting.get(name)
            if before is not None:
                one = replace(
                    one,
                    first_at=before.first_at,
                    count=before.count + one.count,
                    raw=before.raw if before.raw is not None else one.raw,
                )
            self._waiting[name] = one
            at = time.monotonic()
            if at - self._written.get(name, -EVERY_S) < EVERY_S:
                self._start()
                return
            self._written[name] = at
            del self._waiting[name]
        self._write([one])

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            waiting, self._waiting, self._timer = list(self._waiting.values()), {}, None
            at = time.monotonic()
            self._written = {name: then for name, then in self._written.items() if at - then < EVERY_S}
            self._written.update({(one.source_id, one.reason): at for one in waiting})
        if waiting:
            self._write(waiting)

    def _write(self, some: list[Refusal]) -> None:
        try:
            with self._services.engine.begin() as connection:
                refusals.keep(connection, some)
        except SQLAlchemyError as error:
            # The sender is told all the same; the count is tried again with the next one.
            log.warning("%d refused deliveries are not written yet: %s", len(some), type(error).__name__)
            with self._lock:
                for one in some:
                    later = self._waiting.get((one.source_id, one.reason))
                    self._waiting[one.source_id, one.reason] = replace(
                        one, count=one.count + (later.count if later else 0)
                    )
                if len(self._written) < 10_000:
                    self._start()

    def _start(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(EVERY_S, self.flush)
            self._timer.daemon = True
            self._timer.start()


def note(one: Refusal) -> None:
    """Count one delivery that was refused by the current app."""
    found = current_app.extensions.get(_EXTENSION)
    if found is None:
        found = current_app.extensions.setdefault(_EXTENSION, Refusals(services()))
    assert isinstance(found, Refusals)
    found.note(one)
