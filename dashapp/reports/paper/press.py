"""The press: jobs become PDF or PNG in a process of their own, within time and memory.

Who may use it, and when, is decided before (dashapp/seats.py).
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import tempfile
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from dashapp.errors import Busy
from dashapp.reports.paper.renderer import LARGEST, MISSING, TOO_LARGE, UNUSED
from dashapp.reports.paper.spare import Spare, converse

log = logging.getLogger(__name__)
#: Of processor time; by the clock so many times as much, as the press gives way to pages (nice).
SECONDS, BY_THE_CLOCK = 20, 2
MEMORY = 1024 * 2**20
#: Bytes of a job: the largest of ordinary views have one, and a process spends some hundred times as much on it.
LARGEST_JOB = 8 * 2**20
#: What the names of the processes' folders begin with; older than this, in seconds, nobody works in one.
_FOLDER, _LEFT_S = "vitrine-paper-", 600
TO_INSTALL = (
    "Install the Python packages weasyprint and pypdfium2 and, on Debian, "
    "`apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0`."
)
#: A script, by a letter of it: what no installed font draws is printed as empty boxes.
SCRIPTS = {
    "Greek": "3b1",
    "Cyrillic": "436",
    "Arabic": "628",
    "Hebrew": "5d0",
    "Devanagari": "905",
    "Bengali": "985",
    "Tamil": "b85",
    "Thai": "e01",
    "Georgian": "10d0",
    "Armenian": "531",
    "Ethiopic": "1200",
    "Chinese": "4e2d",
    "Japanese": "3042",
    "Korean": "ac00",
    "emoji": "1f600",
}
FONTS_TO_INSTALL = "On Debian, `apt-get install fonts-noto-core fonts-noto-cjk fonts-noto-color-emoji`."
_START = (
    "import json,sys;sys.path[:]=json.loads(sys.argv[1]);"
    "from dashapp.reports.paper.renderer import main;main()"
)
_SPARE = Spare()


#: A refusal of what one seat would not bear.
TOO_MUCH = "This report is too large to print. Show fewer tiles or a shorter period."


class Unavailable(Busy):
    """What the press needs is not installed; the message says what to install."""


def run(job: dict[str, Any], seconds: int = SECONDS) -> bytes:
    """One job in a process of its own, with no environment of ours. Raises Unavailable, Busy.

    The next process is begun then, to be ready for whoever prints one more (spare.py).
    """
    # Ours to remove, for the process may be killed.
    with tempfile.TemporaryDirectory(prefix=_FOLDER, ignore_cleanup_errors=True) as folder:
        return _run({**job, "memory": MEMORY, "seconds": seconds, "folder": folder}, seconds)


def sweep() -> None:
    """Remove the folders of web servers that were killed while they printed."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_FOLDER}*"):
        with suppress(OSError):
            found = folder.lstat()
            if found.st_uid == os.getuid() and time.time() - found.st_mtime > _LEFT_S:
                shutil.rmtree(folder)


def _run(job: dict[str, Any], seconds: int) -> bytes:
    if (size := len(json.dumps(job))) > LARGEST_JOB:
        log.error("a report of %d bytes was not printed: too large", size)
        raise Busy(TOO_MUCH)
    try:
        code, made, told = _conversed(job, BY_THE_CLOCK * seconds)
    except subprocess.TimeoutExpired:
        raise Busy("This report takes too long to print. Show fewer tiles or a shorter period.") from None
    said = " ".join(told.decode("utf-8", "replace").split())
    if code == MISSING:
        log.error("reports cannot be printed: %s", said)
        raise Unavailable(f"Reports cannot be printed on this server yet. {TO_INSTALL}")
    if code == TOO_LARGE:
        log.error("a report was not handed over: it has more than %d bytes", LARGEST)
        raise Busy(TOO_MUCH)
    if code:
        log.error("printing failed with exit code %d: %s", code, said[-800:])
        raise Busy("This report could not be printed. Try again, or print the page instead.")
    if job["kind"] != "check":
        _SPARE.prepare(_START)
    return made


def _conversed(job: dict[str, Any], timeout: float) -> tuple[int, bytes, bytes]:
    process = _SPARE.take(_START)
    if process.poll() is None:
        code, made, told = converse(process, job, timeout)
        if code != UNUSED:
            return code, made, told
    # It had waited for so long that it ended in this moment.
    return converse(_SPARE.take(_START), job, timeout)


def ready() -> str:
    """What the press is made of, for `vitrine doctor`. Raises Unavailable or Busy."""
    return run({"kind": "check"}).decode()


def missing_scripts() -> list[str]:
    """The scripts no installed font has letters of; empty where fontconfig cannot be asked."""
    program = shutil.which("fc-list")
    if program is None:
        return []
    missing = []
    for script, letter in SCRIPTS.items():
        try:
            found = subprocess.run(  # noqa: S603 - fontconfig's own program, with our words
                [program, f":charset={letter}", "family"], capture_output=True, timeout=20, check=True
            )
        except (OSError, subprocess.SubprocessError):
            return []
        if not found.stdout.strip():
            missing.append(script)
    return missing
