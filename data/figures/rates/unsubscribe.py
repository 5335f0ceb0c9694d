"""Unsubscribes."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import ELIGIBLE, UNSUBSCRIBED

RATE: Final = Rate(
    "unsubscribe", 70, base=ELIGIBLE, hit=UNSUBSCRIBED, good="down", ripe_after=7, loose="unsubscribed"
)
