"""Words by key, for what is made for a page in a given language: `words("fr")("days", n=28)`.

They stand in the catalogue's areas `*_words` (`catalogue.py`).
"""

from __future__ import annotations

from collections.abc import Callable

from dashapp.languages import DEFAULT, LANGUAGES
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


def within(text: str, lang: str) -> str:
    """A name as it stands within a sentence: "open rate"; German nouns keep their capital."""
    return text if LANGUAGES[lang].capital_nouns else text[:1].lower() + text[1:]


def heading(text: str) -> str:
    """A word as it begins a line; the letters after the first stay."""
    return text[:1].upper() + text[1:]


def provider_name(value: str, lang: str) -> str:
    """A provider of mailboxes by its option's value: "gmail", "custom", "any" …"""
    key = "all" if value == "any" else f"provider_{value}"
    return words(lang)(key) if has_words(key) else heading(value)
