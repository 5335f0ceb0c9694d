"""Opens."""

from typing import Final

from data.figures.base import UNTRACKED_BESIDE, Rate, RateWords
from data.figures.units import OPENED, OPENED_BY_ANY, OPENS_TRACKED

RATE: Final = Rate(
    "open",
    10,
    base=OPENS_TRACKED,
    hit=OPENED,
    by_anyone=OPENED_BY_ANY,
    good="up",
    ripe_after=3,
    words=RateWords(
        label="Open rate",
        many="Opens",
        head="Opened",
        one="open",
        of_base="{n} of {base} opened",
        emails="E-mails opened",
        leads="Leads who opened an e-mail",
        caveats=(UNTRACKED_BESIDE,),
    ),
)
