"""A whole mail as it went over the wire: its headers and what its writer wrote.

The mail is read in a process of its own (data/sources/mail_process.py): a stranger wrote every byte of it, and
whatever it does to the reader must not hold up a page or another delivery. The reading itself (`read_mail`) is one
pass over bounded parts, so the process is the second line of defence, not the first.
"""

from __future__ import annotations

from typing import Any, Final, NamedTuple

from data.errors import Unreadable
from data.sources import inbound
from data.sources.charsets import text_of_charset
from data.sources.headers import Headers, decoded, first_of
from data.sources.multipart import Part, part_of, split

#: How deep parts may lie in one another, and how many of them one mail has.
MOST_DEPTH: Final = 20
MOST_PARTS: Final = 500


class Mail(NamedTuple):
    """What is read of a mail: its headers, and the first text of each kind that is no attachment."""

    headers: Headers
    plain: str | None
    markup: str | None


def read_mail(raw: bytes) -> Mail:
    """Read a mail. Raises Unreadable when its parts are nested too deeply or are too many."""
    whole = part_of(raw)
    found: dict[str, str] = {}
    waiting: list[tuple[Part, int]] = [(whole, 0)]
    parts = 0
    while waiting:
        part, depth = waiting.pop()
        parts += 1
        if depth > MOST_DEPTH or parts > MOST_PARTS:
            raise Unreadable("The mail is nested too deeply, or has too many parts.")
        if (boundary := part.boundary) is not None:
            children = split(part.content, boundary, MOST_PARTS)
            waiting += [(child, depth + 1) for child in reversed(children)]
            continue
        kind = part.content_type
        disposition, _, file_name = part.disposition
        shown = disposition != "attachment" and not file_name
        if shown and kind in ("text/plain", "text/html") and kind not in found:
            found[kind] = _text(part)
    return Mail(whole.headers, found.get("text/plain"), found.get("text/html"))


def _text(part: Part) -> str:
    return text_of_charset(part.decoded(), part.charset)[: inbound.MOST_MARKUP]


def record_of(mail: Mail, event_id: str | None, raw: str, occurred_at: object = None) -> dict[str, Any]:
    """The canonical record of a mail. Without an `event_id` the mail's own Message-ID makes one."""
    own_id = first_of(mail.headers, "message-id")
    subject = first_of(mail.headers, "subject")
    return inbound.reply(
        event_id=event_id or (f"inbound:{own_id.strip()}" if own_id else None),
        received=occurred_at,
        writer=inbound.address(first_of(mail.headers, "from")),
        subject=decoded(subject) if subject else None,
        text=mail.plain,
        stripped=None,
        markup=mail.markup,
        headers=mail.headers,
        raw=raw,
    )
