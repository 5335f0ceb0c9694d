"""A mail that arrived at the workspace's own address: a reply, or an answer no person wrote.

It names its writer, not the message it answers: a reply belongs to the last message sent to that lead
before it (METRICS §2), and the `In-Reply-To` of a mail is often another system's id.
"""

from __future__ import annotations

import html
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from data.auto_replies import Headers, automatic
from data.events.replies import visible

_BREAKS: Final = ("br", "/p", "/div", "/tr", "/li")
_UNSEEN: Final = ("script", "style", "title")


def address(text: str | None) -> str | None:
    """The first e-mail address of a From line, lower-case; None when there is none."""
    for _, found in getaddresses([text]) if text else ():
        if "@" in found:
            return found.lower()
    return None


def moment_of(date: str | None) -> datetime | None:
    """The moment of a mail's Date line in UTC; None when it cannot be read: the time received counts."""
    if not date:
        return None
    try:
        read = parsedate_to_datetime(date)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError):
        return None


def received_of(headers: Headers) -> datetime | None:
    """When the first `Received` line says that the mail came; the servers of others wrote those below it."""
    line = next((value for name, value in headers if name.strip().lower() == "received"), "")
    return moment_of(line.rpartition(";")[2].strip()[:60]) if ";" in line else None


def text_of_html(markup: str) -> str:
    """The words of an HTML mail, with its line breaks; never shown as HTML. One pass, whatever the input."""
    words, *tags = markup.split("<")
    kept = [words]
    unseen: str | None = None
    for tag in tags:
        inside, closed, words = tag.partition(">")
        name = inside[:8].lower().split(" ", 1)[0].rstrip("/") if inside[:1] != "/" else inside[:8].lower()
        if unseen:
            unseen = None if name.strip() == f"/{unseen}" else unseen
        elif not closed:
            words = f"<{inside}"
        elif name in _UNSEEN:
            unseen = name
        elif name in _BREAKS:
            kept.append("\n")
        if not unseen:
            kept.append(words)
    return html.unescape("".join(kept)).strip()


def reply(
    *,
    event_id: str | None,
    received: object,
    writer: str | None,
    subject: str | None,
    text: str | None,
    stripped: str | None,
    markup: str | None,
    headers: Headers,
    raw: str,
) -> dict[str, Any]:
    """The canonical record of one arrived mail. `stripped`: the visible part as the provider cut it out.

    `received`: when the provider says it came, or None. Then the first `Received` line says it, which the
    provider's own server wrote; only where there is none the sender's `Date`, if it can be right.
    """
    headers = list(headers)
    at = received or received_of(headers)
    sent = None if at else next((moment_of(value) for name, value in headers if name.lower() == "date"), None)
    written = (stripped or "").strip() or visible(text or "") or visible(text_of_html(markup or ""))
    kind = automatic(headers, subject, writer, written)
    return {
        "event": "auto_replied" if kind else "replied",
        "event_id": event_id,
        "occurred_at": at or sent,
        "_senders_clock": not at,
        "lead": writer,
        "subject": subject,
        "reply_text": written or None,
        "reply_category": kind,
        "raw": raw,
        "_where": "the mail",
        "_lenient": True,
    }
