"""Positive replies: by the sentiment of a unit's first human reply."""

from typing import Final

from data.figures.base import NOT_AUTOMATIC, Rate, RateWords
from data.figures.units import ELIGIBLE, REPLIED_POSITIVELY

RATE: Final = Rate(
    "positive_reply",
    40,
    base=ELIGIBLE,
    hit=REPLIED_POSITIVELY,
    good="up",
    ripe_after=7,
    loose="replied",
    words=RateWords(
        label="Positive reply rate",
        many="Positive replies",
        head="Positive",
        one="positive reply",
        of_base="{n} of {base} replied positively",
        emails="E-mails whose first reply is positive",
        leads="Leads whose first reply is positive",
        caveats=(NOT_AUTOMATIC,),
    ),
)
