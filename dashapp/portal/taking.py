"""Where a tile's figures can be taken away: a line at the end of its "How is this counted?", on the portal alone.

The renderer draws the same tiles for the desk and for paper, which have other ways; so the line is put into what it
has drawn, not drawn by it.
"""

from __future__ import annotations

import re

from markupsafe import Markup

from dashapp.tiles.base import Page

#: A tile's beginning, with its id, or the end of its explanation. Both are the frame's own (tiles/tile.html): what
#: people wrote is escaped there and can hold neither.
_MARKS = re.compile(r'<section class="tile [^>]*data-tile="([a-z0-9-]+)"|</dl></div></details>')
_LINE = Markup(
    '</dl><p class="take">{said} <a href="tiles/{tile}.csv?{asked}" rel="nofollow">CSV</a> '
    '<a href="tiles/{tile}.png?{asked}" rel="nofollow">PNG</a></p></div></details>'
)


def with_files(grid: str, page: Page) -> str:
    """The grid with two links a tile, for the days and in the language of the page."""
    asked = Markup("period={}&amp;lang={}").format(page.period.key, page.lang)
    said, tile = page.t("take"), ""

    def put(found: re.Match[str]) -> str:
        nonlocal tile
        if found[1]:
            tile = found[1]
            return found[0]
        return _LINE.format(said=said, tile=tile, asked=asked)

    return _MARKS.sub(put, grid)
