"""Processes to be killed: forked from one that has everything imported, so that a start takes milliseconds."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

Start = Callable[[list[str]], int]


@contextmanager
def nursery(script: str, errors: IO[str] | None = None) -> Iterator[Start]:
    """Run `script`, which forks at every line it reads and answers with the child's pid; gives what writes a line.

    At the end all children are killed.
    """
    paths = os.pathsep.join(path for path in sys.path if path)
    parent = subprocess.Popen(
        [sys.executable, str(Path(script))],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        env={**os.environ, "PYTHONPATH": paths},
    )
    assert parent.stdin is not None
    assert parent.stdout is not None
    begun: list[int] = []

    def start(line: list[str]) -> int:
        parent.stdin.write(json.dumps(line) + "\n")
        parent.stdin.flush()
        begun.append(int(parent.stdout.readline()))
        return begun[-1]

    yield start
    for pid in begun:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    parent.stdin.close()
    parent.wait(10)


def alive(pid: int) -> bool:
    """Whether the process is there, be it paused."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
