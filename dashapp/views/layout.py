"""The 12-column grid: what overlaps, where there is room, and who gives way. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dashapp.views.schema import Placed

COLUMNS = 12
#: The last row a tile may begin at, and its largest height.
LAST_ROW = 500
MOST_ROWS = 12


class Box(Protocol):
    """A rectangle of grid cells."""

    x: int
    y: int
    w: int
    h: int


def overlap(one: Box, other: Box) -> bool:
    """Whether the two share a cell."""
    beside = one.x + one.w <= other.x or other.x + other.w <= one.x
    above = one.y + one.h <= other.y or other.y + other.h <= one.y
    return not (beside or above)


def settle(fixed: Iterable[Placed], moving: Sequence[Placed]) -> list[Placed]:
    """The `moving` tiles, in this order, each pushed straight down to the first row where it is free.

    `fixed` tiles stay. The result depends on the order given alone, so every reader sees the same layout.
    """
    taken = list(fixed)
    settled: list[Placed] = []
    for tile in moving:
        free = tile
        while below := [other.y + other.h for other in taken if overlap(free, other)]:
            free = free.model_copy(update={"y": min(below)})
        taken.append(free)
        settled.append(free)
    return settled


def raise_up(tiles: Sequence[Placed]) -> list[Placed]:
    """The tiles in their order of reading, each as high as the ones above it allow: no empty row is left."""
    risen: list[Placed] = []
    for tile in sorted(tiles, key=reading_order):
        over = [
            other.y + other.h for other in risen if other.x < tile.x + tile.w and tile.x < other.x + other.w
        ]
        risen.append(tile.model_copy(update={"y": max(over, default=0)}))
    return risen


def first_free(tiles: Sequence[Placed], w: int, h: int) -> tuple[int, int]:
    """(x, y) of the highest, then leftmost place where a tile of `w` × `h` is free."""
    y = 0
    while True:
        beside = [tile for tile in tiles if tile.y < y + h and y < tile.y + tile.h]
        for x in range(COLUMNS - w + 1):
            if all(tile.x >= x + w or tile.x + tile.w <= x for tile in beside):
                return x, y
        y += 1


def reading_order(tile: Placed) -> tuple[int, int, str]:
    """The key that sorts tiles as they are read: row by row."""
    return tile.y, tile.x, tile.id
