"""The oracle's first half: from canonical records to messages (docs/numbers.md), in plain Python."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

Record = Mapping[str, Any]

NONE = "(none)"
#: A message that only has this was never sent.
NEVER_SENT = {"received"}
#: docs/numbers.md: how soon an opening, a click after the delivery, a click on another link is a machine's.
SOON_OPENED, SOON_CLICKED, TOGETHER = timedelta(seconds=3), timedelta(seconds=5), timedelta(seconds=10)
NOT_HUMAN = {"out_of_office", "auto_reply"}
#: These may come without a message id: they then belong to the lead's last message before them.
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
    def first_bounced_at(self) -> datetime | None:
        """Its first bounce, contradicted or not."""
        return min((h.at for h in self.happenings if h.name == "bounced"), default=None)

    @property
    def bounced_at(self) -> datetime | None:
        """When it bounced, or None: a bounce that later evidence contradicts was a deferral (docs/numbers.md)."""
        hard = [h.at for h in self.happenings if h.name == "bounced" and _is_hard(h)]
        soft = [h.at for h in self.happenings if h.name == "bounced" and not _is_hard(h)]
        replies = [h.at for h in self.happenings if self.is_human_reply(h)]
        stands = [
            bounces and not any(at > max(bounces) for at in evidence)
            for bounces, evidence in ((hard, replies), (soft, replies + self._arrivals()))
        ]
        return self.first_bounced_at if any(stands) else None

    @property
    def refused(self) -> bool:
        """Refused at or after its sending, with nothing that says it arrived after all (docs/numbers.md)."""
        sent = [h.at for h in self.happenings if h.name == "sent"]
        failed = [h.at for h in self.happenings if h.name == "failed"]
        evidence = self._arrivals() + [h.at for h in self.happenings if self.is_human_reply(h)]
        return bool(failed) and (not sent or max(failed) >= min(sent)) and not evidence

    @property
    def eligible(self) -> bool:
        """In the bases of what people do."""
        return self.bounced_at is None and not self.refused

    def is_machine(self, happening: Happening) -> bool:
        """Whether an opening or a click is a machine's: the source says so, or when it came (docs/numbers.md)."""
        said = happening.record.get("machine")
        if said is not None:
            return bool(said)
        if happening.message_id is None:
            return False
        sent = min((h.at for h in self.happenings if h.name == "sent"), default=None)
        delivered = min(
            (h.at for h in self.happenings if h.name == "delivered" and h.message_id is not None),
            default=None,
        )
        if happening.name == "opened":
            start = sent or delivered
            return start is not None and start <= happening.at <= start + SOON_OPENED
        start = delivered or sent
        if start is not None and start <= happening.at <= start + SOON_CLICKED:
            return True
        url = happening.record.get("url")
        return url is not None and any(
            abs(other.at - happening.at) <= TOGETHER
            for other in self.happenings
            if other.name == "clicked" and other.message_id and other.record.get("url") not in (None, url)
        )

    def counted_at(self, happening: Happening) -> datetime:
        """An opening or click stamped before the sending counts at the sending (docs/numbers.md)."""
        return max(happening.at, self.sent_at) if happening.name in ("opened", "clicked") else happening.at

    def is_tracked(self, happening: Happening) -> bool:
        """Whether this kind of event was tracked for the message: else it counts in no figure (docs/numbers.md)."""
        return self.tracks.get({"opened": "open", "clicked": "click"}.get(happening.name, ""), True)

    @staticmethod
    def is_human_reply(happening: Happening) -> bool:
        """A reply that a person wrote."""
        return happening.name == "replied" and happening.record.get("reply_category") not in NOT_HUMAN

    def _arrivals(self) -> list[datetime]:
        return [
            h.at
            for h in self.happenings
            if h.message_id is not None
            and (h.name == "delivered" or (h.name in ("opened", "clicked") and not self.is_machine(h)))
        ]

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
            message = belongs_to(messages, happening.lead, happening.at, happening.record.get("campaign"))
            if message is not None:
                message.happenings.append(happening)
    return messages


def belongs_to(
    messages: Iterable[Message], lead: str | None, at: datetime, campaign: str | None
) -> Message | None:
    """The message of an event that names only its lead, and perhaps a campaign (docs/numbers.md)."""
    before = [
        m
        for m in messages
        if m.lead is not None and m.lead == lead and m.sent_at <= at and campaign in (None, m.campaign)
    ]
    alive = [m for m in before if m.first_bounced_at is None or m.first_bounced_at > at]
    return max(alive or before, key=lambda message: message.order, default=None)


def _is_hard(bounce: Happening) -> bool:
    """A hard bounce, or one of unknown kind."""
    return bounce.record.get("bounce_kind") in (None, "hard")


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
    # Attributes come from the first `sent`; what it leaves untold, and without one all, from the earliest
    # event that
    # tells it.
    sources = [h.record for h in sent[:1] + own]

    def first(name: str) -> Any:
        return next((record[name] for record in sources if record.get(name) is not None), None)

    lead = first("lead")
    user = first("user")
    step = first("step")
    return Message(
        id=message_id,
        # Mail that came in dates no sending.
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
