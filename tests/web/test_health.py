"""Health for load balancers: what is well, what is not, and no tenant's name."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy.exc import OperationalError

from dashapp.db.base import now
from dashapp.db.jobs import JobRun, Lease
from dashapp.db.security import WorkerBeat
from dashapp.services import Services


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


def test_metrics_count_and_name_nobody(client, alice) -> None:
    alice.get("/w/harbour-coffee/analytics")
    text = client.get("/metrics").text
    assert 'vitrine_requests_total{status="2xx"}' in text
    for name in ("harbour", "north", "alice", "@"):
        assert name not in text.lower()
