"""Events for the tests of the stores."""

from __future__ import annotations

from datetime import UTC, datetime

from data.events.canonical import Event, canonical

NOON = datetime(2024, 9, 2, 12, 0, tzinfo=UTC)


def sent(
    event_id: str, *, lead: str = "ann@leads.example", received_at: datetime = NOON, **more: object
) -> Event:
    """An e-mail sent on 2 September 2024 at 10:00 UTC; its message is `m-<event id>` unless told."""
    record = {
        "event_id": event_id,
        "event": "sent",
        "occurred_at": "2024-09-02T10:00:00Z",
        "message_id": f"m-{event_id}",
        "campaign": "Spring",
        "lead": lead,
        **more,
    }
    return canonical(record, received_at=received_at)
