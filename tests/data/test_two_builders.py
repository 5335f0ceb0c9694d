"""Two builders of one workspace at once: what a build reads as old is what the version it starts from has
taken in."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from data.building import earlier_events, failures
from data.building.build import refresh
from data.events.canonical import canonical
from data.intake.inbox import Inbox
from data.lake import manifest
from data.lake.lake import Lake
from data.lake.segments import drain
from data.query.ask import ask, parse
from data.scope import Scope

RECEIVED = datetime(2024, 9, 5, 9, tzinfo=UTC)


def deliver(lake: Lake, workspace_id: int, *events: tuple[str, str, str]) -> None:
    """(event, message, time of 3 September 2024), through the inbox into a segment of their own."""
    records = [
        {
            "event": event,
            "event_id": f"{event}-{message}-{at}",
            "message_id": message,
            "lead": f"{message}@client.example",
            "occurred_at": f"2024-09-03T{at}:00Z",
        }
        for event, message, at in events
    ]
    Inbox(lake.engine).put(
        workspace_id,
        None,
        [canonical(record, received_at=RECEIVED) for record in records],
        received_at=RECEIVED,
    )
    drain(lake)


def test_a_build_overtaken_before_it_reads_old_events_records_no_failure(
    lake: Lake, north: Any, south: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Bob's worker has looked at the manifest; Alice's page publishes the same news; then Bob reads old events."""
    deliver(lake, south.colossus, *(("sent", f"c{n}", "08:00") for n in range(50)))
    deliver(lake, north.harbour, ("sent", "m1", "10:00"), ("opened", "m1", "11:00"))
    refresh(lake)
    deliver(lake, north.harbour, ("opened", "m1", "10:30"), ("bounced", "m1", "13:00"))
    whole, published = manifest.taken_in, []

    def after_alice(*given: Any) -> Any:
        if not published:
            published.append(True)
            refresh(lake, [north.harbour])
        return whole(*given)

    monkeypatch.setattr(earlier_events.manifest, "taken_in", after_alice)
    refresh(lake, [north.harbour])
    assert published
    with manifest.read_only(lake.engine).begin() as connection:
        assert failures.failures(connection, closed=True) == []
    deliver(lake, north.harbour, ("sent", "m2", "14:00"))
    refresh(lake, [north.harbour])
    answer = ask(lake, Scope(frozenset({north.harbour})), north.harbour, parse("sent_emails", {}))
    assert answer["total"] == 2
