"""Bounces that nothing later contradicts."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import BOUNCED, UNITS

RATE: Final = Rate("bounce", 60, base=UNITS, hit=BOUNCED, good="down", ripe_after=1)
