"""What a reply says: the part its writer wrote, its category and its sentiment (docs/numbers.md)."""

from __future__ import annotations

import re
from typing import Final

from data.events.auto_replies import notice
from data.events.opt_out import is_opt_out
from data.events.visible_text import visible

__all__ = ["NEGATIVE", "NEUTRAL", "NOT_HUMAN", "POSITIVE", "SENTIMENTS", "classify", "sentiment", "visible"]

POSITIVE: Final = frozenset({"interested", "more_information", "booking_request"})
NEUTRAL: Final = frozenset({"not_now", "confused"})
NEGATIVE: Final = frozenset({"unsubscribe", "not_the_right_person", "not_interested", "no_need"})
#: Categories of what arrives in answer, but was written by no person.
NOT_HUMAN: Final = frozenset({"out_of_office", "auto_reply"})
SENTIMENTS: Final = {
    **dict.fromkeys(POSITIVE, "positive"),
    **dict.fromkeys(NEUTRAL, "neutral"),
    **dict.fromkeys(NEGATIVE, "negative"),
}

#: The phrases of docs/numbers.md and the category each stands for. Whole words, any white space between.
_RULES: Final = tuple(
    (
        re.compile(r"(?<!\w)" + r"\s+".join(map(re.escape, phrase.split())) + r"(?!\w)", re.IGNORECASE),
        category,
    )
    for phrase, category in (
        ("unsubscribe me", "unsubscribe"),
        ("take me off your list", "unsubscribe"),
        ("remove me from your list", "unsubscribe"),
        ("remove me", "unsubscribe"),
        ("not interested", "not_interested"),
        ("spam", "not_interested"),
    )
)


def classify(text: str) -> str | None:
    """The category the rules settle on for a reply's text, or None: what no rule settles is neutral."""
    written = visible(text)
    if is_opt_out(written):
        return "unsubscribe"
    for pattern, category in _RULES:
        if pattern.search(written):
            return category
    return None


def sentiment(category: str | None, text: str | None) -> tuple[str | None, str | None]:
    """(category, sentiment) of a reply: by its category where that is known, else by the rules on its text.

    Sentiment None means no human reply. A category outside the list is kept as it came.
    """
    if category is not None:
        if category in NOT_HUMAN:
            return category, None
        if category in SENTIMENTS:
            return category, SENTIMENTS[category]
    settled = classify(text) if text else None
    if settled is not None:
        return category or settled, SENTIMENTS[settled]
    if category is None and text and (automatic := notice(visible(text))):
        return automatic, None
    return category, "neutral"
