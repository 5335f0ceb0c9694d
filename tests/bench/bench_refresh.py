"""Incremental refresh: new events of messages sent long ago, through the inbox, into the marts."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from statistics import median
from uuid import uuid4

from data.building.build import refresh
from data.events.canonical import canonical_many
from data.lake.segments import drain
from tests.bench.ground import Ground
from tests.bench.table import Row

ROUNDS = 5
WORKSPACES = 50


def measure(ground: Ground) -> list[Row]:
    """Medians of ROUNDS, in milliseconds. Every round's events are new."""
    refresh(ground.services.lake)
    ids = ground.ids
    first = len(ids) // 10
    middle = ids[first : first + WORKSPACES]
    spread = ids[:: max(1, len(ids) // WORKSPACES)][:WORKSPACES]
    cases: list[tuple[str, Sequence[int], int, float | None]] = [
        ("1,000 events, 50 middle workspaces", middle, 1_000, 500),
        ("1,000 events, 50 workspaces of all sizes", spread, 1_000, None),
        ("20 events, a small workspace", ids[-1:], 20, None),
        ("20 events, a middle workspace", [ids[first]], 20, None),
        ("20 events, the biggest workspace", ids[:1], 20, None),
    ]
    rows = []
    for name, chosen, events, aim in cases:
        drained, refreshed = [], []
        for _ in range(ROUNDS):
            send_openings(ground, chosen, events)
            begun = time.perf_counter()
            while drain(ground.services.lake):
                pass
            between = time.perf_counter()
            refresh(ground.services.lake)
            drained.append(1_000 * (between - begun))
            refreshed.append(1_000 * (time.perf_counter() - between))
        note = f"median of {ROUNDS}, worst {max(refreshed):,.0f}; and {median(drained):,.0f} ms to drain the inbox"
        rows.append(Row(f"refresh: {name}", median(refreshed), "ms", aim, note))
    return rows


def send_openings(ground: Ground, workspace_ids: Sequence[int], events: int) -> None:
    """`events` new openings of generated messages, spread evenly, acknowledged when this returns."""
    at = datetime.now(UTC)
    for workspace_id in workspace_ids:
        records = [
            {
                "event": "opened",
                "event_id": uuid4().hex,
                "message_id": f"m{workspace_id}-{random.randrange(20)}",
                "occurred_at": at.isoformat(),
            }
            for _ in range(max(1, events // len(workspace_ids)))
        ]
        good, _ = canonical_many(records, at)
        ground.services.inbox.put(workspace_id, None, good, received_at=at)
