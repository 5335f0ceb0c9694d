"""From acknowledgement to being in the answer, while events come in at a steady rate over many workspaces.

A real `serve` and a real `worker`. Events come as signed deliveries over HTTP; at random acknowledged ones a viewer
opens the workspace's portal at once and looks again, as an open page does, until the figure has them.
What each process costs is told in CPU seconds: on a machine that does other work the waits say little else.
"""

from __future__ import annotations

import http.client
import json
import os
import queue
import random
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

from dashapp.db.tenants import Workspace
from dashapp.sources.registry import create_source
from data.sources.providers.canonical import sign
from tests.bench.ground import Ground
from tests.bench.server import cpu_s, running
from tests.bench.table import Row, quantile

ROOT = Path(__file__).resolve().parents[2]
WORKSPACES, SECONDS = 500, 60
EVENTS_A_SECOND, IN_A_DELIVERY = 1_000, 20
SENDERS, VIEWERS = 4, 8
#: Of the workspaces this many are looked at, and of their acknowledged deliveries this share: 2.5 looks a second.
LOOKED_AT, SHARE_SAMPLED = 100, 0.25
#: Between two looks of one viewer; a figure is given up after so long.
LOOK_S, PATIENCE_S = 0.25, 60.0
#: Before it begins: what processes do once, at their start, is not measured.
SETTLE_S = 5.0


@dataclass
class Door:
    """A workspace: where its events go, where it is looked at, and how many e-mails it should tell of."""

    hook: str
    secret: str
    page: str
    looked_at: bool = False
    expected: int = 0


def measure(ground: Ground) -> list[Row]:
    """Seconds; the machine runs the senders and viewers, too."""
    doors = _doors(ground)
    with running(ground.settings.home) as (port, web), _worker(ground.settings.home) as worker:
        viewer = http.client.HTTPConnection("127.0.0.1", port, timeout=90)
        for door in doors:
            if door.looked_at:
                door.expected = _told(viewer, door)
        time.sleep(SETTLE_S)
        load = os.getloadavg()[0]
        field = _Field(port, doors)
        used = {"web": cpu_s(web), "worker": cpu_s(worker), "bench": time.process_time()}
        field.run()
        used = {
            "web": cpu_s(web) - used["web"],
            "worker": cpu_s(worker) - used["worker"],
            "bench": time.process_time() - used["bench"],
        }
    if not field.waits:
        raise SystemExit("no event was acknowledged")
    quick = sum(1 for wait in field.waits if wait <= 2.0)
    rate = field.events / field.seconds
    note = (
        f"{len(field.waits)} looked for, {quick} of them within 2 s, worst {max(field.waits):.1f} s; "
        f"{field.given_up} not within {PATIENCE_S:.0f} s; load {load:.1f} before, {os.getloadavg()[0]:.1f} after"
    )
    acks = (
        f"ack p50 {1_000 * quantile(field.acks, 0.5):.0f} ms, p99 {1_000 * quantile(field.acks, 0.99):.0f} ms"
    )
    costs = ", ".join(
        f"{name} {seconds:.1f} s ({seconds / field.elapsed:.2f} cores)" for name, seconds in used.items()
    )
    thousand = 1_000 * (used["web"] + used["worker"]) / field.events
    return [
        Row("freshness: CPU a thousand events, web and worker", thousand, "s", None, costs),
        Row("freshness: events acknowledged", rate, "events/s", EVENTS_A_SECOND, acks, more=True),
        Row("freshness: acknowledged → in the portal, p50", quantile(field.waits, 0.5), "s", None, note),
        Row("freshness: acknowledged → in the portal, p99", quantile(field.waits, 0.99), "s", 2.0),
    ]


