"""Words by key, for what is made for a page in a given language: `words("fr")("days", n=28)`.

They stand in the catalogue's areas `*_words` (`catalogue.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from dashapp.languages import DEFAULT
from dashapp.ui.language.catalogue import by_key

Words = Callable[..., str]


def words(lang: str) -> Words:
    """`t(key, **marks)` for one language; an unknown key is a programming error (KeyError)."""
    known = by_key(lang)

    def text(key: str, **marks: str | int) -> str:
        found = known[key]
        return found.format(**marks) if marks else found

    return text


def has_words(key: str) -> bool:
    """Whether there are words by this key."""
    return key in by_key(DEFAULT)
