"""An installation on two machines: a web process and a worker each, over one PostgreSQL and one S3 server.

A machine has a home of its own, with nothing in it but its copies of the lake's files.
"""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from email.message import Message
from http.client import HTTPException
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from dashapp.agencies import accounts
from dashapp.config import load
from dashapp.db import migrate
from dashapp.db.base import now
from dashapp.db.tenants import Workspace
from dashapp.services import Services, open_services
from dashapp.sharing import links
from dashapp.sources import registry as sources
from data.sources.providers.canonical import sign
from tests.e2e.stage import ALICE, CHARLIE, PASSWORD, ROOT, free_port

START_S = 90


@dataclass
class Endpoint:
    """A workspace, its webhook, and how many messages it has acknowledged."""

    id: int
    hook: str
    secret: str
    acknowledged: int = 0


@dataclass
class Machines:
    """`urls`: of web A and web B. `running`: processes by name, such as `serve-0` and `worker-1`."""

    folder: Path
    environ: dict[str, str]
    services: Services
    harbour: Endpoint
    colossus: Endpoint
    ports: tuple[int, int]
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    @property
    def urls(self) -> list[str]:
        """Web A, web B."""
        return [f"http://127.0.0.1:{port}" for port in self.ports]

    def start(self, command: str, machine: int) -> None:
        """`vitrine serve` or `vitrine worker` on a machine."""
        environ = {
            **self.environ,
            "VITRINE_HOME": str(self.folder / f"machine-{machine}"),
            "VITRINE_PORT": str(self.ports[machine]),
        }
        with (self.folder / f"{command}-{machine}.log").open("ab") as log:
            line = [sys.executable, "-m", "dashapp", command]
            process = subprocess.Popen(line, cwd=ROOT, env=environ, stdout=log, stderr=log)
        self.running[f"{command}-{machine}"] = process

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.running.pop(name)
        process.kill()
        process.wait()

    def stop(self) -> None:
        """End all of them."""
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            with suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            process.wait()
        self.services.engine.dispose()

    def wait_for_webs(self) -> None:
        """Until both answer."""

        def answers() -> bool:
            with suppress(OSError):
                return all(fetch(f"{url}/healthz")[0] == 200 for url in self.urls)
            return False

        until(answers, START_S, self.logs)

    def logs(self) -> str:
        """The end of what every process said."""
        return "\n".join(f"{p.name}:\n{p.read_text()[-2_000:]}" for p in sorted(self.folder.glob("*.log")))

    def shows(self, web: int, path: str) -> Callable[[], bool]:
        """Whether a web's page tells every e-mail of Harbour Coffee that was acknowledged."""
        return lambda: sent(fetch(self.urls[web] + path)[1]) == self.harbour.acknowledged

    def share(self) -> tuple[int, str]:
        """A link to Harbour Coffee: (id, path)."""
        with self.services.session() as session:
            workspace = session.get_one(Workspace, self.harbour.id)
            share, _, token = links.create_share(session, self.services.settings, workspace)
            return share.id, f"/p/{token}/"

    def revoke(self, share_id: int) -> None:
        """As the desk does, from another process than either web."""
        with self.services.session() as session:
            workspace = session.get_one(Workspace, self.harbour.id)
            links.revoke(session, links.share_of(session, workspace, share_id))

    def deliver(self, door: Endpoint, web: int, prefix: str, messages: int, tries: int = 1) -> None:
        """Messages sent and opened this morning, as one signed delivery; sent again until acknowledged."""
        at = now()
        records = [
            {
                "event": event,
                "event_id": f"{prefix}-{n}-{event}",
                "occurred_at": (at - timedelta(minutes=minutes)).isoformat(),
                "message_id": f"{prefix}-{n}",
                "lead": f"{prefix}-{n}@client.example",
                "campaign": "Autumn menu",
            }
            for n in range(messages)
            for event, minutes in (("sent", 9), ("opened", 2))
        ]
        body = json.dumps(records).encode()
        headers = {"Content-Type": "application/json", **sign(door.secret, f"msg_{prefix}", at, body)}
        for attempt in range(tries):
            url = self.urls[(web + attempt) % 2]  # as a load balancer goes on to the other one
            with suppress(OSError, HTTPException):  # a process killed may have begun to answer
                status, told, _ = fetch(url + door.hook, body, headers)
                if status == 200:
                    assert json.loads(told)["parked"] == 0
                    door.acknowledged += messages
                    return
            time.sleep(0.2)
        raise AssertionError(f"{prefix} was not acknowledged in {tries} tries\n{self.logs()}")


def machines(folder: Path, database_url: str, lake_url: str, aws: dict[str, str]) -> Machines:
    """The agencies and their doors; nothing runs yet."""
    ports = free_port(), free_port()
    own = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("VITRINE_", "DASH_", "AWS_"))
    }
    environ = {
        **own,
        **aws,
        "VITRINE_DATABASE_URL": database_url,
        "VITRINE_LAKE_URL": lake_url,
        "VITRINE_SECRET_KEY": "0123456789abcdef-one-key-for-both-machines",
        "VITRINE_PUBLIC_URL": f"http://127.0.0.1:{ports[0]}",
    }
    services = open_services(load({**environ, "VITRINE_HOME": str(folder / "desk")}))
    migrate.upgrade(services.engine)
    doors = []
    with services.session() as session:
        for agency, owner, client, zone in (
            ("North", ALICE, "Harbour Coffee", "Europe/Madrid"),
            ("South", CHARLIE, "Colossus", "Asia/Kolkata"),
        ):
            made, _ = accounts.create_agency(session, agency, owner, PASSWORD)
            workspace = accounts.create_workspace(session, made, client, zone)
            _, hook, secret = sources.create_source(session, services.settings, workspace, "canonical")
            doors.append(Endpoint(workspace.id, hook, secret))
    return Machines(folder, environ, services, doors[0], doors[1], ports)


def fetch(
    url: str, body: bytes | None = None, headers: dict[str, str] | None = None
) -> tuple[int, str, Message]:
    """(status, text, headers) of a request without cookies; a connection refused raises OSError."""
    request = urllib.request.Request(url, body, headers or {})
    try:
        with urllib.request.urlopen(request, timeout=15) as response:
            return response.status, response.read().decode(), response.headers
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode(), error.headers


def sent(page: str) -> int | None:
    """The number of e-mails the portal's page tells; None when the tile failed or is empty."""
    found = re.search(r'data-tile="sent".*?class="num">([\d,]+)<', page, re.S)
    return int(found[1].replace(",", "")) if found else None


def logged_in(url: str) -> urllib.request.OpenerDirector:
    """A browser of Alice's, logged in at `url`; its cookies go to every port of the host, as a browser's do."""
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
    html = {"Accept": "text/html"}
    form = browser.open(urllib.request.Request(f"{url}/login", headers=html), timeout=15).read().decode()
    token = re.search(r'name="csrf_token" value="([^"]+)"', form)
    assert token, form[:500]
    data = {"email": ALICE, "password": PASSWORD, "csrf_token": token[1], "next": "/"}
    headers = {**html, "Referer": f"{url}/login"}
    browser.open(urllib.request.Request(f"{url}/login", urlencode(data).encode(), headers), timeout=30)
    return browser


def until(true: Callable[[], Any], seconds: float, why: Callable[[], str]) -> float:
    """Wait until it is; gives the seconds that took."""
    began = time.monotonic()
    while not true():
        if time.monotonic() - began > seconds:
            raise AssertionError(f"not within {seconds} s\n{why()}")
        time.sleep(0.1)
    return time.monotonic() - began
