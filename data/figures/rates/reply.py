"""Replies a person wrote."""

from typing import Final

from data.figures.base import Rate
from data.figures.units import ELIGIBLE, REPLIED

RATE: Final = Rate("reply", 30, base=ELIGIBLE, hit=REPLIED, good="up", ripe_after=7, loose="replied")
