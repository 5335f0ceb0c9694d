"""A mail that arrived at the workspace's own address: a reply, or an answer no person wrote.

It names its writer, not the message it answers: a reply belongs to the last message sent to that lead
before it (METRICS §2), and the `In-Reply-To` of a mail is often another system's id.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from email.utils import getaddresses, parsedate_to_datetime
from typing import Any, Final

from data.events.replies import visible

_OUT_OF_OFFICE: Final = re.compile(
    r"\b(?:out[ -]of[ -](?:the[ -])?office|ooo|on (?:vacation|holiday|leave)|"
    r"away from (?:the office|my desk)|abwesenheit|absence du bureau|fuera de la oficina)\b",
    re.IGNORECASE,
)
_AUTOMATIC: Final = re.compile(
    r"^\s*(?:auto(?:matic)?[ -]?(?:reply|response|antwort)|automatische antwort|réponse automatique|"
    r"respuesta automática|auto\s*:)",
    re.IGNORECASE,
)
_DAEMON: Final = re.compile(r"^(?:mailer-daemon|postmaster|mail-daemon)@", re.IGNORECASE)
_BREAKS: Final = ("br", "/p", "/div", "/tr", "/li")
_UNSEEN: Final = ("script", "style", "title")

Headers = Iterable[tuple[str, str]]


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


def automatic(headers: Headers, subject: str | None, writer: str | None) -> str | None:
    """`out_of_office` or `auto_reply` when no person wrote the mail (RFC 3834 and its like), else None."""
    named = {name.lower(): value.strip().lower() for name, value in headers}
    told = (
        named.get("auto-submitted", "no").split(";")[0].strip() not in ("no", "")
        or "x-autoreply" in named
        or "x-autorespond" in named
        or named.get("precedence") in ("auto_reply", "auto-reply")
        or named.get("return-path") == "<>"
        or named.get("content-type", "").startswith("multipart/report")
        or (writer is not None and bool(_DAEMON.match(writer)))
    )
    if subject and _OUT_OF_OFFICE.search(subject):
        return "out_of_office"
    if told or (subject and _AUTOMATIC.search(subject)):
        return "auto_reply"
    return None


def reply(
    *,
    event_id: str | None,
    occurred_at: object,
    writer: str | None,
    subject: str | None,
    text: str | None,
    stripped: str | None,
    markup: str | None,
    headers: Headers,
    raw: str,
) -> dict[str, Any]:
    """The canonical record of one arrived mail. `stripped`: the visible part as the provider cut it out."""
    kind = automatic(headers, subject, writer)
    written = (stripped or "").strip() or visible(text or "") or visible(text_of_html(markup or ""))
    return {
        "event": "auto_replied" if kind else "replied",
        "event_id": event_id,
        "occurred_at": occurred_at,
        "lead": writer,
        "subject": subject,
        "reply_text": written or None,
        "reply_category": kind,
        "raw": raw,
        "_where": "the mail",
        "_lenient": True,
    }
