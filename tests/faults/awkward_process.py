"""Takes in every case of tests/support/awkward.py, to be killed meanwhile; forks one for each line on stdin."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path

from dashapp.db.engine import make_engine
from data.errors import InboxBusy
from data.intake.inbox import Inbox
from data.lake import segments
from data.lake.lake import open_lake
from tests.support.awkward import CASES, take_in


def deliver(url: str, root: str, rooms: dict[str, int]) -> None:
    """All of it, from the beginning, as a provider or a person begins again; the inbox moves on meanwhile."""
    lake = open_lake(make_engine(url), Path(root))
    door = Inbox(lake.engine)
    folder = Path(root).parent
    for case in CASES:
        for body in case.bodies:
            while True:
                try:
                    take_in(lake, door, rooms[case.name], case, body, folder)
                    break
                except InboxBusy:
                    time.sleep(0.01)
        segments.drain(lake)
    (folder / "done").touch()


def fork_on_demand() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are gone at once
    for line in sys.stdin:
        arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            deliver(arguments[0], arguments[1], json.loads(arguments[2]))
            return
        print(pid, flush=True)


if __name__ == "__main__":
    fork_on_demand()
