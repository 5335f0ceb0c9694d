"""Health for load balancers: what is well, what is not, and no tenant's name."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from dashapp.db.base import now
from dashapp.db.jobs import JobRun, Lease
from dashapp.db.security import WorkerBeat
from dashapp.services import Services
from dashapp.web import health


@pytest.fixture
def each_look(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is kept: every question looks."""
    monkeypatch.setattr(health, "KEPT_S", 0.0)


@pytest.mark.usefixtures("each_look")
def test_alive_and_ready(client, running) -> None:
    assert client.get("/healthz").json == {"ok": True}
    answer = client.get("/readyz")
    assert answer.status_code == 200
    assert answer.json["worker"] == {"ok": False, "beat_age_s": None}
    with running.session() as session:
        session.add(WorkerBeat(name="w1"))
    worker = client.get("/readyz").json["worker"]
    assert worker["ok"]
    assert worker["beat_age_s"] <= 5
    assert not list(running.lake.root.glob(".ready-*"))


@pytest.mark.usefixtures("each_look")
def test_the_scheduler_is_told(client, running) -> None:
    """Lease renewed 4 s ago, a run due for 30 s, one dead letter, a refresh that went well 7 s ago."""
    nobody = {"lease_age_s": None, "oldest_queued_s": None, "dead": 0, "last_success_s": {}}
    assert client.get("/readyz").json["scheduler"] == nobody
    at = now()

    def ago(seconds: float) -> datetime:
        return at - timedelta(seconds=seconds)

    with running.session() as session:
        session.add(Lease(name="leader", holder="w1", fence=1, renewed_at=ago(4), expires=ago(-11)))
        for n, (state, due, finished) in enumerate(
            [("queued", 30, None), ("dead", 90, 60), ("done", 100, 99), ("done", 10, 7)]
        ):
            session.add(
                JobRun(
                    job="refresh-marts",
                    tenant=3,
                    slot=f"{n}",
                    origin="clock",
                    state=state,
                    due_at=ago(due),
                    finished_at=None if finished is None else ago(finished),
                )
            )
    told = client.get("/readyz").json["scheduler"]
    assert 4 <= told["lease_age_s"] <= 7
    assert 30 <= told["oldest_queued_s"] <= 33
    assert told["dead"] == 1
    assert 7 <= told["last_success_s"]["refresh-marts"] <= 10
    with running.session() as session:
        session.get_one(Lease, "leader").holder = ""
    assert client.get("/readyz").json["scheduler"]["lease_age_s"] is None


@pytest.mark.usefixtures("each_look")
def test_a_lost_database_or_lake_is_503(client, running, monkeypatch) -> None:
    with monkeypatch.context() as patch:

        def fail(_: Services) -> None:
            raise OperationalError("SELECT 1", {}, Exception("gone"))

        patch.setattr(Services, "reading", fail)
        answer = client.get("/readyz")
        assert (answer.status_code, answer.json["database"]) == (503, False)
        assert "gone" not in answer.text
        assert client.get("/healthz").status_code == 200
    running.lake.root.rmdir()
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json["lake"]) == (503, False)


class Clock:
    """Stands until it is moved, and counts the looks."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.at, self.looks, self.hold = 1_000.0, 0, threading.Event()
        self.hold.set()
        look = health._look

        def counted(running: Services) -> dict[str, Any]:
            self.looks += 1
            assert self.hold.wait(10)
            return look(running)

        monkeypatch.setattr(health, "_look", counted)
        monkeypatch.setattr(health, "time", SimpleNamespace(monotonic=lambda: self.at))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of /readyz."""
    return Clock(monkeypatch)


