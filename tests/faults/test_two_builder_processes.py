"""A web process and a worker build the same workspaces at once, while a backfill comes in out of order.

Alice has three clients, Charlie one. After each batch a portal is opened, so the web process folds what the worker
is folding. Seconds after the last batch every figure is that of an independent count, and nobody was held back.
`make test` feeds for a few seconds, `make faults` for ten minutes.
"""

from __future__ import annotations

import json
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.agencies import accounts
from dashapp.db.base import now
from dashapp.db.jobs import WORKER, JobRun
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from dashapp.sources import registry as sources
from data.lake import manifest
from data.marts.check_tables import check_failure
from data.query.ask import ask_all
from data.question import Query
from data.scope import Scope
from data.sources.providers.canonical import sign
from tests.e2e.stage import ROOT
from tests.faults.backfill import Backfill
from tests.faults.two_machines import START_S, Endpoint, Machines, fetch, machines, sent, until
from tests.support.reference import figures as reference

pytestmark = [pytest.mark.faults, pytest.mark.timeout(1_200)]

FEED_S, FEED_LONG_S = 12.0, 600.0
#: After the last batch; it takes about one, and this machine may be busy with other things.
SETTLED_S = 15.0
MORE_CLIENTS = (("Pine Dental", "America/New_York"), ("Quay Books", "Asia/Kolkata"))
ASKED = [
    {"name": "sent_emails"},
    *(
        {"name": "rate", "data_type": data_type, "attribution": attribution}
        for data_type in ("open", "click", "reply", "bounce")
        for attribution in ("email", "lead")
    ),
]


@dataclass
class Client:
    """A workspace with its webhook, its portal, and what was delivered to it."""

    door: Endpoint
    portal: str
    timezone: str
    backfill: Backfill
    batches: int = 0


