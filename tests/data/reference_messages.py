"""The oracle's first half: from canonical records to messages (METRICS §1, §2, §8), in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

Record = Mapping[str, Any]

NONE = "(none)"
#: A message that only has these was never sent.
NEVER_SENT = {"failed", "received"}
#: These may come without a message id: they then belong to the lead's last message before them (§8).
BY_LEAD = {"replied", "auto_replied", "unsubscribed"}
GMAIL = {"gmail.com", "googlemail.com"}
OUTLOOK = {"outlook.com", "hotmail.com", "live.com", "msn.com"}


@dataclass
class Happening:
    """One event, ready to be counted. `at` is aware UTC."""

    at: datetime
    event_id: str
    name: str
    message_id: str | None
    lead: str | None
    record: Record


@dataclass
class Message:
    """One message with all its events, those that were attributed to it by lead included."""

    id: str
    sent_at: datetime
    campaign: str
    lead: str | None
    step: str
    user: str
    sender_provider: str
    recipient_provider: str
    tracks: dict[str, bool]
    happenings: list[Happening] = field(default_factory=list)

    @property
    def bounced_at(self) -> datetime | None:
        """When it bounced, or None."""
        return min((h.at for h in self.happenings if h.name == "bounced"), default=None)

    @property
    def order(self) -> tuple[datetime, str]:
        """Ties in time are settled by message id."""
        return (self.sent_at, self.id)


def messages_of(events: Iterable[Record], as_of: datetime) -> list[Message]:
    """The messages that exist at `as_of`, in the order they were sent."""
    happenings = _happenings(events, as_of)
    by_id: dict[str, list[Happening]] = {}
    for happening in happenings:
        if happening.message_id is not None:
            by_id.setdefault(happening.message_id, []).append(happening)
    messages = [
        _message(message_id, own)
        for message_id, own in by_id.items()
        if not {h.name for h in own} <= NEVER_SENT
    ]
    messages.sort(key=lambda message: message.order)
    for happening in happenings:
        if happening.message_id is None and happening.name in BY_LEAD and happening.lead is not None:
            before = [m for m in messages if m.lead == happening.lead and m.sent_at <= happening.at]
            if before:
                before[-1].happenings.append(happening)
    return messages


def _happenings(events: Iterable[Record], as_of: datetime) -> list[Happening]:
    """The distinct e-mail events up to `as_of`, in time order."""
    distinct: dict[str, Happening] = {}
    for record in events:
        at = _time(record["occurred_at"])
        if record.get("channel", "email") != "email" or at > as_of:
            continue
        lead = record.get("lead")
        happening = Happening(
            at=at,
            event_id=record["event_id"],
            name=record["event"],
            message_id=record.get("message_id"),
            lead=lead.lower() if lead else None,
            record=record,
        )
        distinct.setdefault(happening.event_id, happening)
    return sorted(distinct.values(), key=lambda h: (h.at, h.event_id))


def _time(value: datetime | str) -> datetime:
    moment = datetime.fromisoformat(value) if isinstance(value, str) else value
    assert moment.tzinfo is not None, "the reference takes times with an offset only"
    return moment.astimezone(UTC)


def _message(message_id: str, own: list[Happening]) -> Message:
    """`own` is in time order and holds more than events of messages that were never sent."""
    sent = [h for h in own if h.name == "sent"]
    delivered = [h for h in own if h.name == "delivered"]
    # Attributes come from the first `sent`; without one, each from the earliest event that has it.
    sources = [h.record for h in (sent[:1] or own)]

    def first(name: str) -> Any:
        return next((record[name] for record in sources if record.get(name) is not None), None)

    lead = first("lead")
    user = first("user")
    step = first("step")
    return Message(
        id=message_id,
        # What was refused before it was sent, or came in, dates no sending.
        sent_at=(sent or delivered or [h for h in own if h.name not in NEVER_SENT])[0].at,
        campaign=first("campaign") or NONE,
        lead=lead.lower() if lead else None,
        step=NONE if step is None else str(step),
        user=user.lower() if user else NONE,
        sender_provider=_first_provider(sources, "sender_provider", "sender", "custom"),
        recipient_provider=_first_provider(sources, "recipient_provider", "lead", "other"),
        tracks={
            "open": not sent or sent[0].record.get("track_opens", True),
            "click": not sent or sent[0].record.get("track_clicks", True),
        },
        happenings=list(own),
    )


def _first_provider(sources: list[Record], name: str, address: str, unknown: str) -> str:
    """The provider the first record tells that tells one: by its name, else by the domain of its address."""
    for record in sources:
        if record.get(name) is not None:
            return str(record[name])
        if "@" in (record.get(address) or ""):
            domain = record[address].rpartition("@")[2].lower()
            if domain in GMAIL:
                return "gmail"
            return "outlook" if domain in OUTLOOK else unknown
    return unknown
