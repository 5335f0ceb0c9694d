"""Bytes of a named charset as text. The name comes from outside, and not all of Python's codecs take linear
time.
"""

from __future__ import annotations

import codecs
from functools import lru_cache
from typing import Final

#: Codecs that are no charset of a mail: punycode and idna take quadratic time, the others read escapes.
_NO_CHARSETS: Final = frozenset(
    ("punycode", "idna", "unicode_escape", "raw_unicode_escape", "unicode-escape", "raw-unicode-escape")
)
_LONGEST_NAME: Final = 40


@lru_cache(maxsize=256)
def _known(name: str) -> str:
    try:
        found = codecs.lookup(name)
    except (LookupError, ValueError):
        return "utf-8"
    return "utf-8" if found.name in _NO_CHARSETS or not found._is_text_encoding else found.name


def text_of_charset(value: bytes, charset: str | None) -> str:
    """The text; UTF-8 where the charset is not named or not known. What cannot be read becomes U+FFFD."""
    name = _known(charset.strip().lower()) if charset and len(charset) <= _LONGEST_NAME else "utf-8"
    try:
        return value.decode(name, "replace")
    except (LookupError, ValueError):
        return value.decode("utf-8", "replace")
