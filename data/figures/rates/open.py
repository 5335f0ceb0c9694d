"""Opens."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import OPENED, OPENED_BY_ANY, OPENS_TRACKED

RATE: Final = Rate(
    "open", 10, base=OPENS_TRACKED, hit=OPENED, by_anyone=OPENED_BY_ANY, good="up", ripe_after=3
)
