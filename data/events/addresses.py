"""One spelling for one mailbox: every address that comes in goes through `mailbox`.

The same mailbox in another spelling is the same person: case, display name, angle brackets, `mailto:`, a dot at
the end, punycode beside its own letters, composed and decomposed accents, characters nobody sees. Dots and what
follows a plus stay: whose they are is the provider's business, and two people may differ by them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Final
from urllib.parse import unquote

#: Nearly every address: nothing to do but lower its case.
_PLAIN: Final = re.compile(r"[a-z0-9._%+\-]+@[a-z0-9\-]+(?:\.[a-z0-9\-]+)*")
#: No mailbox has more; what is longer is no address, and stays as it came.
_LONGEST: Final = 1_000
#: A comment behind an address, or the address itself in square brackets behind a name.
_COMMENT: Final = re.compile(r"\s*\([^()]{0,200}\)\Z")
_BRACKETED: Final = re.compile(r"\[([^\[\]\s]{3,320}@[^\[\]\s]{1,320})\]\Z")
_UNQUOTED: Final = re.compile(r"[^\s\"(),:;<>@\[\\\]]+")


def mailbox(text: str) -> str:
    """The one spelling of an address, or of an id that is none: lower case, outer white space gone."""
    lowered = text.lower()
    if "xn--" not in lowered and _PLAIN.fullmatch(lowered):
        return lowered
    return _spelled(text)


@lru_cache(maxsize=16_384)
def _spelled(text: str) -> str:
    plain = text.strip().lower()
    if len(plain) > _LONGEST:
        return plain
    address = unicodedata.normalize("NFC", "".join(c for c in plain if unicodedata.category(c) != "Cf"))
    address = address.replace("\uff20", "@").replace("&amp;", "&").strip()
    if "@" not in address:
        return plain
    address = _COMMENT.sub("", address)
    if (bracketed := _BRACKETED.search(address)) is not None:
        address = bracketed[1]
    end = address.rfind(">")
    start = address.rfind("<", 0, end) if end > 0 else -1
    if 0 <= start < end and "@" in address[start:end]:
        address = address[start + 1 : end].strip()
    if address.startswith("mailto:"):
        address = unquote(address.removeprefix("mailto:").split("?", 1)[0]).lower()
    address = address.strip("<> \t\r\n,;")
    if len(address) > 2 and address[0] == address[-1] and address[0] in "'\"`":
        address = address[1:-1].strip()
    local, _, domain = address.rpartition("@")
    if len(local) > 2 and local[0] == local[-1] == '"' and _UNQUOTED.fullmatch(local[1:-1]):
        local = local[1:-1]
    domain = domain.replace("\uff0e", ".").replace("\u3002", ".").strip().rstrip(".")
    if not local or not domain:
        return plain
    return f"{local}@{'.'.join(map(_own_letters, domain.split('.')))}"


def _own_letters(label: str) -> str:
    """A part of a domain in its own letters: `xn--bcher-kva` is `bücher`. What is no such name stays."""
    if not label.startswith("xn--"):
        return label
    try:
        letters = unicodedata.normalize("NFC", label[4:].encode("ascii").decode("punycode").lower())
        back = letters.encode("punycode").decode("ascii")
    except (UnicodeError, ValueError, OverflowError):
        return label
    readable = all(c.isalnum() or c == "-" or unicodedata.combining(c) for c in letters)
    return letters if letters and readable and back == label[4:] else label
