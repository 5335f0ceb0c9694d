"""The cubes of a workspace in memory: a few arrays of numbers, loaded once a layer and added up for every question.

A layer's files never change, so what was read of one stays right for as long as it is kept; a new version of a
workspace is the old arrays and one small piece more. Questions are sums over rows picked by a mask, no SQL.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.lake import Lake
from data.manifest import Layer
from data.slices import COUNTS, DIMENSIONS, FINE, KEYS

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Texts = np.ndarray[tuple[int], np.dtype[np.object_]]

#: What all kept arrays of a process may take together.
KEEP_BYTES: Final = 96_000_000
_MARTS: Final = ("combos", "units", "cohorts")
_EPOCH_MONDAY: Final = 4  # 1970-01-05, in days since 1970-01-01


@dataclass(frozen=True)
class Combos:
    """The combinations of dimensions of a slice: `texts[dimension][i]` belongs to combination number i."""

    texts: dict[str, Texts]
    _grouped: dict[str, tuple[list[str], Numbers]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.texts[DIMENSIONS[0]])

    def grouped(self, dimension: str) -> tuple[list[str], Numbers]:
        """The values of a dimension in order, and per combination the place of its own among them."""
        if dimension not in self._grouped:
            keys = sorted(set(self.texts[dimension]))
            place = {key: number for number, key in enumerate(keys)}
            codes = np.fromiter((place[text] for text in self.texts[dimension]), np.int64, len(self))
            self._grouped[dimension] = keys, codes
        return self._grouped[dimension]


@dataclass(frozen=True)
class Cube:
    """Rows of one cube: `combo` (index into Combos), `lead` (attribution), days since 1970, counts.

    The same key may stand in several rows, one a layer, with signed counts: only sums mean something.
    """

    combo: Numbers
    lead: Mask
    keys: dict[str, Numbers]
    counts: dict[str, Numbers]


@dataclass(frozen=True)
class Slice:
    """Both cubes of a workspace in one slice, with the combinations they count by."""

    combos: Combos
    units: Cube
    cohorts: Cube
    bytes: int


def monday(days: Numbers) -> Numbers:
    """The Monday of each day (days since 1970)."""
    return days - (days - _EPOCH_MONDAY) % 7


class _Kept:
    """Arrays by key, the least recently used dropped when they take more than KEEP_BYTES. Safe in threads."""

    def __init__(self) -> None:
        self._slices: OrderedDict[tuple[object, ...], Slice] = OrderedDict()
        self._pieces: OrderedDict[tuple[object, ...], pa.Table] = OrderedDict()
        self._bytes = 0
        self._lock = threading.Lock()

    def piece(self, key: tuple[object, ...]) -> pa.Table | None:
        """A piece kept under `key`."""
        with self._lock:
            if key in self._pieces:
                self._pieces.move_to_end(key)
            return self._pieces.get(key)

    def slice(self, key: tuple[object, ...]) -> Slice | None:
        """A slice kept under `key`."""
        with self._lock:
            if key in self._slices:
                self._slices.move_to_end(key)
            return self._slices.get(key)

    def keep_piece(self, key: tuple[object, ...], piece: pa.Table) -> None:
        """Keep a piece, and make room."""
        with self._lock:
            if key not in self._pieces:
                self._pieces[key] = piece
                self._bytes += piece.nbytes
            self._make_room()

    def keep_slice(self, key: tuple[object, ...], made: Slice) -> None:
        """Keep a slice, and make room."""
        with self._lock:
            if key not in self._slices:
                self._slices[key] = made
                self._bytes += made.bytes
            self._make_room()

    def clear(self) -> None:
        """Forget everything (tests)."""
        with self._lock:
            self._slices.clear()
            self._pieces.clear()
            self._bytes = 0

    def _make_room(self) -> None:
        while self._bytes > KEEP_BYTES and (self._slices or self._pieces):
            if self._slices and (len(self._slices) > 1 or not self._pieces):
                self._bytes -= self._slices.popitem(last=False)[1].bytes
            else:
                self._bytes -= self._pieces.popitem(last=False)[1].nbytes


_kept = _Kept()
forget = _kept.clear


def load(lake: Lake, workspace_id: int, layers: Sequence[Layer], slice_: str) -> Slice:
    """The cubes of these layers in one slice; a layer that lacks it gives its FINE rows, which know more.

    Raises OSError or pyarrow.ArrowException when a file is missing or damaged.
    """
    wanted = slice_ if any(one.sliced for one in layers) else FINE
    key = (lake.root, workspace_id, tuple(one.id for one in layers), wanted)
    made = _kept.slice(key)
    if made is None:
        lake.store.bring(file.path for one in layers for mart, file in one.files.items() if mart in _MARTS)
        tables = {
            mart: [
                piece
                for one in layers
                if (piece := _piece(lake, one, mart, workspace_id, wanted if one.sliced else FINE))
                is not None
            ]
            for mart in _MARTS
        }
        made = of_tables(*(pa.concat_tables(tables[mart]) if tables[mart] else None for mart in tables))
        _kept.keep_slice(key, made)
    return made


def of_tables(combos: pa.Table | None, units: pa.Table | None, cohorts: pa.Table | None) -> Slice:
    """Arrays of the rows of data/marts/combos.sql, units.sql and cohorts.sql; None: there are none."""
    if combos is None or combos.num_rows == 0:
        ids, texts = np.empty(0, np.int64), {name: np.empty(0, object) for name in DIMENSIONS}
    else:
        ids, first = np.unique(combos.column("combo").to_numpy(), return_index=True)
        chosen = combos.take(pa.array(first))
        texts = {name: chosen.column(name).to_numpy(zero_copy_only=False) for name in DIMENSIONS}
    cubes = [_cube(mart, table, ids) for mart, table in (("units", units), ("cohorts", cohorts))]
    size = sum(
        array.nbytes
        for one in cubes
        for array in (one.combo, one.lead, *one.keys.values(), *one.counts.values())
    )
    return Slice(Combos(texts), cubes[0], cubes[1], size + 400 * len(ids))


def _cube(mart: str, table: pa.Table | None, ids: Numbers) -> Cube:
    keys = [name for name in KEYS[mart] if name != "attribution"]
    if table is None or table.num_rows == 0:
        nothing = np.empty(0, np.int64)
        return Cube(
            nothing,
            np.empty(0, np.bool_),
            dict.fromkeys(keys, nothing),
            dict.fromkeys(COUNTS[mart], nothing),
        )
    return Cube(
        np.searchsorted(ids, table.column("combo").to_numpy()).astype(np.int32),
        pc.equal(table.column("attribution"), "lead").to_numpy(zero_copy_only=False),
        {name: _whole(table.column(name)) for name in keys},
        {name: table.column(name).to_numpy() for name in COUNTS[mart]},
    )


def _whole(column: pa.ChunkedArray) -> Numbers:
    if pa.types.is_date(column.type):
        column = column.cast(pa.date32()).cast(pa.int32())
    return column.to_numpy()


def _piece(lake: Lake, layer: Layer, mart: str, workspace_id: int, slice_: str) -> pa.Table | None:
    """A workspace's rows of one file and slice; None when the layer has no such file."""
    file = layer.files.get(mart)
    if file is None:
        return None
    key = (file.path, workspace_id, slice_)
    found = _kept.piece(key)
    if found is None:
        found = _read(lake, file.path, workspace_id, slice_)
        _kept.keep_piece(key, found)
    return found


def _read(lake: Lake, path: str, workspace_id: int, slice_: str) -> pa.Table:
    """Only the row groups that can hold the rows are decoded: files are sorted by workspace and slice."""
    with pq.ParquetFile(lake.path(path)) as file:
        names = file.schema_arrow.names
        which = names.index("workspace_id"), names.index("slice")
        groups = [
            number
            for number in range(file.num_row_groups)
            if all(
                _may_hold(file.metadata.row_group(number).column(place), value)
                for place, value in zip(which, (workspace_id, slice_), strict=True)
            )
        ]
        table = file.read_row_groups(groups, use_threads=False)
    chosen = pc.and_(
        pc.equal(table.column("workspace_id"), workspace_id), pc.equal(table.column("slice"), slice_)
    )
    return table.filter(chosen).drop_columns(["workspace_id", "slice"]).combine_chunks()


def _may_hold(chunk: pq.ColumnChunkMetaData, value: object) -> bool:
    known = chunk.statistics
    return known is None or not known.has_min_max or known.min <= value <= known.max
