"""Reading header lines, their parameters and addresses: bounded input, one pass each.

Python's `email` takes time that grows with the square of what a stranger writes into one header (and recurses
over brackets), so nothing here hands it a header. What is longer than a bound is cut before it is looked at.
"""

from __future__ import annotations

import binascii
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final

from data.sources.charsets import text_of_charset

#: Characters of one header that are kept, and of all headers of a mail together.
MAX_HEADER: Final = 2_048
MAX_BLOCK: Final = 16_384
#: Header lines that are looked at.
MAX_LINES: Final = 2_000
#: Kept whatever else a mail carries: a mail may have 30 kB of signatures and scanners' notes above them.
_NEEDED: Final = frozenset(
    (
        *("from", "sender", "to", "subject", "date", "message-id", "content-type", "content-disposition"),
        *("content-transfer-encoding", "auto-submitted", "x-autoreply", "x-autorespond", "precedence"),
        *("return-path", "x-auto-response-suppress", "list-id", "in-reply-to", "references"),
    )
)
_ENCODED_WORD: Final = re.compile(r"=\?([^?\s*]{1,40})(?:\*[^?\s]{0,20})?\?([bBqQ])\?([^?]{0,2000})\?=")
_BETWEEN_WORDS: Final = re.compile(r"(\?=)[ \t]{1,100}(?==\?)")
_LONGEST_DATE: Final = 100

Headers = list[tuple[str, str]]


def header_lines(block: str | bytes) -> Headers:
    """(name, value) of each header line, folded lines joined; the needed ones first when there are too many.

    A value is cut at MAX_HEADER; headers nobody needs are left out once MAX_BLOCK characters are kept.
    """
    text = block.decode("utf-8", "replace") if isinstance(block, bytes) else block
    found: list[tuple[str, list[str], int]] = []
    for line in text.split("\n"):
        line = line.rstrip("\r")
        if line[:1] in (" ", "\t"):
            if found and found[-1][2] < MAX_HEADER:
                name, parts, size = found[-1]
                piece = line[: MAX_HEADER - size + 1].strip()
                parts.append(piece)
                found[-1] = (name, parts, size + len(piece) + 1)
            continue
        if len(found) >= MAX_LINES:
            break
        name, colon, value = line.partition(":")
        if colon and 0 < len(name) <= 200:
            value = value[: MAX_HEADER + 1].strip()
            found.append((name.strip(), [value], len(value)))
    kept: Headers = []
    left = MAX_BLOCK
    for name, parts, _ in found:
        needed = name.lower() in _NEEDED
        value = " ".join(parts)[:MAX_HEADER]
        if not needed and len(name) + len(value) > left:
            continue
        left -= len(name) + len(value)
        kept.append((name, value))
    return kept


def first_of(headers: Headers, name: str) -> str | None:
    """The value of the first header of this (lower-case) name."""
    return next((value for key, value in headers if key.lower() == name), None)


def parameters(value: str) -> tuple[str, Mapping[str, str]]:
    """The main value of a header (lower-case) and its parameters by lower-case name, the first of each.

    `text/plain; charset="utf-8"` → ("text/plain", {"charset": "utf-8"}). Quotes may hold anything; a quote that is
    never closed ends with the header. An extended parameter (`filename*=`) is found under its plain name.
    """
    value = value[:MAX_HEADER]
    pieces: list[str] = []
    piece: list[str] = []
    quoted = escaped = False
    for character in value:
        if escaped:
            piece.append(character)
            escaped = False
        elif quoted and character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == ";" and not quoted:
            pieces.append("".join(piece))
            piece = []
        else:
            piece.append(character)
    pieces.append("".join(piece))
    named: dict[str, str] = {}
    for text in pieces[1:]:
        name, equals, content = text.partition("=")
        if equals:
            named.setdefault(name.strip().lower().partition("*")[0], content.strip())
    return pieces[0].strip().lower(), named


def decoded(value: str) -> str:
    """A header with its encoded words (RFC 2047) read; what cannot be read stays as it is written."""
    value = value[:MAX_HEADER]
    if "=?" not in value:
        return value
    return _ENCODED_WORD.sub(_word, _BETWEEN_WORDS.sub(r"\1", value))


def _word(found: re.Match[str]) -> str:
    charset, encoding, text = found.groups()
    try:
        if encoding in "bB":
            content = binascii.a2b_base64(text + "=" * (-len(text) % 4))
        else:
            content = binascii.a2b_qp(text.encode("latin-1", "replace"), header=True)
    except ValueError:
        return found.group()
    return text_of_charset(content, charset)


def address(text: str | None) -> str | None:
    """The first e-mail address of an address line, lower-case; None when there is none.

    Quoted names and comments, however deeply nested, are passed over.
    """
    if not text:
        return None
    quoted = escaped = False
    depth = 0
    plain: list[str] = []
    for character in text[:MAX_HEADER]:
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"' and not depth:
            quoted = not quoted
        elif quoted:
            continue
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            plain.append(character)
    for entry in "".join(plain).replace(";", ",").split(","):
        inside = entry.partition("<")[2].partition(">")[0] if "<" in entry else entry.rpartition(":")[2]
        found = inside.strip()
        local, at, domain = found.rpartition("@")
        if at and local and domain and not any(character.isspace() for character in found):
            return found.lower()
    return None


def moment_of(date: str | None) -> datetime | None:
    """The moment of a mail's Date line in UTC; None when it cannot be read: the time received counts."""
    if not date or len(date) > _LONGEST_DATE:
        return None
    try:
        read = parsedate_to_datetime(date)
        return (read if read.tzinfo else read.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
