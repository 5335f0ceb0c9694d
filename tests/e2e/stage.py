"""The stage of the browser tests: two agencies with twelve weeks behind them, and a real server and worker.

Everything came in through the same doors as in production: `canonical_many`, the inbox, drain, refresh.
"""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from dashapp.agencies import accounts
from dashapp.config import Settings, load
from dashapp.db import migrate
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.services import Services, open_services
from dashapp.sharing import links
from dashapp.sources import registry as sources
from data.building import build
from data.events.canonical import canonical_many
from data.lake import segments
from data.sources.providers.canonical import sign

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse battery staple"
ALICE, BOB, CHARLIE = "alice@north.example", "bob@north.example", "charlie@south.example"
#: What only South has; it must never be on a screen of anybody of North.
CANARY = "ZZZ-LEAK-CANARY"
SHARE_PASSWORD = "a word for the guest"
DAYS = 84
#: Seconds a fresh server may take to answer its first request.
START_S = 180


@dataclass(frozen=True)
class Stage:
    """A running installation. `hook` and `secret` let events into Harbour Coffee."""

    settings: Settings
    services: Services
    url: str
    hook: str
    secret: str
    harbour: int

    def share(self, **options: Any) -> tuple[int, str]:
        """A new link of Harbour Coffee: (id, address)."""
        with self.services.session() as session:
            workspace = session.get_one(Workspace, self.harbour)
            share, url, _ = links.create_share(session, self.settings, workspace, **options)
            return share.id, url

    def revoke(self, share_id: int) -> None:
        """End a link of Harbour Coffee for good."""
        with self.services.session() as session:
            workspace = session.get_one(Workspace, self.harbour)
            links.revoke(session, links.share_of(session, workspace, share_id))

    def post(self, records: list[dict[str, Any]]) -> dict[str, Any]:
        """Deliver events as a customer's own system does: over HTTP, signed."""
        at, body = now(), json.dumps(records).encode()
        headers = {"Content-Type": "application/json", **sign(self.secret, f"msg_{at.timestamp()}", at, body)}
        request = urllib.request.Request(self.url + self.hook, body, headers, method="POST")
        with urllib.request.urlopen(request, timeout=60) as response:
            answer: dict[str, Any] = json.load(response)
        return answer


def history(prefix: str, messages: int, campaigns: list[str], *, eager: float = 1.0) -> list[dict[str, Any]]:
    """Twelve weeks that end now. `eager` scales how often a lead opens and replies."""
    dice, at = random.Random(prefix), now()
    records: list[dict[str, Any]] = []
    for number in range(messages):
        lead = f"lead{number % max(1, messages * 4 // 5)}@client{number % 7}.example"
        message = {
            "channel": "email",
            "message_id": f"{prefix}-{number}",
            "lead": lead,
            "campaign": campaigns[number % len(campaigns)],
            "step": 1 + (number * 3 // max(1, messages)),
            "user": ALICE,
            "sender": ALICE,
        }
        # Busier towards the end, so that the last 28 days have something to compare.
        sent = at - timedelta(days=DAYS * (1 - (number / messages) ** 0.8), minutes=dice.uniform(5, 300))

        def add(event: str, when: datetime, message: dict[str, Any] = message, **more: Any) -> None:
            if when < at:
                name = f"{message['message_id']}-{event}"
                records.append(
                    {**message, **more, "event": event, "event_id": name, "occurred_at": when.isoformat()}
                )

        add("sent", sent)
        if dice.random() < 0.03:
            add(
                "bounced", sent + timedelta(seconds=8), bounce_kind="hard", server_response="550 no such user"
            )
            continue
        add("delivered", sent + timedelta(seconds=9))
        if dice.random() < 0.46 * eager:
            add("opened", sent + timedelta(hours=dice.uniform(0.1, 60)))
            if dice.random() < 0.25:
                add("clicked", sent + timedelta(hours=61), url="https://north.example/menu")
        if dice.random() < 0.09 * eager:
            kind = dice.choice(["interested", "booking_request", "not_now", "not_interested"])
            text = (
                "Thank you, let us talk on Thursday." if kind == "interested" else "Not for us at the moment."
            )
            add("replied", sent + timedelta(hours=62), reply_text=text, reply_category=kind)
    return records


def build_home(home: Path, port: int) -> Stage:
    """A migrated home with North and South in it, their events drained and their marts fresh."""
    settings = load(environ(home, port))
    services = open_services(settings)
    migrate.upgrade(services.engine)
    with services.session() as session:
        north, _ = accounts.create_agency(session, "North", ALICE, PASSWORD)
        harbour = accounts.create_workspace(session, north, "Harbour Coffee", "Europe/Madrid")
        pine = accounts.create_workspace(session, north, "Pine Dental", "America/New_York")
        accounts.create_workspace(session, north, "Lumen Legal", "Asia/Tokyo")  # nothing came in yet
        accounts.create_user(session, BOB, PASSWORD, workspace=harbour, workspace_role="member")
        south, _ = accounts.create_agency(session, "South", CHARLIE, PASSWORD)
        colossus = accounts.create_workspace(session, south, "Colossus", "Asia/Kolkata")
        _, hook, secret = sources.create_source(session, settings, harbour, "canonical")
    stories = {
        harbour.id: history("harbour", 320, ["Autumn menu", "Wholesale, Basque Country", "Winter hampers"]),
        pine.id: history("pine", 120, ["Check-ups", "Whitening"], eager=0.7),
        colossus.id: history("colossus", 900, [CANARY], eager=9),
    }
    for workspace, records in stories.items():
        events, parked = canonical_many(records, now())
        assert not parked, parked[0].why
        services.inbox.put(workspace, None, events, received_at=now())
    segments.drain(services.lake)
    build.refresh(services.lake)
    return Stage(settings, services, f"http://127.0.0.1:{port}", hook, secret, harbour.id)


def environ(home: Path, port: int) -> dict[str, str]:
    """The environment of the installation: nothing of the developer's own one."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("VITRINE_", "DASH_"))}
    return {**kept, "VITRINE_HOME": str(home), "VITRINE_PORT": str(port)}


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def running(stage: Stage, log_folder: Path) -> Iterator[None]:
    """`vitrine serve` and `vitrine worker` as processes of their own, ended with the block."""
    env = environ(stage.settings.home, stage.settings.port)
    started: list[subprocess.Popen[bytes]] = []
    try:
        for command in ("serve", "worker"):
            with (log_folder / f"{command}.log").open("wb") as log:
                line = [sys.executable, "-m", "dashapp", command]
                started.append(subprocess.Popen(line, cwd=ROOT, env=env, stdout=log, stderr=log))
        _wait(stage.url, started, log_folder)
        yield
    finally:
        for process in started:
            process.send_signal(signal.SIGTERM)
        for process in started:
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
            process.kill()
            process.wait()


def _wait(url: str, started: list[subprocess.Popen[bytes]], log_folder: Path) -> None:
    limit = time.monotonic() + START_S
    while time.monotonic() < limit:
        if all(process.poll() is None for process in started):
            with suppress(OSError), urllib.request.urlopen(f"{url}/healthz", timeout=2) as answer:
                if answer.status == 200:
                    return
            time.sleep(0.1)
        else:
            break
    told = "\n".join(path.read_text() for path in sorted(log_folder.glob("*.log")))
    raise RuntimeError(f"Vitrine did not start within {START_S} s:\n{told}")
