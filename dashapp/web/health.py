"""Is the process alive, can it work, how busy is it: for load balancers and monitoring; names no tenant."""

from __future__ import annotations

import contextlib
import hmac
import ipaddress
import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, jsonify, request
from flask.blueprints import BlueprintSetupState
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.datastructures import WWWAuthenticate
from werkzeug.exceptions import Unauthorized

from dashapp.db.base import now
from dashapp.db.jobs import DEAD, DONE, LEADER, QUEUED, JobRun, Lease
from dashapp.db.security import WorkerBeat
from dashapp.seats import KINDS, Seats
from dashapp.services import Services, services
from dashapp.web.counters import count, snapshot
from data.cache import MEMORY, Memory
from data.lake.tables import inbox
from data.marts.check_tables import check_failure

blueprint = Blueprint("health", __name__)
log = logging.getLogger("vitrine.web")
_STARTED = time.monotonic()
#: A worker that has not shown itself for this long counts as gone.
WORKER_GONE_S = 60
#: How long what `/readyz` found is told again: anybody may ask, and each look writes a file or asks a bucket.
KEPT_S = 2.0
#: While a look takes this long, what the one before it found says nothing any more.
HANGS_S = 60.0


class Readiness:
    """What the last look at an app's services found. One asker looks at a time, the others get the last."""

    def __init__(self) -> None:
        self._looking = threading.Lock()
        self._last: tuple[Services, float, dict[str, Any]] | None = None

    def ask(self, running: Services) -> dict[str, Any]:
        """At most KEPT_S old, unless somebody is looking just now. Not ready, when nothing is known of late."""
        found = self._known(running, KEPT_S)
        if found is not None:
            return found
        last = self._known(running, HANGS_S)
        if not self._looking.acquire(timeout=KEPT_S if last is None else 0):
            return last or {"ok": False}
        try:
            found = self._known(running, KEPT_S)  # who waited here is told what the other found
            if found is None:
                found = _look(running)
                self._last = (running, time.monotonic(), found)
            return found
        finally:
            self._looking.release()

    def _known(self, running: Services, age_s: float) -> dict[str, Any] | None:
        last = self._last
        if last is None or last[0] is not running or time.monotonic() - last[1] >= age_s:
            return None
        return last[2]


@blueprint.record
def _of_each_app(state: BlueprintSetupState) -> None:
    state.app.extensions["vitrine_readiness"] = Readiness()


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify({"ok": True})


@blueprint.get("/readyz")
def ready() -> tuple[Response, int]:
    """Database, lake, worker and inbox. 503 when requests would fail; a missing worker only shows.

    So does object storage out of reach: events are still taken, and what is here is shown. A load balancer
    elsewhere is told whether, not what.
    """
    readiness = current_app.extensions["vitrine_readiness"]
    assert isinstance(readiness, Readiness)
    found = readiness.ask(services())
    return jsonify(found if _may_see_details() else {"ok": found["ok"]}), 200 if found["ok"] else 503


def _may_see_details() -> bool:
    """Who has VITRINE_METRICS_TOKEN; without that setting, whoever asks from this machine under its own name.

    The name matters: behind a proxy on this machine every visitor comes from it, but under the public name.
    """
    token = services().settings.metrics_token
    if token is None:
        name = urlsplit(f"//{request.host}").hostname or ""
        return _is_loopback(request.remote_addr or "") and (name == "localhost" or _is_loopback(name))
    sent = request.authorization
    given = sent.token if sent is not None and sent.type == "bearer" else None
    return given is not None and hmac.compare_digest(given.encode(), token.encode())


def _is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return False


def _look(running: Services) -> dict[str, Any]:
    checks: dict[str, Any] = {
        "database": _passes(lambda: _database(running)),
        "lake": _passes(running.lake.store.answers),
    }
    ok = checks["database"] and (checks["lake"] or running.lake.store.remote)
    if checks["database"]:
        age = _beat_age(running)
        checks["worker"] = {"ok": age is not None and age <= WORKER_GONE_S, "beat_age_s": age}
        checks["inbox"] = {"oldest_s": _oldest_inbox(running)}
        checks["scheduler"] = _scheduler(running)
        checks["marts"] = {"failed_checks": _failed_checks(running)[0]}
    return {"ok": ok, **checks}


@blueprint.get("/metrics")
def metrics() -> Response:
    """Prometheus text: counts of this process, and of the installation the checks that do not hold.

    401 for who is neither on this machine nor has the token.
    """
    if not _may_see_details():
        raise Unauthorized(www_authenticate=WWWAuthenticate("bearer"))
    lines = [
        "# TYPE vitrine_uptime_seconds gauge",
        f"vitrine_uptime_seconds {time.monotonic() - _STARTED:.0f}",
    ]
    labels = {"requests": "status", "hook_records": "result", "hook_deliveries": "result"}
    for name, label in labels.items():
        lines.append(f"# TYPE vitrine_{name}_total counter")
        for (counter, value), n in sorted(snapshot().items()):
            if counter == name:
                lines.append(f'vitrine_{name}_total{{{label}="{value}"}} {n}')
    lines += _seats(services().seats)
    lines += _memory(MEMORY)
    with contextlib.suppress(SQLAlchemyError):  # a database that is away must not take the counters along
        failed, held = _failed_checks(services())
        lines += ["# TYPE vitrine_failed_checks gauge", f"vitrine_failed_checks {failed}"]
        lines += ["# TYPE vitrine_workspaces_held_back gauge", f"vitrine_workspaces_held_back {held}"]
    return Response("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4; charset=utf-8")


