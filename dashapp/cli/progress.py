"""A bar on stderr for a person who waits longer than two seconds; for a file, a pipe or `--json` there is none."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TextIO

from dashapp.cli.command import wants_json

PATIENCE_S: Final = 2.0
_EVERY_S: Final = 0.25
_WIDTH: Final = 30
_CLEAR: Final = "\r\x1b[2K"


@contextmanager
def bar(what: str, patience_s: float = PATIENCE_S) -> Iterator[Callable[[float], None]]:
    """Give a function to tell the share that is done (0 to 1); the bar is gone at the end of the block.

    It is drawn by a thread of its own, so it moves on while the work is busy elsewhere.
    """
    if wants_json() or not sys.stderr.isatty():
        yield lambda share: None
        return
    shares = [0.0]
    over = threading.Event()

    def draw() -> None:
        began = time.monotonic()
        wait = patience_s
        while not over.wait(wait):
            sys.stderr.write(_CLEAR + _line(what, shares[0], time.monotonic() - began, sys.stderr))
            sys.stderr.flush()
            wait = _EVERY_S
        if wait != patience_s:
            sys.stderr.write(_CLEAR)
            sys.stderr.flush()

    def tell(share: float) -> None:
        shares[0] = min(1.0, max(shares[0], share))

    thread = threading.Thread(target=draw, daemon=True)
    thread.start()
    try:
        yield tell
    finally:
        over.set()
        thread.join()


def _line(what: str, share: float, seconds: float, stream: TextIO) -> str:
    """`Building  ████████░░░░░░  42 %  1:07`, no longer than the terminal is wide."""
    from dashapp.ui import format

    full, empty = ("█", "░") if "utf" in (stream.encoding or "").lower() else ("#", "-")
    filled = round(share * _WIDTH)
    minutes, rest = divmod(int(seconds), 60)
    said = f"{what}  {full * filled}{empty * (_WIDTH - filled)}  {format.percent_short(share)}  {minutes}:{rest:02}"
    return said[: shutil.get_terminal_size().columns - 1]
