"""The part of an address that is made from a name: "Acme & Co" → "acme-co"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from typing import Final

#: Letters that are not a base letter with an accent, as they are written without one.
BARE_LETTERS: Final = str.maketrans(
    {"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"}
)
LONGEST: Final = 50


def slug_of(name: str, fallback: str) -> str:
    """Letters, digits and single hyphens, LONGEST at most; `fallback` where nothing of the name is left."""
    decomposed = unicodedata.normalize("NFKD", name.casefold()).translate(BARE_LETTERS)
    plain = "".join(c for c in decomposed if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:LONGEST].strip("-") or fallback


def free_slug(stem: str, taken: Container[str]) -> str:
    """The slug, or with the first number behind it that is not taken: "acme-co-2"."""
    slug, n = stem, 1
    while slug in taken:
        n += 1
        slug = f"{stem}-{n}"
    return slug
