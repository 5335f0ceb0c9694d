"""Tiles too small to be read: refused where a view is saved or brought in, tolerated where one is only read.

Before the types said their least sizes a tile could be stored smaller. Such a view opens as it is: making a tile
larger would push the others about, in a layout people know; what is refused is making one so now.
"""

from __future__ import annotations

from dashapp.errors import Refused
from dashapp.tiles.gallery import too_small
from dashapp.views.schema import View


def check_sizes(before: View | None, view: View, *, path: bool = False) -> None:
    """Raise Refused for a tile of `view` too small to be read that is not so in `before` already.

    `path`: begin with where it stands, for who wrote a file.
    """
    sizes = {} if before is None else {tile.id: (tile.type, tile.w, tile.h) for tile in before.tiles}
    for number, tile in enumerate(view.tiles):
        if sizes.get(tile.id) == (tile.type, tile.w, tile.h):
            continue
        if why := too_small(tile.type, tile.w, tile.h):
            raise Refused(
                f"This view cannot be used: tiles.{number}: {why[:-1]}, not {tile.w} by {tile.h}."
                if path
                else why
            )
