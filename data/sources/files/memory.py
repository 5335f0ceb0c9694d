"""A limit on what this process may take on top of what it has, while it reads what somebody else wrote."""

from __future__ import annotations

import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_STATUS: Final = Path("/proc/self/status")


@contextmanager
def at_most(more: int) -> Iterator[None]:
    """Whoever asks for more than `more` bytes within it gets a MemoryError.

    The limit is the whole process's, so it is set only where the reading is all that the process does: in its main
    thread, which a file from the command line and an uploaded one have to themselves. A thread of the worker would
    limit the builds beside it. Only Linux limits anything.

    What was freed before and is still kept by an allocator counts as what the process has: it can be used again.
    """
    before = resource.getrlimit(resource.RLIMIT_DATA)
    now = _data() if threading.current_thread() is threading.main_thread() else None
    if now is None:
        yield
        return
    most = now + more
    if before[0] != resource.RLIM_INFINITY:
        most = min(most, before[0])
    resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _data() -> int | None:
    """Bytes of writable memory that this process has; None where nobody tells."""
    try:
        for line in _STATUS.read_text(encoding="ascii").splitlines():
            if line.startswith("VmData:"):
                return int(line.split()[1]) * 1024
    except (OSError, ValueError):
        pass
    return None