@pytest.fixture
def house(database_url_for_processes: str, tmp_path: Path) -> Iterator[Machines]:
    """A web process and a worker of one machine."""
    made = machines(tmp_path, database_url_for_processes, str(tmp_path / "lake"), {})
    try:
        made.start("serve", 0)
        made.start("worker", 0)

        def answers() -> bool:
            with suppress(OSError):
                return fetch(f"{made.urls[0]}/healthz")[0] == 200
            return False

        until(answers, START_S, made.logs)
        yield made
    finally:
        made.stop()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database_url_for_processes(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty database that other processes can open, too."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'vitrine.db'}"
    return str(request.getfixturevalue("postgres_url"))


def test_a_backfill_out_of_order_while_portals_are_open(
    house: Machines, request: pytest.FixtureRequest
) -> None:
    clients = _clients(house)
    long = "faults" in (request.config.getoption("-m") or "")
    stop, over, faults, doctors = threading.Event(), threading.Event(), [], []
    others = [
        *(threading.Thread(target=_read, args=(house, client, over, faults)) for client in clients),
        threading.Thread(target=_look_after, args=(house, over, doctors, 30 if long else 4)),
    ]
    feeders = [threading.Thread(target=_feed, args=(house, client, stop, faults)) for client in clients]
    began = time.monotonic()
    try:
        for thread in (*others, *feeders):
            thread.start()
        stop.wait(FEED_LONG_S if long else FEED_S)
    finally:
        stop.set()
        for thread in feeders:
            thread.join(60)
        over.set()
        for thread in others:
            thread.join(60)
    batches = sum(client.batches for client in clients)
    as_of = now()
    told = {client.door.id: _counted(client, as_of) for client in clients}
    last = time.monotonic()
    with suppress(AssertionError):  # who is not right by then is named below, with the figures
        until(
            lambda: all(_answers(house, one) == told[one.door.id] for one in clients), SETTLED_S, house.logs
        )
    print(f"{batches} batches in {last - began:.0f} s; right {time.monotonic() - last:.1f} s after the last")
    for client in clients:
        assert _answers(house, client) == told[client.door.id], house.logs()
        assert sent(fetch(house.urls[0] + client.portal)[1]) == _sent_lately(client, as_of)
    assert faults == []
    with house.services.reader.connect() as connection:
        assert connection.execute(select(check_failure)).all() == []
        apart = connection.execute(
            select(JobRun.detail).where(JobRun.job == "refresh-marts", JobRun.origin == WORKER)
        )
        assert apart.all() == []
        versions = manifest.current(connection, [client.door.id for client in clients])
    assert all(one.version > 1 for one in versions.values())
    for checks in (*doctors, _doctor(house)):
        # Whose files these are is another test's; this home was made without the command line.
        assert [check for check in checks if not check["ok"] and check["check"] != "modes"] == []


def _clients(house: Machines) -> list[Client]:
    found = [(house.harbour, "Europe/Madrid"), (house.colossus, "Asia/Kolkata")]
    with house.services.session() as session:
        north = session.get_one(Workspace, house.harbour.id).managing_agency
        for name, zone in MORE_CLIENTS:
            workspace = accounts.create_workspace(session, north, name, zone)
            _, hook, secret = sources.create_source(session, house.services.settings, workspace, "canonical")
            found.append((Endpoint(workspace.id, hook, secret), zone))
    at = now() - timedelta(hours=1)
    clients = []
    with house.services.session() as session:
        for door, zone in found:
            workspace = session.get_one(Workspace, door.id)
            _, _, token = links.create_share(session, house.services.settings, workspace)
            backfill = Backfill(f"w{door.id}", at, random.Random(door.id))
            clients.append(Client(door, f"/p/{token}/", zone, backfill))
    return clients


def _feed(house: Machines, client: Client, stop: threading.Event, faults: list[Any]) -> None:
    """Batches until it is told to stop, then what is left; after each the portal is opened."""
    try:
        while not stop.is_set():
            _deliver(house, client, client.backfill.batch())
        while rest := client.backfill.remaining():
            _deliver(house, client, rest)
    except BaseException as error:
        faults.append(error)


def _deliver(house: Machines, client: Client, records: list[dict[str, Any]]) -> None:
    client.batches += 1
    body = json.dumps(records).encode()
    headers = {
        "Content-Type": "application/json",
        **sign(client.door.secret, f"msg_{client.door.id}_{client.batches}", now(), body),
    }
    status, told, _ = fetch(house.urls[0] + client.door.hook, body, headers)
    assert (status, json.loads(told)["parked"]) == (200, 0), told
    assert fetch(house.urls[0] + client.portal)[0] == 200


def _read(house: Machines, client: Client, stop: threading.Event, faults: list[Any]) -> None:
    """An open portal page: it asks for what is new every half second."""
    etag = ""
    while not stop.wait(0.5):
        try:
            status, text, headers = fetch(
                f"{house.urls[0]}{client.portal}live", None, {"If-None-Match": etag} if etag else {}
            )
        except OSError as error:
            faults.append(error)
            return
        if status not in {200, 304} or "is-failed" in text:
            faults.append((status, text[:500]))
        etag = headers.get("ETag", etag)


def _look_after(house: Machines, over: threading.Event, doctors: list[Any], every_s: float) -> None:
    """`vitrine doctor` while all this goes on."""
    while not over.wait(every_s):
        doctors.append(_doctor(house))


def _queries() -> dict[str, Query]:
    return {str(number): Query.model_validate(asked) for number, asked in enumerate(ASKED)}


def _answers(house: Machines, client: Client) -> list[dict[str, Any]]:
    """What the published version says, if it says that it is up to date; nothing is folded in to answer."""
    answers = ask_all(house.services.lake, Scope(frozenset({client.door.id})), client.door.id, _queries())
    return [_plain(answers[str(number)]) for number in range(len(ASKED))]


def _counted(client: Client, as_of: datetime) -> list[dict[str, Any]]:
    return [_plain(reference.answer(client.backfill.told, client.timezone, asked, as_of)) for asked in ASKED]


def _plain(answer: dict[str, Any]) -> dict[str, Any]:
    return {key: answer[key] for key in ("total", "n", "base", "held_back") if key in answer}


def _sent_lately(client: Client, as_of: datetime) -> int:
    """E-mails of the portal's last 28 local days."""
    today = as_of.astimezone(reference.ZoneInfo(client.timezone)).date()
    asked = {"name": "sent_emails", "from": today - timedelta(days=27), "to": today}
    return int(reference.answer(client.backfill.told, client.timezone, asked, as_of)["total"])


def _doctor(house: Machines) -> list[dict[str, Any]]:
    """The checks of `vitrine doctor`, run beside the others."""
    environ = {**house.environ, "VITRINE_HOME": str(house.folder / "machine-0")}
    done = subprocess.run(
        [sys.executable, "-m", "dashapp", "doctor", "--json"],
        cwd=ROOT,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    checks: list[dict[str, Any]] = json.loads(done.stdout)["checks"]
    return checks
