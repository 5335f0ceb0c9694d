"""Negative replies: by the sentiment of a unit's first human reply."""

from typing import Final

from data.figures.base import NOT_AUTOMATIC, Rate, RateWords
from data.figures.units import ELIGIBLE, REPLIED_NEGATIVELY

RATE: Final = Rate(
    "negative_reply",
    50,
    base=ELIGIBLE,
    hit=REPLIED_NEGATIVELY,
    good="down",
    ripe_after=7,
    loose="replied",
    words=RateWords(
        label="Negative reply rate",
        many="Negative replies",
        head="Negative",
        one="negative reply",
        of_base="{n} of {base} replied negatively",
        emails="E-mails whose first reply is negative",
        leads="Leads whose first reply is negative",
        caveats=(NOT_AUTOMATIC,),
    ),
)
