"""Where each tile stands in the read-only grid: exactly where the editor put it, by classes, without a script.

Rows have the height their tiles need, so a grid row is not a row of the stored layout: it is the stretch between
two heights at which some tile begins or ends.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol


class Box(Protocol):
    """A tile on the 12-column grid."""

    @property
    def id(self) -> str: ...
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...
    @property
    def h(self) -> int: ...


def place_classes(tiles: Sequence[Box]) -> Mapping[str, str]:
    """{tile id: "x0 r1 s2"}: its first column, first grid row and number of grid rows (assets/10_tiles.css).

    A view of 40 tiles has 79 grid rows at most; where the stylesheet has no class the tile flows on.
    """
    edges = sorted({tile.y for tile in tiles} | {tile.y + tile.h for tile in tiles})
    row = {edge: number for number, edge in enumerate(edges, start=1)}
    return {tile.id: f"x{tile.x} r{row[tile.y]} s{row[tile.y + tile.h] - row[tile.y]}" for tile in tiles}
