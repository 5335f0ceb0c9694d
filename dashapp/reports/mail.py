"""A report for a mail: each tile as a picture, and what it says as text, for whoever sees no pictures.

The text is taken from the tile's own HTML, so that both say the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Final, Literal

from dashapp.tiles.base import Page
from dashapp.tiles.render import Drawn
from dashapp.views.schema import Placed

#: Width of a mail's column, and of each of two tiles beside one another in it (px).
WIDTH, HALF = 560, 272
#: Tiles of at most so many grid columns and rows stand two in a line.
_SMALL: Final = (4, 2)
#: Rows of a table that are told as text; the picture and the PDF have all of them.
MOST_ROWS: Final = 5
#: Tables whose cells mean nothing without their colours and headings.
_GRIDS: Final = frozenset({"coh", "heat", "matrix"})
_VOID: Final = frozenset({"br", "img", "input", "hr", "meta", "link", "path", "rect", "circle", "line"})
#: What is only there for a screen, or drawn.
_UNREAD: Final = frozenset({"svg", "details", "button", "script", "style"})

Doubt = Literal["tile_failed", "no_data", "held_back", "stale", "empty"]


@dataclass(frozen=True, slots=True)
class MailTile:
    """A tile in a mail. `lines`: its figures as text; `picture`: PNG, to be shown `width` px wide."""

    id: str
    title: str
    lines: tuple[str, ...]
    picture: bytes
    width: int


@dataclass(frozen=True, slots=True)
class MailSection:
    """One view or campaign report of a mail, its tiles in reading order."""

    title: str
    sub: str
    tiles: tuple[MailTile, ...]


@dataclass(frozen=True, slots=True)
class MailReport:
    """The sections, and the document that goes with them."""

    sections: tuple[MailSection, ...]
    pdf: bytes | None

    @property
    def tiles(self) -> tuple[MailTile, ...]:
        """All of its tiles."""
        return tuple(tile for section in self.sections for tile in section.tiles)


def doubts_of(page: Page, tiles: Sequence[Drawn]) -> tuple[Doubt, str] | None:
    """(why a report must not be sent, which tiles it is about); None when it may.

    A mail cannot heal as an open page does: what is failed, held back or old would stay so in the reader's box.
    """
    if not tiles:
        return "empty", ""
    failed = [text_of(tile)[0] for tile in tiles if tile.failed]
    if failed:
        return "tile_failed", ", ".join(failed)
    if page.held or page.behind is not None or page.late or page.doubted:
        return "held_back", ""
    if not page.ever:
        return "no_data", ""
    return ("stale", "") if page.stale is not None else None


def width_of(placed: Placed) -> int:
    """How wide a tile is drawn in a mail."""
    return HALF if placed.w <= _SMALL[0] and placed.h <= _SMALL[1] else WIDTH


def mail_tile(tile: Drawn, key: str, picture: bytes, width: int) -> MailTile:
    """A drawn tile for a mail, in which it is called `key`."""
    title, lines = text_of(tile)
    return MailTile(key, title, lines, picture, width)


def text_of(tile: Drawn) -> tuple[str, tuple[str, ...]]:
    """(the tile's title, what it says in lines): headline figures, then the first rows of its table or list."""
    reader = _Reader()
    reader.feed(str(tile.html))
    reader.close()
    title = " ".join(reader.title.split())
    return title, tuple(reader.lines)


class _Reader(HTMLParser):
    """Reads a tile: its heading, and the lines of its paragraphs, rows and items."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.lines: list[str] = []
        self._open: list[tuple[str, frozenset[str]]] = []
        self._line: list[str] = []
        self._rows = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _VOID:
            return
        names = frozenset((dict(attrs).get("class") or "").split())
        if tag in {"p", "tr", "li"} or "kv" in names:
            self._end_line()
        elif tag in {"td", "th", "span", "b", "small"} and self._line:
            apart = tag in {"td", "th"} or "was" in names
            self._line.append("\t" if apart else ", " if tag == "small" else " ")
        self._open.append((tag, names))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID or not any(name == tag for name, _ in self._open):
            return
        while self._open:
            name, names = self._open.pop()
            if name == tag:
                break
        if tag in {"p", "tr", "li"} or "kv" in names:
            self._end_line(row=tag in {"tr", "li"})

    def handle_data(self, data: str) -> None:
        if any(name in _UNREAD or _GRIDS & names for name, names in self._open):
            return
        classes = frozenset[str]().union(*(names for _, names in self._open))
        if any(name == "h2" for name, _ in self._open):
            self.title += data
        elif not classes & {"sr", "marks", "hd", "yl", "foot", "keys", "tip"} and not any(
            name == "thead" for name, _ in self._open
        ):
            self._line.append(data)

    def close(self) -> None:
        super().close()
        self._end_line()

    def _end_line(self, *, row: bool = False) -> None:
        cells = [" ".join(part.split()) for part in "".join(self._line).split("\t")]
        self._line.clear()
        said = " · ".join(cell for cell in cells if cell)
        if not said or (row and self._rows >= MOST_ROWS):
            return
        self._rows += row
        self.lines.append(said)
