"""Clicks."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import CLICKED, CLICKED_BY_ANY, CLICKS_TRACKED

RATE: Final = Rate(
    "click", 20, base=CLICKS_TRACKED, hit=CLICKED, by_anyone=CLICKED_BY_ANY, good="up", ripe_after=3
)
