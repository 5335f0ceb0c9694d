"""The processes that files are read in: how one is started, and what it may take.

A file that unpacks without end, or that a library stumbles over, then ends a process that nobody else needs.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Final

from data.errors import NotThisForm

#: Seconds that reading a file may take; one of the largest size takes minutes.
LONGEST_S: Final = 3_600.0
_MB: Final = 1536
#: Bytes on top of what the process has when it begins to read; an upload of the largest size takes a third of it.
MEMORY: Final = _MB * 2**20
_NICE: Final = 5


def begin(module: str, *, answers: bool = False, keep: Sequence[int] = ()) -> subprocess.Popen[bytes]:
    """Start `module.main()`, which reads its job from stdin; `answers`: it writes to stdout. `keep`: open files
    that are its own, too, under their numbers.
    """
    program = f"import json,sys;sys.path[:]=json.loads(sys.argv[1]);from {module} import main;main()"
    return subprocess.Popen(  # noqa: S603 - our own interpreter and program
        [sys.executable, "-c", program, json.dumps([path for path in sys.path if path])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE if answers else subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        pass_fds=tuple(keep),
    )


def job() -> bytes:
    """In the process: what it is told. From here on it gives way to whoever serves people."""
    os.nice(_NICE)
    return sys.stdin.buffer.read()


def memory_for(size: int) -> int:
    """Bytes that reading a file of so many may take: one that is large takes twice what it has, and is no bomb."""
    return MEMORY + 3 * size


def too_much(name: str, allowed: int | None = None) -> NotThisForm:
    """What a file is refused with that takes more than it was `allowed` (None: MEMORY)."""
    most = _MB if allowed is None else allowed // 2**20
    return NotThisForm("{name} unpacks to more than {most} MB; save it as CSV.", name=name, most=most)
