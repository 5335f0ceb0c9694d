"""Bounces that nothing later contradicts."""

from typing import Final

from data.figures.base import Rate, RateWords
from data.figures.units import BOUNCED, UNITS

RATE: Final = Rate(
    "bounce",
    60,
    base=UNITS,
    hit=BOUNCED,
    good="down",
    ripe_after=1,
    words=RateWords(
        label="Bounce rate",
        many="Bounces|tile",
        head="Bounced",
        one="bounce",
        of_base="{n} of {base} bounced",
        emails="E-mails that bounced",
        leads="Leads whose e-mails all bounced",
        caveats=(
            "A soft bounce that is followed by a delivery, an opening, a click or an answer was a "
            "deferral; a hard one only when a person answers.",
        ),
    ),
)
