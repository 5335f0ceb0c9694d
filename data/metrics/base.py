"""A number in words, as one question asks for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from data.figures.base import Good, Unit


class Translate(Protocol):
    """Turns a sentence of the catalog, in English, into the reader's language, its {marks} filled."""

    def __call__(self, sentence: str, /, **marks: str) -> str: ...


def in_english(sentence: str, /, **marks: str) -> str:
    """The sentence as it is written here."""
    return sentence.format(**marks) if marks else sentence


@dataclass(frozen=True, slots=True)
class Definition:
    """A metric as one query asks for it, in one language: the sentences of "how is this counted?"."""

    key: str
    label: str
    formula: str
    unit: Unit
    good: Good
    base: str
    dates: str
    caveat: str
