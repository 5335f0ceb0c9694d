"""Local copies of immutable files; the least recently used ones are dropped when they take too much space.

Several processes share one folder: a copy appears by rename, so it is complete or absent, and whoever needs one
that another process has just dropped fetches it again. The time of last use is the file's access time, which we
set ourselves: a disk may be mounted without it, and DuckDB takes a changed modification time for a changed file.
"""

from __future__ import annotations

import fcntl
import logging
import os
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

logger = logging.getLogger(__name__)

#: Every file of a lake is Parquet, which ends with these bytes: a copy cut short does not.
_END = b"PAR1"
_SHORTEST = 12
#: A use is written down at most this often.
USED_EVERY_S = 60.0
#: A copy used this lately may be about to be opened: it stays, even over the limit.
GRACE_S = 300.0
#: A temporary file this old was left by a process that is gone.
LEFT_S = 3_600.0
#: Making room goes on to this share of the limit, so that it is not needed for every file.
ROOM = 0.9


class ReadCache:
    """Copies under `root`, in `folders` of it, of `limit` bytes together."""

    def __init__(self, root: Path, folders: Sequence[str], limit: int, grace_s: float = GRACE_S) -> None:
        self.root, self._folders, self._limit, self._grace_s = root, folders, limit, grace_s
        self._guard = threading.Lock()
        self._growth: int | None = None  # bytes added since the last look; None: never looked

    def has(self, relative: str) -> bool:
        """Whether a whole copy is here; that counts as a use. One that is cut short is dropped."""
        path = self.root / relative
        try:
            handle = os.open(path, os.O_RDONLY)
        except OSError:  # what is wrong with the folder shows when the copy is made
            return False
        try:
            found = os.fstat(handle)
            if found.st_size < _SHORTEST or os.pread(handle, 4, found.st_size - 4) != _END:
                logger.warning("The copy of %s is cut short; it is brought again.", relative)
                self.drop([relative])
                return False
            at = time.time()
            if at - found.st_atime > USED_EVERY_S:
                with suppress(FileNotFoundError):
                    os.utime(handle, ns=(int(at * 1e9), found.st_mtime_ns))
        finally:
            os.close(handle)
        return True

    def drop(self, relatives: Sequence[str]) -> None:
        """Forget copies."""
        for relative in relatives:
            with suppress(OSError):
                (self.root / relative).unlink()

    def added(self, size: int) -> None:
        """A copy of `size` bytes has come; makes room when it may be time to."""
        with self._guard:
            due = self._growth is None or self._growth + size > self._limit * (1 - ROOM) / 2
            self._growth = 0 if due else (self._growth or 0) + size
        if due:
            self.make_room()

    def make_room(self) -> int:
        """Drop the copies used longest ago until the limit is kept; gives the bytes dropped."""
        with self._alone() as alone:
            if not alone:  # another process is at it
                return 0
            copies = sorted(self._copies())
            total = sum(size for _, size, _ in copies)
            if total <= self._limit:
                return 0
            dropped, young = 0, time.time() - self._grace_s
            for used, size, path in copies:
                if total - dropped <= self._limit * ROOM or used > young:
                    break
                with suppress(FileNotFoundError):
                    os.unlink(path)  # noqa: PTH108 — scandir speaks in strings
                    dropped += size
            if total - dropped > self._limit:
                logger.warning(
                    "The copies of the lake take %d MB, more than their limit: all were used just now.",
                    (total - dropped) // 2**20,
                )
            return dropped

    def _copies(self) -> Iterator[tuple[float, int, str]]:
        """(last use, bytes, path) of each copy; temporary files nobody writes any more are removed."""
        left = time.time() - LEFT_S
        for folder in self._folders:
            for path, _, names in os.walk(self.root / folder):
                for name in names:
                    full = os.path.join(path, name)  # noqa: PTH118 — thousands of names, in strings
                    with suppress(FileNotFoundError):
                        found = os.stat(full)  # noqa: PTH116
                        if not name.startswith("."):
                            yield found.st_atime, found.st_size, full
                        elif found.st_mtime < left:
                            os.unlink(full)  # noqa: PTH108

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".making-room").open("a") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield False
                return
            yield True