class _Field:
    """Senders and viewers of one run."""

    def __init__(self, port: int, doors: list[Door]) -> None:
        self._port, self._doors = port, doors
        self._next = 0
        self._guard = threading.Lock()
        self._looks: queue.Queue[tuple[Door, int, float] | None] = queue.Queue()
        self.waits: list[float] = []
        self.acks: list[float] = []
        self.events, self.given_up = 0, 0
        #: Of the sending, and of all until the last look was answered.
        self.seconds = self.elapsed = 0.0

    def run(self) -> None:
        """Until SECONDS of sending are over and every look has an answer."""
        began = time.monotonic()
        senders = [threading.Thread(target=self._send, args=(began,)) for _ in range(SENDERS)]
        viewers = [threading.Thread(target=self._view) for _ in range(VIEWERS)]
        for thread in senders + viewers:
            thread.start()
        for thread in senders:
            thread.join()
        self.seconds = time.monotonic() - began
        for _ in viewers:
            self._looks.put(None)
        for thread in viewers:
            thread.join()
        self.elapsed = time.monotonic() - began

    def _send(self, began: float) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
        pace = IN_A_DELIVERY / EVENTS_A_SECOND
        while True:
            with self._guard:
                number, self._next = self._next, self._next + 1
            due = began + number * pace
            if due - began >= SECONDS or time.monotonic() - began >= SECONDS:
                return
            time.sleep(max(0.0, due - time.monotonic()))
            door = self._doors[number % len(self._doors)]
            asked = time.monotonic()
            _deliver(connection, door)
            acknowledged = time.monotonic()
            with self._guard:
                door.expected += IN_A_DELIVERY
                expected = door.expected
                self.events += IN_A_DELIVERY
                self.acks.append(acknowledged - asked)
            if door.looked_at and random.random() < SHARE_SAMPLED:
                self._looks.put((door, expected, acknowledged))

    def _view(self) -> None:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=90)
        while (look := self._looks.get()) is not None:
            door, expected, acknowledged = look
            while _told(connection, door) < expected:
                if time.monotonic() - acknowledged > PATIENCE_S:
                    self.given_up += 1
                    break
                time.sleep(LOOK_S)
            self.waits.append(time.monotonic() - acknowledged)


def _deliver(connection: http.client.HTTPConnection, door: Door) -> None:
    at = datetime.now(UTC)
    records = [
        {
            "event": "sent",
            "event_id": (name := uuid4().hex),
            "message_id": name,
            "lead": f"{name}@client.example",
            "occurred_at": at.isoformat(),
        }
        for _ in range(IN_A_DELIVERY)
    ]
    body = json.dumps(records).encode()
    headers = {"Content-Type": "application/json", **sign(door.secret, f"msg_{uuid4().hex}", at, body)}
    connection.request("POST", door.hook, body, headers)
    answer = connection.getresponse()
    told = answer.read()
    if answer.status != 200:
        raise SystemExit(f"A delivery was answered {answer.status}: {told[:200]!r}")


def _told(connection: http.client.HTTPConnection, door: Door) -> int:
    """The e-mails that the workspace's portal tells of."""
    connection.request("GET", f"{door.page}live")
    answer = connection.getresponse()
    page = answer.read().decode()
    found = re.search(r'data-tile="sent".*?class="num">([\d,]+)<', page, re.S)
    if answer.status != 200:
        raise SystemExit(f"The portal answered {answer.status}.")
    return int(found[1].replace(",", "")) if found else 0


def _doors(ground: Ground) -> list[Door]:
    ids = ground.ids[:WORKSPACES]
    found = []
    with ground.services.session() as session:
        for workspace_id in ids:
            workspace = session.get_one(Workspace, workspace_id)
            _, hook, secret = create_source(session, ground.settings, workspace, "canonical")
            found.append((workspace_id, hook, secret))
    every = WORKSPACES // LOOKED_AT
    return [
        Door(hook, secret, ground.address(workspace_id), looked_at=number % every == 0)
        for number, (workspace_id, hook, secret) in enumerate(found)
    ]


@contextmanager
def _worker(home: Path) -> Iterator[int]:
    """`vitrine worker` over the bench's home; its process id."""
    own = {name: value for name, value in os.environ.items() if not name.startswith(("VITRINE_", "DASH_"))}
    process = subprocess.Popen(
        [sys.executable, "-m", "dashapp", "worker"], cwd=ROOT, env={**own, "VITRINE_HOME": str(home)}
    )
    try:
        yield process.pid
    finally:
        process.terminate()
        process.wait(timeout=60)
