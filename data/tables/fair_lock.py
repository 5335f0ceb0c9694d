"""One at a time, first come first served: within this process by tickets, between processes by a locked file."""

from __future__ import annotations

import fcntl
import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from data.errors import TurnTaken

#: How often the other processes' lock is tried again, in seconds.
_POLL: Final = 0.05
_MORE: Final = "Others of your agency are waiting for an answer; try again in a little while."


class Turns:
    """Queues by key. `folder`: where the files lie by which processes keep out of each other's way."""

    def __init__(self, folder: Path, *, waiting: int = 4) -> None:
        self._folder, self._most = folder, waiting
        self._queues: dict[str, deque[object]] = {}
        self._changed = threading.Condition()

    @contextmanager
    def turn(self, key: str, patience: float = 30.0) -> Iterator[None]:
        """The block runs alone among those of the key. Raises TurnTaken when too many wait, or for too long."""
        ticket, until = object(), time.monotonic() + patience
        with self._changed:
            queue = self._queues.setdefault(key, deque())
            if len(queue) > self._most:
                raise TurnTaken(_MORE)
            queue.append(ticket)
        try:
            with self._changed:
                while queue[0] is not ticket:
                    if not self._changed.wait(max(0.0, until - time.monotonic())):
                        raise TurnTaken(_MORE)
            with self._alone(key, until):
                yield
        finally:
            with self._changed:
                queue.remove(ticket)
                if not queue and self._queues.get(key) is queue:
                    del self._queues[key]
                self._changed.notify_all()

    @contextmanager
    def _alone(self, key: str, until: float) -> Iterator[None]:
        self._folder.mkdir(parents=True, exist_ok=True)
        with (self._folder / f"{key}.lock").open("w") as file:
            while True:
                try:
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > until:
                        raise TurnTaken(_MORE) from None
                    time.sleep(_POLL)
            yield
