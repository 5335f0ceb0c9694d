"""Where tiles stand on paper: as on the screen where that is wide enough, else one under the other.

A page of paper is half as wide as a desk. Tiles are cut into rows and columns along the lines no tile crosses,
so that a row can be kept on one page; what cannot be cut, or would get too narrow, flows in reading order.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

COLUMNS = 12
GAP = 10
#: The fewest grid columns at which a type can be read on A4; others need three.
LEAST = {
    "cohort": 9,
    "hours": 9,
    "provider_matrix": 7,
    "campaigns": 9,
    "top_campaigns": 9,
    "steps": 7,
    "leaderboard": 6,
    "top_links": 6,
    "trend": 5,
    "week1": 5,
    "sent_emails": 5,
    "future_emails": 5,
    "funnel": 4,
    "breakdown": 4,
    "reply_categories": 4,
}


@dataclass(frozen=True, slots=True)
class Block:
    """A tile's place on the 12-column grid; `key` names it."""

    key: int
    type: str
    x: int
    y: int
    w: int
    h: int


@dataclass(frozen=True, slots=True)
class Cell:
    """A tile and how wide it is drawn, in px."""

    key: int
    width: float


@dataclass(frozen=True, slots=True)
class Column:
    """Rows one under the other, together `width` px wide."""

    width: float
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Tiles and columns side by side, kept on one page."""

    parts: tuple[Cell | Column, ...]


def rows_of(blocks: Sequence[Block], width: float) -> list[Row]:
    """All tiles as rows of the whole width."""
    found: list[Row] = []
    for band in _bands(blocks):
        narrow = any(block.w < min(LEAST.get(block.type, 3), COLUMNS) for block in band)
        columns = [] if narrow else _columns(band)
        row = None if narrow else _row(columns, width, COLUMNS)
        found += [row] if row is not None else _flow(band, width)
    return found


def _bands(blocks: Sequence[Block]) -> list[list[Block]]:
    """Cut where no tile crosses from one height to the next."""
    found: list[list[Block]] = []
    end = -1
    for block in sorted(blocks, key=lambda one: (one.y, one.x)):
        if block.y >= end:
            found.append([])
        found[-1].append(block)
        end = max(end, block.y + block.h)
    return found


def _columns(band: Sequence[Block]) -> list[list[Block]]:
    found: list[list[Block]] = []
    end = -1
    for block in sorted(band, key=lambda one: (one.x, one.y)):
        if block.x >= end:
            found.append([])
        found[-1].append(block)
        end = max(end, block.x + block.w)
    return found


def _row(columns: Sequence[Sequence[Block]], width: float, across: int) -> Row | None:
    """These columns over `across` grid columns of `width` px; None when one of them cannot be cut further."""
    spans = [max(b.x + b.w for b in column) - min(b.x for b in column) for column in columns]
    room = width - GAP * (len(columns) - 1)
    parts: list[Cell | Column] = []
    for column, span in zip(columns, spans, strict=True):
        wide = room * span / sum(spans)
        if len(column) == 1:
            parts.append(Cell(column[0].key, wide))
            continue
        bands = _bands(column)
        if len(bands) == 1:
            return None
        rows = [_row(_columns(one), wide, span) for one in bands]
        if any(row is None for row in rows):
            return None
        parts.append(Column(wide, tuple(row for row in rows if row is not None)))
    return Row(tuple(parts))


def _flow(band: Sequence[Block], width: float) -> list[Row]:
    """In reading order, as many beside one another as can be read; each row fills the width."""
    lines: list[list[tuple[Block, int]]] = []
    left = 0
    for block in sorted(band, key=lambda one: (one.y, one.x)):
        least = LEAST.get(block.type, 3)
        span = max(block.w, least if least < 8 else COLUMNS)
        if span > left:
            lines.append([])
            left = COLUMNS
        lines[-1].append((block, span))
        left -= span
    found = []
    for line in lines:
        room, spans = width - GAP * (len(line) - 1), sum(span for _, span in line)
        found.append(Row(tuple(Cell(block.key, room * span / spans) for block, span in line)))
    return found
