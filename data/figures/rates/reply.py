"""Replies a person wrote."""

from typing import Final

from data.figures.base import NOT_AUTOMATIC, Rate, RateWords
from data.figures.units import ELIGIBLE, REPLIED

RATE: Final = Rate(
    "reply",
    30,
    base=ELIGIBLE,
    hit=REPLIED,
    good="up",
    ripe_after=7,
    loose="replied",
    words=RateWords(
        label="Reply rate",
        many="Replies",
        head="Replied",
        one="reply",
        of_base="{n} of {base} replied",
        emails="E-mails a person replied to",
        leads="Leads who replied",
        caveats=(NOT_AUTOMATIC,),
    ),
)
