"""A mail that arrived at the workspace's own address: a reply, or an answer no person wrote.

It names its writer, not the message it answers: a reply belongs to the last message sent to that lead
before it (docs/numbers.md), and the `In-Reply-To` of a mail is often another system's id.
"""

from __future__ import annotations

import html
import re
from datetime import datetime
from typing import Any, Final

from data.events.auto_replies import Headers, automatic
from data.events.replies import visible
from data.sources.headers import MAX_HEADER, address, moment_of

__all__ = ["address", "automatic", "moment_of", "reply", "text_of_html"]

_BREAKS: Final = ("br", "/p", "/div", "/tr", "/li")
_UNSEEN: Final = ("script", "style", "title")
#: Characters of a mail's text, or of its HTML, that are read; nobody writes more, what is longer is pasted.
MOST_TEXT: Final = 100_000
MOST_MARKUP: Final = 500_000
#: No character has such a number, and Python refuses to read one of thousands of digits.
_LONG_REFERENCE: Final = re.compile(r"&#[xX]?[0-9a-fA-F]{8,};?")


def header_pairs(given: object) -> list[tuple[str, str]]:
    """A mail's headers as a provider's JSON holds them: by name, or as a list of names and values."""
    pairs: list[tuple[str, str]] = []
    for line in given if type(given) is list else [given]:
        if type(line) is not dict:
            continue
        lower = {str(name).lower(): value for name, value in line.items()} if len(line) == 2 else {}
        if lower.keys() == {"name", "value"}:
            line = {str(lower["name"]): lower["value"]}
        for name, values in line.items():
            pairs += [(name, value) for value in _listed(values) if type(value) is str]
    return pairs


def _listed(values: object) -> list[Any]:
    return values if type(values) is list else [values]


def received_of(headers: Headers) -> datetime | None:
    """When the first `Received` line says that the mail came; the servers of others wrote those below it."""
    line = next((value for name, value in headers if name.strip().lower() == "received"), "")
    return moment_of(line.rpartition(";")[2].strip()[:60]) if ";" in line else None


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
    provider's own server wrote; only where there is none the sender's `Date`, if it can be right. Of a text nobody
    could have written by hand (MOST_TEXT, MOST_MARKUP) only the beginning is read.
    """
    headers = list(headers)
    at = received or received_of(headers)
    sent = None if at else next((moment_of(value) for name, value in headers if name.lower() == "date"), None)
    written = (
        (stripped or "")[:MOST_TEXT].strip()
        or visible((text or "")[:MOST_TEXT])
        or visible(text_of_html(markup or ""))
    )
    kind = automatic(headers, subject[:MAX_HEADER] if subject else subject, writer, written)
    by_subject = kind is not None and automatic(headers, None, writer, written) is None
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
        # It may be the subject of an e-mail of ours, which a person answers (data/intake/own_subjects.py).
        "_by_subject": by_subject,
    }
