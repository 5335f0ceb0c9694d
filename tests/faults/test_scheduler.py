"""Three workers, killed and paused at random: every slot has its effect exactly once, every event is counted once.

`make faults` takes 50 kills and 50 pauses on each database, the ordinary suite 12 and 12.
"""

from __future__ import annotations

import os
import random
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, func, select, text
from sqlalchemy.exc import SQLAlchemyError

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import DEAD, DONE, RUNNING, JobRun, Lease
from data.errors import InboxBusy
from data.events.canonical import Event, canonical
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.query.ask import Query, ask
from data.scope import Scope
from jobs.runtime.slots import period_start
from tests.faults import scheduler_process
from tests.faults.nursery import alive, nursery

pytestmark = pytest.mark.faults

WORKERS = 3
Begin = Callable[[], int]


@pytest.fixture
def begin(lake: Lake) -> Iterator[Begin]:
    """Start a worker over `lake` in a process of its own; gives its pid."""
    url = lake.engine.url.render_as_string(hide_password=False)
    log = (lake.root.parent / "workers.log").open("w")
    with log, nursery(scheduler_process.__file__, log) as start:
        yield lambda: start([url, str(lake.root)])


def ends(pid: int, seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not alive(pid)


def sent(n: int) -> Event:
    record = {
        "event_id": f"e{n}",
        "event": "sent",
        "occurred_at": "2024-09-02T10:00:00Z",
        "message_id": f"m{n}",
        "lead": f"lead{n}@leads.example",
    }
    return canonical(record, received_at=datetime.now(UTC))


class Deliveries:
    """Events that come in all the while, each delivered until it is acknowledged."""

    def __init__(self, lake: Lake, workspace_id: int) -> None:
        self._door, self._workspace_id = Inbox(lake.engine), workspace_id
        self.acknowledged = 0
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._deliver)

    def __enter__(self) -> Deliveries:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _deliver(self) -> None:
        while not self._stop.wait(0.05):
            while True:
                try:
                    event = sent(self.acknowledged)
                    self._door.put(self._workspace_id, None, [event], received_at=datetime.now(UTC))
                    break
                except InboxBusy:
                    time.sleep(0.05)
            self.acknowledged += 1


def effects(engine: Engine) -> Counter[tuple[str, int, str]]:
    with engine.connect() as connection:
        rows = connection.execute(text("SELECT job, tenant, slot FROM effect")).all()
    return Counter((row.job, row.tenant, row.slot) for row in rows)


def every_second(first: str, last: datetime) -> set[str]:
    """The slots from the first one to `last`, counted here and not by the scheduler."""
    begin = period_start(first)
    seconds = int((last - begin).total_seconds())
    return {(begin + timedelta(seconds=n)).strftime("%Y-%m-%dT%H:%M:%SZ") for n in range(seconds + 1)}


def settled(engine: Engine, last: datetime, seconds: float = 120) -> bool:
    """Wait until the ledger has every slot up to `last`, and nothing of them is still to be done."""
    deadline = time.monotonic() + seconds
    upto = last.strftime("%Y-%m-%dT%H:%M:%SZ")
    while time.monotonic() < deadline:
        with suppress(SQLAlchemyError), reading(engine).connect() as connection:
            newest = connection.scalars(
                select(func.max(JobRun.slot)).where(JobRun.job == "each-second")
            ).one()
            left = connection.scalars(
                select(func.count()).select_from(JobRun).where(JobRun.slot <= upto, JobRun.state != DONE)
            ).one()
            if newest is not None and newest > upto and left == 0:
                return True
        time.sleep(0.1)
    return False


