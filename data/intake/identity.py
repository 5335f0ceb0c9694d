"""Which events are one and the same: by what happened, to which message, to whom, and when to the second.

An id alone does not settle it. Providers send an event again under a new id, use one id for two events, and files
number their rows from 1. So two keys are kept of an event, 128 bits each: of its content and of its id.

- The content is known: it is that event once more, whatever its id.
- The id is known and the content is not: another event, a *clash*. Both are kept; the later one gets an id of
  its own.
- An export may come again with a column more. Who had no lead, or no message, before is the same event with one:
  that is looked up where the id cannot settle it.

A message's id may hold its recipient ("<id>:<lead>", data/sources/fields.py); the recipient is part of the content
anyway, so it is left out there: an event keeps its key when a provider's messages are told apart by recipient
later.

Events from before these keys were known by their id alone (`legacy_key`). Such an id is still a duplicate: what
came before must not double. Their content keys are added in the background (data/intake/key_backfill.py).
"""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from data.events.canonical import Event


class KeyedEvent(Protocol):
    """What a content key is made of: an event, or the columns of a stored one."""

    @property
    def event_id(self) -> str: ...
    @property
    def event(self) -> str: ...
    @property
    def channel(self) -> str: ...
    @property
    def message_id(self) -> str | None: ...
    @property
    def lead(self) -> str | None: ...
    @property
    def campaign(self) -> str | None: ...
    @property
    def step(self) -> str | None: ...
    @property
    def subject(self) -> str | None: ...
    @property
    def url(self) -> str | None: ...
    @property
    def stamped_at(self) -> datetime | None: ...


#: Bytes of a key: 128 bits, so that two contents of one workspace never meet by chance.
KEY_BYTES: Final = 16
#: What ids begin with that were made from a record's content because it brought none.
DERIVED: Final = "c-"


def legacy_key(event_id: str) -> bytes:
    """The key of an event's id as it was kept alone, until revision 0014."""
    return _digest(event_id)


def id_key(event_id: str) -> bytes | None:
    """The key of an id its source gave; None for one that was made from the content."""
    return None if event_id.startswith(DERIVED) else _digest(f"id\x1f{event_id}")


def content_key(event: KeyedEvent) -> bytes:
    """The key of what happened."""
    return _content(event, event.message_id, event.lead)


def poorer_keys(event: Event) -> list[bytes]:
    """The keys the same event had if it came without its lead, or without its message, before."""
    message, lead = event.message_id, event.lead
    if lead is None or message is None:
        return []
    return [_content(event, message.removesuffix(f":{lead}"), None), _content(event, None, lead)]


def clash_id(event: Event) -> str:
    """The id of an event whose own one is another event's: the same each time it comes."""
    return f"{event.event_id}#{content_key(event).hex()[:12]}"


def _content(event: KeyedEvent, message: str | None, lead: str | None) -> bytes:
    if message is not None and lead is not None:
        message = message.removesuffix(f":{lead}")
    stamp = event.stamped_at
    # Not stamped by its source: it happened when it came, which is another time each time it comes.
    when = event.event_id if stamp is None else int(stamp.timestamp())
    text = f"what\x1f{event.event}\x1f{event.channel}\x1f{_told(message)}\x1f{_told(lead)}\x1f{when}"
    if event.event == "clicked":
        text += f"\x1f{_told(event.url)}"
    if message is None:
        # Which message it is about is found by the campaign it names; of a task there is only its name.
        text += f"\x1f{_told(event.campaign)}\x1f{_told(event.step)}"
        if event.channel != "email":
            text += f"\x1f{_told(event.subject)}"
    return _digest(text)


def _told(value: str | None) -> str:
    return "" if value is None else f"={value}"


def _digest(text: str) -> bytes:
    return blake2b(text.encode("utf-8", "surrogatepass"), digest_size=KEY_BYTES).digest()