def test_however_often_charlie_asks_it_is_looked_every_two_seconds(
    app, make_app, running, clock: Clock
) -> None:
    charlie = app.test_client()
    assert {charlie.get("/readyz").status_code for _ in range(50)} == {200}
    assert clock.looks == 1
    running.lake.root.rmdir()
    clock.at += 1.9
    assert charlie.get("/readyz").status_code == 200
    clock.at += 0.2
    assert charlie.get("/readyz").status_code == 503
    assert clock.looks == 2
    # What is known of one app, and of other services in the same one, says nothing of these.
    other = make_app()
    assert other.test_client().get("/readyz").status_code == 200
    app.extensions["vitrine"] = other.extensions["vitrine"]
    assert charlie.get("/readyz").status_code == 200
    assert clock.looks == 4


def test_while_one_looks_the_others_get_the_last(app, clock: Clock, monkeypatch) -> None:
    def asked() -> int:
        return int(app.test_client().get("/readyz").status_code)

    with ThreadPoolExecutor(1) as pool:
        try:
            monkeypatch.setattr(health, "KEPT_S", 0.2)
            clock.hold.clear()
            first = pool.submit(asked)
            while not clock.looks:
                time.sleep(0.01)
            assert asked() == 503, "nothing is known yet, and nobody waits for long"
            clock.hold.set()
            assert first.result(10) == 200
            clock.at += 3
            clock.hold.clear()
            second = pool.submit(asked)
            while clock.looks < 2:
                time.sleep(0.01)
            assert [asked() for _ in range(5)] == [200] * 5
            clock.at += 60
            assert asked() == 503, "the look hangs: what was found a minute ago is no answer"
        finally:
            clock.hold.set()
        assert second.result(10) == 200
    assert clock.looks == 2


def test_metrics_count_and_name_nobody(client, alice) -> None:
    alice.get("/w/harbour-coffee/analytics")
    text = client.get("/metrics").text
    assert 'vitrine_requests_total{status="2xx"}' in text
    for name in ("harbour", "north", "alice", "@"):
        assert name not in text.lower()


TOKEN = "a-token-of-some-length-42"


def details(app: Any, **request: Any) -> tuple[int, int, set[str]]:
    """(status of /metrics, of /readyz, what the latter tells) for somebody who asks like this."""
    client = app.test_client()
    ready = client.get("/readyz", **request)
    return client.get("/metrics", **request).status_code, ready.status_code, set(ready.json)


def test_strangers_are_told_whether_and_not_what(app) -> None:
    here, there = {"REMOTE_ADDR": "127.0.0.1"}, {"REMOTE_ADDR": "203.0.113.7"}
    everything = {"ok", "database", "lake", "worker", "inbox", "scheduler", "marts"}
    assert details(app, environ_overrides=here) == (200, 200, everything)
    assert details(app, environ_overrides=here, base_url="http://127.0.0.1:8050") == (200, 200, everything)
    assert details(app, environ_overrides=there) == (401, 200, {"ok"})


def test_whoever_comes_through_a_proxy_of_this_machine_is_a_stranger(make_app) -> None:
    app = make_app(public_url="https://reports.example.com")
    here = {"REMOTE_ADDR": "127.0.0.1"}
    assert details(app, environ_overrides=here, base_url="https://reports.example.com") == (401, 200, {"ok"})
    assert details(app, environ_overrides=here)[0] == 200  # a monitor on this machine asks it by its own name


def test_with_a_token_only_the_token_counts(make_app) -> None:
    app = make_app(metrics_token=TOKEN)
    there = {"environ_overrides": {"REMOTE_ADDR": "203.0.113.7"}}
    assert details(app, headers={"Authorization": f"Bearer {TOKEN}"}, **there)[0] == 200
    for wrong in (
        {},
        {"Authorization": "Bearer x"},
        {"Authorization": f"Basic {TOKEN}"},
        {"Authorization": "Bearer é"},
    ):
        assert details(app, headers=wrong) == (401, 200, {"ok"}), wrong
    assert app.test_client().get("/metrics").headers["WWW-Authenticate"].lower().startswith("bearer")
    assert TOKEN not in repr(app.extensions["vitrine"].settings)
