"""Writes that no request waits for: collected in memory, written together a moment later."""

from __future__ import annotations

import atexit
import logging
import threading
from collections.abc import Callable, Mapping
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

log = logging.getLogger(__name__)
Key = TypeVar("Key")
Value = TypeVar("Value")
#: Writes that may fail in a row (a busy or stopped database) before the next value has to try again.
TRIES = 20


class Deferred(Generic[Key, Value]):
    """Values by key, merged in memory and written `delay_s` after the first of them. Safe for threads.

    What is left is written when the process ends; a process that is killed loses `delay_s` of them at most.
    """

    def __init__(
        self,
        write: Callable[[Mapping[Key, Value]], None],
        merge: Callable[[Value, Value], Value],
        *,
        what: str,
        delay_s: float,
    ) -> None:
        """`write` gets all values, in one call; `what` names them in the log."""
        self._write, self._merge, self._what, self._delay_s = write, merge, what, delay_s
        self._lock = threading.Lock()
        self._writing = threading.Lock()
        self._values: dict[Key, Value] = {}
        self._timer: threading.Timer | None = None
        self._failures = 0
        atexit.register(self.flush)

    def add(self, key: Key, value: Value) -> None:
        """Merge one value into those that wait. Does not touch the database."""
        with self._lock:
            self._put(key, value)
            self._start()

    def flush(self) -> None:
        """Write what was collected, after any write that is still going on: all of it is in the database then, also
        where the process ends. A database that cannot is asked again."""
        with self._writing:
            self._flush()

    def _flush(self) -> None:
        with self._lock:
            values, self._values, self._timer = self._values, {}, None
        if not values:
            return
        try:
            self._write(values)
        except SQLAlchemyError as error:
            self._failures += 1
            log.warning("%d %s are not written yet: %s", len(values), self._what, type(error).__name__)
            with self._lock:
                for key, value in values.items():
                    self._put(key, value)
                if self._failures % TRIES:
                    self._start()
        else:
            self._failures = 0

    def _put(self, key: Key, value: Value) -> None:
        self._values[key] = self._merge(self._values[key], value) if key in self._values else value

    def _start(self) -> None:
        if self._timer is None:
            self._timer = threading.Timer(self._delay_s, self.flush)
            self._timer.daemon = True
            self._timer.start()
