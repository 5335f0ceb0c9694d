"""What the processes to be killed do; `python ingest_process.py` forks one for each line of JSON on stdin.

The parent has imported everything, so that a start takes 10 ms and not a second; it writes the pid.

`put` delivers events for ever, each id until it is acknowledged, every tenth delivery once more; what was
acknowledged is appended to a ledger (one unbuffered write: it survives the kill). `drain` moves the inbox on.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from dashapp.db.engine import make_engine
from data.errors import InboxBusy
from data.events.canonical import Event, canonical
from data.intake.inbox import Inbox
from data.lake import durable, segments
from data.lake.lake import open_lake

NOON = datetime(2024, 9, 2, 12, 0, tzinfo=UTC)


def event(event_id: str) -> Event:
    record = {
        "event_id": event_id,
        "event": "sent",
        "occurred_at": "2024-09-02T10:00:00Z",
        "message_id": f"m-{event_id}",
        "lead": "ann@leads.example",
    }
    return canonical(record, received_at=datetime.now(UTC))


def deliver(door: Inbox, ledger: Path, client: str, seed: int) -> None:
    """Deliver for ever. Ids go on from the ledger, so what was in flight at the kill is delivered again."""
    chance = random.Random(seed)
    acknowledged = ledger.read_bytes().count(b"\n") if ledger.exists() else 0
    with ledger.open("ab", buffering=0) as file:
        number = acknowledged
        while True:
            size = chance.choice([1, 1, 1, 4])
            batch = [event(f"{client}-{number + k}") for k in range(size)]
            for _ in range(2 if chance.random() < 0.1 else 1):
                while True:
                    try:
                        door.put(1, None, batch, received_at=datetime.now(UTC))
                        break
                    except InboxBusy:
                        time.sleep(0.05)
            file.write("".join(f"{client}-{number + k}\n" for k in range(size)).encode())
            number += size
            time.sleep(0.001)


def put(url: str, seed: str, client: str, ledger: str) -> None:
    """Three clients that deliver at once, as the threads of a web process do."""
    door = Inbox(make_engine(url))
    for n in range(3):
        own = Path(ledger).with_suffix(f".{client}{n}")
        threading.Thread(target=deliver, args=(door, own, f"{client}{n}", int(seed) + n)).start()


def drain(url: str, root: str) -> None:
    """Move the inbox into small segments for ever; errors end the process, as the test would see."""
    lake = open_lake(make_engine(url), Path(root))
    while True:
        if not segments.drain(lake, limit_events=200):
            time.sleep(0.002)


def die_in_drain(url: str, root: str, moment: str) -> None:
    """Drain once, but die by kill -9 at `moment`."""

    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    if moment == "before the rename":
        durable.os.rename = die  # type: ignore[assignment]
    else:
        durable.fsync_folder = lambda folder: die() if any(folder.glob("*.parquet")) else None
    segments.drain(open_lake(make_engine(url), Path(root)))


def fork_on_demand() -> None:
    """One line `[function, argument, ...]` in, one line with the pid of the new process out."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are gone at once
    for line in sys.stdin:
        name, *arguments = json.loads(line)
        pid = os.fork()
        if pid == 0:
            {"put": put, "drain": drain, "die_in_drain": die_in_drain}[name](*arguments)
            return
        print(pid, flush=True)


if __name__ == "__main__":
    fork_on_demand()
