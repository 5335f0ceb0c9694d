"""Positive replies: by the sentiment of a unit's first human reply."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import ELIGIBLE, REPLIED_POSITIVELY

RATE: Final = Rate(
    "positive_reply", 40, base=ELIGIBLE, hit=REPLIED_POSITIVELY, good="up", ripe_after=7, loose="replied"
)
