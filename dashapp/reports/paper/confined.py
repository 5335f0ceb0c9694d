"""What the renderer's process may use and reach: no connection, no program, no file but its own, and limits."""

from __future__ import annotations

import os
import resource
import sys
from collections.abc import Sequence
from typing import Any

_CONNECTING = ("socket.connect", "socket.getaddrinfo", "socket.bind", "socket.sendto")
_SPAWNING = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork", "os.forkpty")


def limit(memory: int, seconds: int) -> None:
    """Bytes of memory and seconds of processor time of this process."""
    resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (32 * 2**20, 32 * 2**20))


def confine(readable: Sequence[str]) -> None:
    """From here on Python refuses connections, other programs, and files but its own and the temporary ones."""
    own = tuple(os.path.realpath(path) for path in readable if path)
    within = tuple(f"{path.rstrip('/')}/" for path in own)

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event in _CONNECTING or event in _SPAWNING:
            raise PermissionError(f"the renderer may not: {event}")
        if event == "open" and isinstance(arguments[0], (str, bytes)):
            path = os.path.realpath(os.fsdecode(arguments[0]))
            if not path.startswith(within) and path not in (*own, os.devnull):
                raise PermissionError(f"the renderer may not open {path}")

    sys.addaudithook(hook)
