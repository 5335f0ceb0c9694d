"""A cell's key as a position in an answer, read by the figure's declaration (data/figures/cells.py)."""

from __future__ import annotations

from typing import Final

from data.errors import BadQuery
from data.figures.cells import CellPosition
from data.question import Query

__all__ = ["MAX_KEY", "CellPosition", "position_of"]

#: Longer than any campaign or link we store.
MAX_KEY: Final = 5_000


def position_of(query: Query, key: str) -> CellPosition:
    """The position `key` names in the answer to `query`. Raises BadQuery when there is none."""
    if not key:
        return CellPosition()
    cells = query.figure.cells
    place = None if cells is None or len(key) > MAX_KEY else cells.read(query, key)
    if place is None:
        raise BadQuery("There is no such cell in {name}.", name=query.name)
    return place
