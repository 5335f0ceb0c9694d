"""The press: jobs become PDF or PNG in a process of their own, within time and memory, one a tenant at a time."""

from __future__ import annotations

import json
import logging
import subprocess
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from flask import current_app

from dashapp.errors import Busy, TooMany
from dashapp.web.paper.renderer import MISSING

log = logging.getLogger(__name__)
#: Of processor time; by the clock so many times as much, as the press gives way to pages (nice).
SECONDS, BY_THE_CLOCK = 20, 2
MEMORY = 1024 * 2**20
#: Of one tenant: one is made, the others wait; the next is refused. Of all: threads left for everybody else.
MOST_WAITING, MOST_IN_ALL = 10, 12
#: Processes at once, whoever asks.
AT_ONCE = 2
TO_INSTALL = (
    "Install the Python packages weasyprint and pypdfium2 and, on Debian, "
    "`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`."
)
_EXTENSION = "vitrine_press"
_START = (
    "import json,sys;sys.path[:]=json.loads(sys.argv[1]);from dashapp.web.paper.renderer import main;main()"
)
_Made = TypeVar("_Made")


class Unavailable(Busy):
    """What the press needs is not installed; the message says what to install."""


class Press:
    """The press of one app. Safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: Counter[int] = Counter()
        self._turns: defaultdict[int, threading.Lock] = defaultdict(threading.Lock)
        self._at_once = threading.BoundedSemaphore(AT_ONCE)

    def queued(self, tenant: int, make: Callable[[], _Made]) -> _Made:
        """What `make` gives, in this tenant's turn. Raises TooMany when too many of theirs wait already."""
        with self._in_line(tenant):
            return make()

    def turn(self, tenant: int, job: dict[str, Any]) -> bytes:
        """The job done, when nobody else of the tenant is being served. Raises Unavailable, Busy."""
        with self._turns[tenant], self._at_once:
            return run(job)

    @contextmanager
    def _in_line(self, tenant: int) -> Iterator[None]:
        with self._lock:
            if self._waiting[tenant] >= MOST_WAITING or self._waiting.total() >= MOST_IN_ALL:
                raise TooMany("Many reports are being made just now. Try again in a moment.", 5)
            self._waiting[tenant] += 1
        try:
            yield
        finally:
            with self._lock:
                self._waiting[tenant] -= 1
                if not self._waiting[tenant]:
                    del self._waiting[tenant]


def press() -> Press:
    """The press of the current app."""
    found = current_app.extensions.setdefault(_EXTENSION, Press())
    assert isinstance(found, Press)
    return found


def run(job: dict[str, Any], seconds: int = SECONDS) -> bytes:
    """One job in a process of its own, with no environment of ours."""
    text = json.dumps({**job, "memory": MEMORY, "seconds": seconds}).encode()
    command = [sys.executable, "-I", "-c", _START, json.dumps([path for path in sys.path if path])]
    try:
        done = subprocess.run(  # noqa: S603 - our own interpreter and program
            command,
            input=text,
            capture_output=True,
            timeout=BY_THE_CLOCK * seconds,
            env={"LANG": "C.UTF-8"},
            check=False,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise Busy("This report takes too long to print. Show fewer tiles or a shorter period.") from None
    said = " ".join(done.stderr.decode("utf-8", "replace").split())
    if done.returncode == MISSING:
        log.error("reports cannot be printed: %s", said)
        raise Unavailable(f"Reports cannot be printed on this server yet. {TO_INSTALL}")
    if done.returncode:
        log.error("printing failed with exit code %d: %s", done.returncode, said[-800:])
        raise Busy("This report could not be printed. Try again, or print the page instead.")
    return done.stdout


def ready() -> str:
    """What the press is made of, for `vitrine doctor`. Raises Unavailable or Busy."""
    return run({"kind": "check"}).decode()
