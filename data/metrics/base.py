"""What a declared metric is: its name, what it means in words, and what is good about more of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Lang = Literal["en", "fr"]
Good = Literal["up", "down", "neutral"]
Unit = Literal["e-mails", "leads", "people", "events", "actions", "campaigns", "share"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or name in both languages."""

    en: str
    fr: str

    def of(self, lang: Lang) -> str:
        """The words in one language."""
        return self.en if lang == "en" else self.fr

    def __bool__(self) -> bool:
        return bool(self.en)


NOTHING = Text("", "")


@dataclass(frozen=True, slots=True)
class Metric:
    """One number: `formula` in words, what its base is and leaves out, and what to keep in mind reading it.

    `key` is the query's name, for rates `<data type>_<attribution>`. `base` is empty where nothing is divided.
    """

    key: str
    label: Text
    formula: Text
    unit: Unit
    good: Good
    base: Text = NOTHING
    caveat: Text = NOTHING


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
