"""Pieces of the cubes' files, and what is made of them, kept in memory.

A file never changes, so what was read of it stays right for as long as it is kept.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from functools import reduce
from typing import Final

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.cache import Sized
from data.lake.lake import Lake
from data.lake.manifest import Layer

#: What all kept arrays of a process may take together.
KEEP_BYTES: Final = 96_000_000


class _Kept:
    """Arrays by key, the least recently used dropped when they take more than KEEP_BYTES. Safe in threads."""

    def __init__(self) -> None:
        self._made: OrderedDict[tuple[object, ...], Sized] = OrderedDict()
        self._pieces: OrderedDict[tuple[object, ...], pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def piece(self, key: tuple[object, ...]) -> pa.Table | None:
        """A piece kept under `key`."""
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
            return self._pieces.get(key)

    def made(self, key: tuple[object, ...]) -> Sized | None:
        """What is kept under `key`."""
        with self._lock:
            if key in self._made:
                self._made.move_to_end(key)
            return self._made.get(key)

    def keep_piece(self, key: tuple[object, ...], piece: pa.Table) -> None:
        """Keep a piece, and make room."""
        with self._lock:
            if key not in self._pieces:
                self._pieces[key] = piece
                self._bytes += piece.nbytes
            self._make_room()

    def keep_made(self, key: tuple[object, ...], made: Sized) -> None:
        """Keep what was made of pieces, and make room."""
        with self._lock:
            if key not in self._made:
                self._made[key] = made
                self._bytes += made.bytes
            self._make_room()

    def clear(self) -> None:
        """Forget everything (tests)."""
        with self._lock:
            self._made.clear()
            self._pieces.clear()
            self._bytes = 0

    def _make_room(self) -> None:
        while self._bytes > KEEP_BYTES and (self._made or self._pieces):
            if self._made and (len(self._made) > 1 or not self._pieces):
                self._bytes -= self._made.popitem(last=False)[1].bytes
            else:
                self._bytes -= self._pieces.popitem(last=False)[1].nbytes


kept = _Kept()
forget = kept.clear


def piece_of(lake: Lake, layer: Layer, mart: str, workspace_id: int, **of: str) -> pa.Table | None:
    """A workspace's rows of one file, `of` columns of these values; None: there is no such file."""
    file = layer.files.get(mart)
    if file is None:
        return None
    key = (file.path, workspace_id, *of.values())
    found = kept.piece(key)
    if found is None:
        found = _read(lake, file.path, {"workspace_id": workspace_id, **of})
        kept.keep_piece(key, found)
    return found


def _read(lake: Lake, path: str, of: dict[str, object]) -> pa.Table:
    """Only the row groups that can hold the rows are decoded: files are sorted by these columns."""
    with pq.ParquetFile(lake.path(path)) as file:
        names = file.schema_arrow.names
        groups = [
            number
            for number in range(file.num_row_groups)
            if all(
                _may_hold(file.metadata.row_group(number).column(names.index(name)), value)
                for name, value in of.items()
            )
        ]
        table = file.read_row_groups(groups, use_threads=False)
    chosen = reduce(pc.and_, (pc.equal(table.column(name), value) for name, value in of.items()))
    return table.filter(chosen).drop_columns(list(of)).combine_chunks()


def _may_hold(chunk: pq.ColumnChunkMetaData, value: object) -> bool:
    known = chunk.statistics
    return known is None or not known.has_min_max or known.min <= value <= known.max