@pytest.mark.postgres_long
def test_kills_and_pauses_double_nothing_and_miss_nothing(
    lake: Lake, north: Any, south: Any, begin: Begin, request: pytest.FixtureRequest
) -> None:
    times = 50 if request.config.getoption("-m") else 12
    with lake.engine.begin() as connection:
        connection.execute(text("CREATE TABLE effect (job TEXT, tenant INTEGER, slot TEXT)"))
    chance = random.Random(20261025)
    actions = ["kill"] * times + ["pause"] * times
    chance.shuffle(actions)
    workers = [begin() for _ in range(WORKERS)]
    paused: list[threading.Timer] = []
    asleep: set[int] = set()
    with Deliveries(lake, north.harbour) as deliveries:
        time.sleep(1.0)
        for action in actions:
            time.sleep(chance.uniform(0.3, 1.1))
            # Who is paused comes back one day, late: that is the point. The others are killed.
            awake = [n for n in range(WORKERS) if workers[n] not in asleep]
            slot = chance.choice(awake or range(WORKERS))
            if action == "pause":
                slot = chance.choice(_busy(lake.engine, workers, awake) or awake or range(WORKERS))
            pid = workers[slot]
            assert alive(pid), "a worker ended by itself"
            if action == "kill":
                os.kill(pid, signal.SIGKILL)
                assert ends(pid, 10)
                workers[slot] = begin()
            else:
                os.kill(pid, signal.SIGSTOP)
                asleep.add(pid)
                paused.append(threading.Timer(chance.uniform(1.0, 3.0), _go_on, (pid, asleep)))
                paused[-1].start()
        for timer in paused:
            timer.join()
    last = now()
    calm = settled(lake.engine, last)
    for pid in workers:
        os.kill(pid, signal.SIGTERM)
    gone = [ends(pid, 15) for pid in workers]

    found = effects(lake.engine)
    with lake.engine.connect() as connection:
        fences = connection.scalars(select(Lease.fence)).one()
        dead = connection.scalars(select(func.count()).select_from(JobRun).where(JobRun.state == DEAD)).one()
        tried = connection.scalars(select(func.max(JobRun.tries))).one()
    late = (lake.root.parent / "workers.log").read_text().count("Nothing was kept of a run")
    print(
        f"{len(actions)} kills and pauses, {fences} leaders, {len(found)} effects, at most {tried} tries, "
        f"{late} late commits refused"
    )
    assert calm, "the queue was not worked off"
    assert all(gone), "a worker did not end at SIGTERM"
    assert [key for key, n in found.items() if n != 1] == [], "doubled"
    for job, tenants in {
        "each-second": {0},
        "each-client": {north.harbour, north.pine, south.colossus},
    }.items():
        assert {tenant for name, tenant, _ in found if name == job} == tenants
        for tenant in tenants:
            slots = {slot for name, whose, slot in found if (name, whose) == (job, tenant)}
            assert every_second(min(slots), last) - slots == set(), f"missing: {job} of {tenant}"
    assert dead == 0
    assert fences > 1, "nobody ever had to take over"
    _every_event_is_counted(lake, north.harbour, deliveries.acknowledged)


def _every_event_is_counted(lake: Lake, workspace_id: int, acknowledged: int) -> None:
    from data.building import build
    from data.lake import segments

    while segments.drain(lake):
        pass
    build.refresh(lake)
    question = Query.model_validate({"name": "sent_emails", "from": "2024-09-02", "to": "2024-09-02"})
    assert acknowledged > 50
    assert ask(lake, Scope(frozenset({workspace_id})), workspace_id, question)["total"] == acknowledged


def _go_on(pid: int, asleep: set[int]) -> None:
    asleep.discard(pid)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGCONT)


def _busy(engine: Engine, workers: list[int], awake: list[int]) -> list[int]:
    """Of those awake the ones in the middle of a run: a pause there is the worst."""
    with reading(engine).connect() as connection:  # a paused worker may have the write lock
        holders = set(connection.scalars(select(JobRun.holder).where(JobRun.state == RUNNING)))
    return [n for n in awake if any(holder.endswith(f":{workers[n]}") for holder in holders)]