def _seats(seats: Seats) -> list[str]:
    """By kind of heavy work: seats there are and are taken, requests that wait, and what became of others."""
    use = seats.use()
    lines: list[str] = []
    for name, type_, values in (
        ("seats", "gauge", {kind.name: kind.at_once for kind in KINDS}),
        ("seats_taken", "gauge", {name: one.seated for name, one in use.items()}),
        ("seats_waiting", "gauge", {name: one.waiting for name, one in use.items()}),
        ("seats_waited_total", "counter", {name: one.waited for name, one in use.items()}),
        ("seats_wait_seconds_total", "counter", {name: one.waited_seconds for name, one in use.items()}),
        ("seats_refused_total", "counter", {name: one.refused for name, one in use.items()}),
    ):
        lines.append(f"# TYPE vitrine_{name} {type_}")
        lines += [f'vitrine_{name}{{kind="{kind}"}} {value:g}' for kind, value in values.items()]
    return lines


def _memory(memory: Memory) -> list[str]:
    """By what is kept in memory (data/cache.py): its share, what it takes, and what became of its questions."""
    use = memory.use()
    lines: list[str] = []
    for name, type_, values in (
        ("cache_share_bytes", "gauge", memory.shares),
        ("cache_bytes", "gauge", {name: one.bytes for name, one in use.items()}),
        ("cache_entries", "gauge", {name: one.entries for name, one in use.items()}),
        ("cache_hits_total", "counter", {name: one.hits for name, one in use.items()}),
        ("cache_misses_total", "counter", {name: one.misses for name, one in use.items()}),
        ("cache_evictions_total", "counter", {name: one.evictions for name, one in use.items()}),
    ):
        lines.append(f"# TYPE vitrine_{name} {type_}")
        lines += [f'vitrine_{name}{{cache="{kind}"}} {value}' for kind, value in values.items()]
    return lines


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Nothing here is for search engines."""
    return Response("User-agent: *\nDisallow: /\n", mimetype="text/plain")


@blueprint.after_app_request
def _count(response: Response) -> Response:
    if request.blueprint != "health":
        count("requests", f"{response.status_code // 100}xx")
    return response


def _passes(check: Callable[[], None]) -> bool:
    try:
        check()
    except Exception as error:  # whatever it is, the answer is "not ready" and the log says why
        log.error("not ready: %s: %s", type(error).__name__, error)
        return False
    return True


def _database(running: Services) -> None:
    with running.reading() as session:
        session.execute(text("SELECT 1"))


def _beat_age(running: Services) -> int | None:
    with running.reading() as session:
        at = session.scalar(select(func.max(WorkerBeat.at)))
    return _age(at)


def _scheduler(running: Services) -> dict[str, Any]:
    """Ages in seconds; `lease_age_s` null: nobody leads. A job that never went well is not listed."""
    with running.reading() as session:
        lease = session.scalar(select(Lease).where(Lease.name == LEADER))
        waiting = session.scalar(select(func.min(JobRun.due_at)).where(JobRun.state == QUEUED))
        dead = session.scalar(select(func.count()).select_from(JobRun).where(JobRun.state == DEAD))
        last = session.execute(
            select(JobRun.job, func.max(JobRun.finished_at)).where(JobRun.state == DONE).group_by(JobRun.job)
        )
        successes = {job: _age(at) for job, at in last}
    return {
        "lease_age_s": _age(lease.renewed_at) if lease is not None and lease.holder else None,
        "oldest_queued_s": _age(waiting),
        "dead": dead,
        "last_success_s": successes,
    }


def _failed_checks(running: Services) -> tuple[int, int]:
    """Open failures of checks, and how many workspaces have one."""
    whose = check_failure.c.workspace_id
    asked = select(func.count(), func.count(whose.distinct())).where(check_failure.c.closed_at.is_(None))
    with running.reading() as session:
        row = session.execute(asked).one()
    return int(row[0]), int(row[1])


def _oldest_inbox(running: Services) -> int | None:
    with running.reading() as session:
        return _age(session.scalar(select(inbox.c.received_at).order_by(inbox.c.seq).limit(1)))


def _age(at: datetime | None) -> int | None:
    if at is None:
        return None
    return max(0, int((now() - (at if at.tzinfo else at.replace(tzinfo=UTC))).total_seconds()))
