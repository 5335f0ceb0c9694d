"""The words of absence notices and automatic answers, by language; matched as `plain_text` folds a text.

A further language is one more entry here, and lines in tests/data/events/replies/incoming.tsv.
"""

from __future__ import annotations

from typing import Final

from data.events.absence import east_asian, further, other_european, west_european
from data.events.absence.words import DAYS, FROM_OR_UNTIL, Words

__all__ = ["DAYS", "FROM_OR_UNTIL", "LANGUAGES", "Words"]

#: ISO 639-1 code → its words.
LANGUAGES: Final[dict[str, Words]] = {
    **west_european.WORDS,
    **other_european.WORDS,
    **further.WORDS,
    **east_asian.WORDS,
}
