"""What a declaration says: of a rate (`rates/`, one module each) and of a figure (`named/`, one module each)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from data.figures.units import Base, Hit

Good = Literal["up", "down", "neutral"]
#: Events that can come without a message, and are then told beside the rate (data/cubes/unattributed.py).
Loose = Literal["replied", "unsubscribed"]


@dataclass(frozen=True, slots=True)
class Rate:
    """One data type: `hit` of `base`, and all that follows from it (docs/architecture.md, "To add …").

    `place`: where it stands among the others, in menus and messages. `by_anyone`: what counts instead under
    `engagement=all`; None: machines make no difference. `good`: whether more is good. `ripe_after`: days until
    most of it has come, where a workspace's history does not say. `loose`: as the type says.
    """

    name: str
    place: int
    base: Base
    hit: Hit
    good: Good
    ripe_after: int
    by_anyone: Hit | None = None
    loose: Loose | None = None

    def __post_init__(self) -> None:
        for hit in (self.hit, self.by_anyone or self.hit):
            if not set(self.base.where) <= set(hit.base.where):
                raise ValueError(
                    f"{self.name} could exceed 100 %: {hit.column} is no part of {self.base.column}"
                )

    def hit_of(self, engagement: str) -> Hit:
        """What counts: by people, or under "all" by anyone and anything."""
        return self.by_anyone if engagement == "all" and self.by_anyone is not None else self.hit
