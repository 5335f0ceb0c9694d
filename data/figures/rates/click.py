"""Clicks."""

from typing import Final

from data.figures.base import UNTRACKED_BESIDE, Rate, RateWords
from data.figures.units import CLICKED, CLICKED_BY_ANY, CLICKS_TRACKED

RATE: Final = Rate(
    "click",
    20,
    base=CLICKS_TRACKED,
    hit=CLICKED,
    by_anyone=CLICKED_BY_ANY,
    good="up",
    ripe_after=3,
    words=RateWords(
        label="Click rate",
        many="Clicks",
        head="Clicked",
        one="click",
        of_base="{n} of {base} clicked",
        emails="E-mails with a click",
        leads="Leads who clicked a link",
        caveats=(UNTRACKED_BESIDE,),
    ),
)
