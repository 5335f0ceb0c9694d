"""What a declared metric is: its name, what it means in words, and what is good about more of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Good = Literal["up", "down", "neutral"]
Unit = Literal["e-mails", "leads", "people", "events", "actions", "campaigns", "share"]


class Say(Protocol):
    """Turns a sentence of the catalog, in English, into the reader's language, its {marks} filled."""

    def __call__(self, sentence: str, /, **marks: str) -> str: ...


def in_english(sentence: str, /, **marks: str) -> str:
    """The sentence as it is written here."""
    return sentence.format(**marks) if marks else sentence


@dataclass(frozen=True, slots=True)
class Metric:
    """One number, in English: `formula` in words, what its base is and leaves out, what to keep in mind.

    `key` is the query's name, for rates `<data type>_<attribution>`. `base` is empty where nothing is divided.
    """

    key: str
    label: str
    formula: str
    unit: Unit
    good: Good
    base: str = ""
    caveats: tuple[str, ...] = ()


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
