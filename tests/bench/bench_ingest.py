"""Ingest: acknowledged (durable) events a second through the inbox, one by one and in batches of 500."""

from __future__ import annotations

import shutil
import tempfile
import threading
import time
from datetime import UTC, datetime
from pathlib import Path

from dashapp.db import migrate
from dashapp.services import open_services
from data.events.canonical import Event, canonical_many
from data.intake.inbox import Inbox
from data.lake.segments import drain
from tests.bench.ground import Ground, settings_in
from tests.bench.table import Row, quantile

BATCH = 500


def measure(ground: Ground) -> list[Row]:
    """A home of its own beside the ground's, so that both stand on the same disk."""
    home = Path(tempfile.mkdtemp(prefix="ingest-", dir=ground.settings.home))
    try:
        return _measure(home)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _measure(home: Path) -> list[Row]:
    services = open_services(settings_in(home))
    migrate.upgrade(services.engine)
    at = datetime.now(UTC)
    rows = []
    number = 0
    for threads, puts, batch, aims in (
        (1, 800, 1, None),
        (8, 2_500, 1, (8_000, 10.0)),
        (16, 1_500, 1, None),
        (1, 80, BATCH, None),
        (4, 50, BATCH, (50_000, None)),
    ):
        begun = time.perf_counter()
        work: list[list[list[Event]]] = []
        for _ in range(threads):
            work.append([])
            for _ in range(puts):
                good, _bad = canonical_many([_record(number + i) for i in range(batch)], at)
                work[-1].append(good)
                number += batch
        events = threads * puts * batch
        checked = events / (time.perf_counter() - begun)
        seconds, waits = _put_all(services.inbox, work, at)
        name = f"ingest: {threads} thread{'s' * (threads > 1)}, " + (
            "one by one" if batch == 1 else f"{batch} a batch"
        )
        p50, p95, p99 = (quantile(waits, q) for q in (0.5, 0.95, 0.99))
        note = f"ack p50 {p50:.1f}, p95 {p95:.1f}, p99 {p99:.1f} ms"
        rows.append(Row(name, events / seconds, "events/s", aims and aims[0], note, more=True))
        if aims and aims[1]:
            rows.append(Row(f"{name}, ack p95", p95, "ms", aims[1]))
        if batch > 1:
            both = 1 / (seconds / events + 1 / checked)
            note = f"canonical_many in one thread before: {checked:,.0f} events/s"
            rows.append(Row(f"{name}, checked and put", both, "events/s", None, note, more=True))
    begun, moved = time.perf_counter(), 0
    while count := drain(services.lake):
        moved += count
    note = f"{moved:,} events into segments"
    rows.append(
        Row("drain of the inbox", moved / (time.perf_counter() - begun), "events/s", None, note, more=True)
    )
    services.engine.dispose()
    return rows


def _put_all(inbox: Inbox, work: list[list[list[Event]]], at: datetime) -> tuple[float, list[float]]:
    """(seconds over all, milliseconds of each put); a thread for each list of puts."""
    gate = threading.Barrier(len(work) + 1)
    waits: list[float] = []

    def run(number: int) -> None:
        own = []
        gate.wait()
        for events in work[number]:
            begun = time.perf_counter()
            inbox.put(1 + number % 7, None, events, received_at=at)
            own.append(1_000 * (time.perf_counter() - begun))
        waits.extend(own)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(len(work))]
    for thread in threads:
        thread.start()
    gate.wait()
    begun = time.perf_counter()
    for thread in threads:
        thread.join()
    return time.perf_counter() - begun, waits


def _record(number: int) -> dict[str, object]:
    return {
        "event_id": f"e{number}",
        "event": "sent",
        "occurred_at": "2026-09-02T10:00:00Z",
        "message_id": f"m{number}",
        "campaign": "Spring",
        "step": 1,
        "lead": f"ann{number}@client.example",
        "user": "bob@north.example",
        "sender": "bob@north.example",
        "subject": "Hello from Bob",
    }
