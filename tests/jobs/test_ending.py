"""Stopped with work that outlasts the drain: a real process ends cleanly, and the run is the next claimer's."""

from __future__ import annotations

import os
import select as polling
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from http.client import HTTPConnection, HTTPException
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.config import load
from dashapp.db import migrate
from dashapp.db.jobs import JobRun, Lease
from dashapp.db.security import WorkerBeat
from dashapp.services import Services, open_services
from jobs.runtime import ledger
from jobs.runtime.job import Job, Task
from jobs.runtime.timing import Timing
from jobs.worker import Worker

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = Path(__file__).with_name("outlasting_process.py")
Begin = Callable[..., "subprocess.Popen[str]"]


@pytest.fixture
def services(tmp_path: Path) -> Iterator[Services]:
    found = open_services(load({"VITRINE_HOME": str(tmp_path / "home")}))
    migrate.upgrade(found.engine)
    yield found
    found.engine.dispose()


@pytest.fixture
def begin(services: Services) -> Iterator[Begin]:
    """Start `vitrine NAME` over the home; what is left at the end is killed."""
    begun: list[subprocess.Popen[str]] = []

    def start(name: str, *more: str) -> subprocess.Popen[str]:
        home = services.settings.home
        words = [sys.executable, str(SCRIPT), name, str(services.lake.root), *more]
        environment = {**os.environ, "VITRINE_HOME": str(home), "PYTHONPATH": str(ROOT)}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        begun.append(subprocess.Popen(words, env=environment, cwd=ROOT, text=True, **pipes))  # type: ignore[call-overload]
        return begun[-1]

    yield start
    for process in begun:
        process.kill()
        process.wait(10)


def until_at_work(process: subprocess.Popen[str]) -> None:
    assert process.stdout is not None
    ready, _, _ = polling.select([process.stdout], [], [], 60)
    assert ready, "it never began"
    assert process.stdout.readline() == "at work\n"


def ended(process: subprocess.Popen[str], signals: int) -> tuple[int, str]:
    """(exit code, what it said) after so many SIGTERMs."""
    for _ in range(signals):
        process.send_signal(signal.SIGTERM)
    _, said = process.communicate(timeout=60)
    return process.returncode, said


@pytest.mark.parametrize("signals", [1, 2])
def test_a_worker_ends_cleanly_and_its_run_is_the_next_ones(
    services: Services, begin: Begin, signals: int
) -> None:
    run_id = ledger.run_now(services.engine, "long", 0)
    process = begin("worker")
    until_at_work(process)
    with Session(services.engine) as session:
        row = session.get_one(JobRun, run_id)
        assert (row.state, row.tries) == ("running", 1)
    code, said = ended(process, signals)
    assert (code, "terminate called" in said, "Traceback" in said) == (0, False, False), said
    assert f"Run {run_id} of long is left to another worker." in said
    assert "Ends while executor-" in said
    with Session(services.engine) as session:
        row = session.get_one(JobRun, run_id)
        assert (row.state, row.tries, row.holder) == ("queued", 0, "")
        assert session.scalars(select(Lease)).one().holder == ""
        assert session.scalars(select(WorkerBeat)).all() == []

    stop = threading.Event()

    def quick(task: Task) -> None:
        stop.set()

    timing = Timing(lease_renew=0.1, heartbeat=0.1, poll=0.02, drain=10.0)
    left = Worker(services.lake, jobs={"long": Job("long", "", quick)}, timing=timing).run(stop)
    assert left == []
    with Session(services.engine) as session:
        row = session.get_one(JobRun, run_id)
        assert (row.state, row.tries) == ("done", 1)


def test_a_web_server_ends_cleanly_although_a_request_does_not(services: Services, begin: Begin) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = begin("serve", "--port", str(port))
    asking = threading.Thread(target=_ask, args=(port,), daemon=True)
    asking.start()
    until_at_work(process)
    code, said = ended(process, 1)
    assert (code, "terminate called" in said) == (0, False), said
    assert "Ends while waitress-" in said
    asking.join(10)
    assert not asking.is_alive(), "whoever asked is told that nobody answers any more"


def _ask(port: int) -> None:
    """Until somebody listens; then as long as it takes."""
    while True:
        connection = HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("GET", "/")
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
            continue
        with suppress(OSError, HTTPException):
            connection.getresponse()
        return
