"""Unsubscribes."""

from typing import Final

from data.figures.base import Rate, RateWords
from data.figures.units import ELIGIBLE, UNSUBSCRIBED

RATE: Final = Rate(
    "unsubscribe",
    70,
    base=ELIGIBLE,
    hit=UNSUBSCRIBED,
    good="down",
    ripe_after=7,
    loose="unsubscribed",
    words=RateWords(
        label="Unsubscribe rate",
        many="Unsubscribes",
        head="Unsubscribed",
        one="unsubscribe",
        of_base="{n} of {base} unsubscribed",
        emails="E-mails that led to an unsubscribe",
        leads="Leads who unsubscribed",
    ),
)
