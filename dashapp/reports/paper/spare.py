"""One process of the press that is ready: it has imported what it needs, and waits for its one job.

Starting costs as much as laying out some tiles, so after each job the next process is begun. It serves one job, as
every other does, and ends by itself when none comes for a while, or when its parent is gone.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from contextlib import suppress
from typing import Any, Final

#: Seconds a process waits for a job; then it ends and gives its memory back.
WAITS: Final = 300


class Spare:
    """Keeps at most one process ready."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._ready: tuple[str, subprocess.Popen[bytes]] | None = None

    def take(self, start: str) -> subprocess.Popen[bytes]:
        """The process that is ready, or a new one. `start`: what it runs, as text of Python."""
        with self._lock:
            found, self._ready = self._ready, None
        if found is not None:
            begun_with, process = found
            if begun_with == start and process.poll() is None:
                return process
            end(process)
        return _started(start)

    def prepare(self, start: str) -> None:
        """Begin the next one, if none is ready."""
        with self._lock:
            if self._ready is None or self._ready[1].poll() is not None:
                self._ready = (start, _started(start))


def converse(
    process: subprocess.Popen[bytes], job: dict[str, Any], timeout: float
) -> tuple[int, bytes, bytes]:
    """(exit code, what it made, what it complained of). Raises TimeoutExpired, and BrokenPipeError for a process
    that ended before it had the job."""
    try:
        made, said = process.communicate(json.dumps(job).encode(), timeout=timeout)
    finally:
        end(process)
    return process.returncode, made, said


def end(process: subprocess.Popen[bytes]) -> None:
    """Nothing of it is left."""
    if process.poll() is None:
        process.kill()
    process.wait()
    for stream in (process.stdin, process.stdout, process.stderr):
        if stream is not None:
            with suppress(OSError):
                stream.close()


def _started(start: str) -> subprocess.Popen[bytes]:
    """No environment of ours, and no file."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-I", "-c", start, json.dumps([path for path in sys.path if path])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={"LANG": "C.UTF-8"},
        cwd="/",
    )
