"""What an event is: its fields, and what cannot become one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple


class EventFields(NamedTuple):
    """One event. Times are aware UTC; `lead` and `user` are lower-case; absent is None.

    `sentiment` is set for human replies only. `raw` is the JSON text of the record as it came. A provider
    is None only on an event other than `sent` that names no address: it says nothing about the message's.
    """

    event_id: str
    event: str
    channel: str
    occurred_at: datetime
    received_at: datetime
    message_id: str | None
    campaign: str | None
    step: str | None
    variation: str | None
    lead: str | None
    user: str | None
    sender: str | None
    sender_provider: str | None
    recipient_provider: str | None
    subject: str | None
    url: str | None
    category: str | None
    reply_text: str | None
    reply_category: str | None
    bounce_kind: str | None
    server_response: str | None
    user_agent: str | None
    ip: str | None
    machine: bool
    machine_reason: str | None
    track_opens: bool
    track_clicks: bool
    sentiment: str | None
    raw: str


class Event(EventFields):
    """An event on its way in: its fields, and what its source stamped."""

    _stamp: tuple[datetime | None] | None = None

    @property
    def stamped_at(self) -> datetime | None:
        """What the source told, also where its clock was fast and `occurred_at` is when it came; None: nothing."""
        return self.occurred_at if self._stamp is None else self._stamp[0]


@dataclass(frozen=True, slots=True)
class Parked:
    """What could not become an event: where it stood, why (a sentence), and the text as it came."""

    where: str
    why: str
    raw: str
