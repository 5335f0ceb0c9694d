"""The values of a record's fields, checked one by one: what is of another form is refused with the field's name.

No value is without bound: names stand in pages, files and the keys of figures. What is longer than LONGEST is
refused, for half a name is another name; what is only read, not counted by, is cut (CUT).
"""

from __future__ import annotations

from typing import Final

from data.errors import BadRecord

#: Characters of the values figures are counted by, and of ids: a record with a longer one is parked.
LONGEST: Final[dict[str, int]] = {
    "event_id": 6_000,  # some providers tell none, and it is made of message, recipient, time and link
    "message_id": 1_000,  # a Message-ID has at most 998
    **dict.fromkeys(("campaign", "step", "variation", "reply_category"), 500),
    **dict.fromkeys(("lead", "user"), 500),  # an address has at most 320; an external id may be longer
    "sender": 1_000,  # a name and an address
    "category": 100,
    "bounce_kind": 100,
    "sender_provider": 200,
    "recipient_provider": 200,
    "ip": 100,
}
#: Characters of a reply; pages show it a part at a time (data/people/reply.py).
MOST_OF_A_REPLY: Final = 500_000
#: Characters that are kept of what is only read: the rest says nothing more.
CUT: Final[dict[str, int]] = {
    "url": 4_000,  # the rest is a query, which no link is told apart by
    "subject": 1_000,
    "reply_text": MOST_OF_A_REPLY,
    "server_response": 4_000,
    "user_agent": 1_000,
    "machine_reason": 500,
}


def _bounded(value: str, field: str) -> str:
    if (most := CUT.get(field)) is not None:
        return value[:most]
    if len(value) > LONGEST[field]:
        raise BadRecord(f"{field} has {len(value)} characters, at most {LONGEST[field]} are taken")
    return value


def text_or_none(value: object, field: str) -> str | None:
    """A text, within its bound; empty or null is none."""
    if type(value) is str:
        return _bounded(value, field) if value else None
    if value is None:
        return None
    raise BadRecord(f"{field} must be a text, not a {type(value).__name__}")


def id_or_none(value: object, field: str) -> str | None:
    """An id as text, within its bound; a whole number is one, too."""
    if type(value) is str:
        return _bounded(value.strip(), field) or None
    if value is None:
        return None
    if type(value) is int:
        # The bound in bits first: writing out a number of a million digits takes longer than all else here.
        if value.bit_length() > 3 * LONGEST[field]:
            raise BadRecord(f"{field} is a number of more digits than are taken")
        return _bounded(str(value), field)
    raise BadRecord(f"{field} must be a text, not a {type(value).__name__}")


def flag(value: object, field: str, default: bool) -> bool:
    """True or false; null is the default."""
    if value is None:
        return default
    if value is True or value is False:
        return bool(value)
    raise BadRecord(f"{field} must be true or false, not a {type(value).__name__}")


def storable(text: str) -> str:
    """`text` with what no database column takes (NUL, half a surrogate pair) replaced."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")
