"""Negative replies: by the sentiment of a unit's first human reply."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import ELIGIBLE, REPLIED_NEGATIVELY

RATE: Final = Rate(
    "negative_reply", 50, base=ELIGIBLE, hit=REPLIED_NEGATIVELY, good="down", ripe_after=7, loose="replied"
)
