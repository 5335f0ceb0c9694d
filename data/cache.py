"""The latest of what was read or made, kept in memory for as long as its mark stands, at most so many bytes of it.

A key says whose it is, a mark of when: another mark takes the place of what was kept, so nothing old piles up.
"""

from __future__ import annotations

import threading
import weakref
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Engine


class Sized(Protocol):
    """Something that knows what it takes in memory."""

    @property
    def bytes(self) -> int:
        """What it takes in memory."""


Kept = TypeVar("Kept", bound=Sized)


class Latest(Generic[Kept]):
    """One of each key, the least recently used dropped when all take more than `most` bytes. Safe for threads."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: OrderedDict[Hashable, tuple[Hashable, Kept]] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes kept now."""
        return self._bytes

    def get(self, key: Hashable, mark: Hashable) -> Kept | None:
        """What is kept under `key`, if it was kept with this very mark."""
        with self._lock:
            found = self._kept.get(key)
            if found is None or found[0] != mark:
                return None
            self._kept.move_to_end(key)
            return found[1]

    def keep(self, key: Hashable, mark: Hashable, made: Kept) -> None:
        """Keep it instead of what was kept under `key`, and make room."""
        with self._lock:
            old = self._kept.pop(key, None)
            self._bytes -= 0 if old is None else old[1].bytes
            if made.bytes > self._most:
                return
            self._kept[key] = (mark, made)
            self._bytes += made.bytes
            while self._bytes > self._most:
                _, (_, gone) = self._kept.popitem(last=False)
                self._bytes -= gone.bytes

    def clear(self) -> None:
        """Forget everything (tests)."""
        with self._lock:
            self._kept.clear()
            self._bytes = 0


def database(engine: Engine) -> Hashable:
    """For a key: which database, without holding on to it. Two that are open in one process share nothing."""
    return weakref.ref(engine)
