"""Texts as they are compared and searched: without case and accents."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from typing import Final

from dashapp.slugs import BARE_LETTERS

#: Characters of a contact's words that are searched.
LONGEST: Final = 1_000


def fold(text: str) -> str:
    """ "Élodie Sørensen" → "elodie sorensen"; runs of white space become one space."""
    if text.isascii():
        return " ".join(text.lower().split())
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(c for c in decomposed if not unicodedata.combining(c))
    return " ".join(bare.translate(BARE_LETTERS).split())


def one_line(text: str) -> str:
    """A text without characters nobody sees; runs of white space become one space."""
    if not text.isprintable():
        text = "".join(c if c.isprintable() else " " for c in text)
    return " ".join(text.split())


def searchable(words: Iterable[str | None]) -> str:
    """The words of a contact as its search column holds them."""
    return fold(" ".join(dict.fromkeys(word for word in words if word)))[:LONGEST]


def name_of(name: str, key: str) -> str:
    """The name to show: the known one, else what an address says ("georgia.lambert@…" → "Georgia Lambert")."""
    if name:
        return name
    local, at, _ = key.partition("@")
    if not at:
        return key
    words = [word for word in local.replace("_", ".").replace("-", ".").split(".") if word]
    if len(words) < 2 or not all(word.isalpha() for word in words):
        return key
    return " ".join(word[:1].upper() + word[1:] for word in words)
