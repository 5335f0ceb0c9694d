"""A mail that arrived at the workspace's own address: a reply, or an answer no person wrote.

It names its writer, not the message it answers: a reply belongs to the last message sent to that lead
before it (METRICS §2), and the `In-Reply-To` of a mail is often another system's id.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable
from typing import Any, Final

from data.events.replies import visible
from data.sources.headers import MAX_HEADER, address, moment_of

__all__ = ["address", "automatic", "moment_of", "reply", "text_of_html"]

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
#: Characters of a mail's text, or of its HTML, that are read; nobody writes more, what is longer is pasted.
MOST_TEXT: Final = 100_000
MOST_MARKUP: Final = 500_000
#: No character has such a number, and Python refuses to read one of thousands of digits.
_LONG_REFERENCE: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")

Headers = Iterable[tuple[str, str]]


def text_of_html(markup: str) -> str:
    """The words of an HTML mail, with its line breaks; never shown as HTML. One pass, whatever the input."""
    words, *tags = markup[:MOST_MARKUP].split("<")
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
    return html.unescape(_LONG_REFERENCE.sub("\ufffd", "".join(kept)))[:MOST_TEXT].strip()


def automatic(headers: Headers, subject: str | None, writer: str | None) -> str | None:
    """`out_of_office` or `auto_reply` when no person wrote the mail (RFC 3834 and its like), else None."""
    named = {name.lower(): value.strip().lower() for name, value in headers}
    subject = subject[:MAX_HEADER] if subject else subject
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
    """The canonical record of one arrived mail. `stripped`: the visible part as the provider cut it out.

    Of a text nobody could have written by hand (MOST_TEXT, MOST_MARKUP) only the beginning is read.
    """
    kind = automatic(headers, subject, writer)
    written = (
        (stripped or "")[:MOST_TEXT].strip()
        or visible((text or "")[:MOST_TEXT])
        or visible(text_of_html(markup or ""))
    )
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
