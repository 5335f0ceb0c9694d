"""The worked example of docs/numbers.md, written from its prose: fourteen events of one campaign, in UTC.

Seven messages to five leads. Alice of agency North runs the campaign; her clients' people are invented.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

TIMEZONE = "UTC"
AS_OF = datetime(2024, 9, 18, 12, 0, tzinfo=UTC)
CAMPAIGN = "Harbour tour"
ALICE = "alice@north.example"


def _event(event_id: str, event: str, message: str, lead: str, at: str, **more: Any) -> dict[str, Any]:
    return {
        "event_id": event_id,
        "event": event,
        "occurred_at": at,
        "message_id": message,
        "campaign": CAMPAIGN,
        "lead": f"{lead}@harbour.example",
        **more,
    }


def _sent(message: str, lead: str, at: str, step: int) -> dict[str, Any]:
    return _event(
        f"sent-{message}",
        "sent",
        message,
        lead,
        at,
        step=step,
        user=ALICE,
        sender=ALICE,
        sender_provider="custom",
        recipient_provider="gmail" if lead in ("l1", "l2") else "other",
        subject=("A place on the quay", "Did you see the boats?")[step - 1],
    )


def events() -> list[dict[str, Any]]:
    """The fourteen events, in the order they happened."""
    return [
        _sent("m1", "l1", "2024-09-02T08:30:00+00:00", 1),
        _event("open-1", "opened", "m1", "l1", "2024-09-02T11:05:00+00:00"),
        _sent("m4", "l4", "2024-09-03T08:30:00+00:00", 1),
        _event(
            "bounce-1",
            "bounced",
            "m4",
            "l4",
            "2024-09-03T08:31:00+00:00",
            bounce_kind="hard",
            server_response="550 5.1.1 no such mailbox",
        ),
        _sent("m2", "l2", "2024-09-04T08:30:00+00:00", 1),
        _sent("m3", "l3", "2024-09-08T18:00:00+00:00", 1),
        _event("open-2", "opened", "m3", "l3", "2024-09-09T07:00:00+00:00"),
        _sent("m5", "l1", "2024-09-10T08:30:00+00:00", 2),
        _sent("m7", "l5", "2024-09-10T08:45:00+00:00", 1),
        _event("open-3", "opened", "m2", "l2", "2024-09-11T08:00:00+00:00"),
        _sent("m6", "l2", "2024-09-11T08:30:00+00:00", 2),
        _event("open-4", "opened", "m1", "l1", "2024-09-12T06:20:00+00:00"),
        _event(
            "reply-1",
            "replied",
            "m6",
            "l2",
            "2024-09-12T15:40:00+00:00",
            reply_category="interested",
            reply_text="Yes, let us talk on Friday.",
        ),
        _event(
            "reply-2",
            "replied",
            "m1",
            "l1",
            "2024-09-17T09:10:00+00:00",
            reply_category="not_interested",
            reply_text="This is nothing for us.",
        ),
    ]
