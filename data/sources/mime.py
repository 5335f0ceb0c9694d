"""A whole mail as it went over the wire: its headers and what its writer wrote."""

from __future__ import annotations

import email.policy
from email.message import EmailMessage
from email.parser import BytesParser
from typing import Any

from data.errors import NotThisForm
from data.sources import inbound


def from_mime(mail: bytes, event_id: str | None, raw: str, occurred_at: object = None) -> dict[str, Any]:
    """The canonical record of a raw mail. Without an `event_id` the mail's own Message-ID makes one."""
    try:
        message = BytesParser(policy=email.policy.default).parsebytes(mail)
        plain, markup = _part(message, "plain"), _part(message, "html")
    except RecursionError:
        raise NotThisForm("The mail is nested too deeply.") from None
    headers = [(name, str(value)) for name, value in _headers(message)]
    named = {name.lower(): value for name, value in headers}
    own_id = named.get("message-id")
    return inbound.reply(
        event_id=event_id or (f"inbound:{own_id.strip()}" if own_id else None),
        received=occurred_at,
        writer=inbound.address(named.get("from")),
        subject=named.get("subject"),
        text=plain,
        stripped=None,
        markup=markup,
        headers=headers,
        raw=raw,
    )


def _headers(message: EmailMessage) -> list[tuple[str, str]]:
    try:
        return list(message.items())
    except (ValueError, AttributeError, IndexError, LookupError, TypeError):
        # The standard library trips over some broken headers; take them as they are written.
        return [(name, str(value)) for name, value in message.raw_items()]


def _part(message: EmailMessage, kind: str) -> str | None:
    try:
        body = message.get_body((kind,))
        content = body.get_content() if body is not None else None
    except (LookupError, ValueError, AttributeError, KeyError):
        return None
    return content if isinstance(content, str) else None
