"""Health for load balancers: what is well, what is not, and no tenant's name."""

from __future__ import annotations

from sqlalchemy.exc import OperationalError

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
