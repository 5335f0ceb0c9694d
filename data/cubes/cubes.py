"""The cubes of a workspace in memory: a few arrays of numbers, loaded once per layer and summed for every
question.

A layer's files never change, so cached arrays stay right; a new version of a workspace is the old arrays plus one
small piece. Questions are sums over rows selected by a mask, without SQL.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from data.cubes.blocks import made, piece_of
from data.lake.lake import Lake
from data.lake.manifest import Layer
from data.marts.slices import COUNTS, DIMENSIONS, FINE, KEYS

Numbers = np.ndarray[tuple[int], np.dtype[np.int64]]
Mask = np.ndarray[tuple[int], np.dtype[np.bool_]]
Texts = np.ndarray[tuple[int], np.dtype[np.object_]]

_MARTS: Final = ("combos", "units", "cohorts")
#: Keys of the activity cube that are texts: stored as numbers, with a table of their meanings.
_TEXTS: Final = ("category", "sentiment")
_EPOCH_MONDAY: Final = 4  # 1970-01-05, in days since 1970-01-01


@dataclass(frozen=True)
class Combos:
    """The combinations of dimensions of a slice: `texts[dimension][i]` belongs to combination number i."""

    texts: dict[str, Texts]
    _grouped: dict[str, tuple[list[str], Numbers]] = field(default_factory=dict, repr=False, compare=False)

    def __len__(self) -> int:
        return len(self.texts[DIMENSIONS[0]])

    def grouped(self, dimension: str) -> tuple[list[str], Numbers]:
        """The sorted values of a dimension, and each combination's index among them."""
        if dimension not in self._grouped:
            keys = sorted(set(self.texts[dimension]))
            place = {key: number for number, key in enumerate(keys)}
            codes = np.fromiter((place[text] for text in self.texts[dimension]), np.int64, len(self))
            self._grouped[dimension] = keys, codes
        return self._grouped[dimension]


@dataclass(frozen=True)
class Cube:
    """Rows of one cube: `combo` (index into Combos), `lead` (attribution), days since 1970, counts.

    The same key may stand in several rows, one per layer, with signed counts: only sums are meaningful.
    """

    combo: Numbers
    lead: Mask
    keys: dict[str, Numbers]
    counts: dict[str, Numbers]

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        arrays = (self.combo, self.lead, *self.keys.values(), *self.counts.values())
        return sum(array.nbytes for array in arrays)


@dataclass(frozen=True)
class Activity:
    """One event of the cube of activity; `texts`: what the numbers of its keys `category` and `sentiment` mean."""

    cube: Cube
    texts: dict[str, list[str]]

    @property
    def bytes(self) -> int:
        """What it takes in memory."""
        return self.cube.bytes


@dataclass(frozen=True)
class Slice:
    """The cubes of units of a workspace in one slice, and the combinations they count by (`ids`: their numbers)."""

    combos: Combos
    units: Cube
    cohorts: Cube
    ids: Numbers
    bytes: int


def monday(days: Numbers) -> Numbers:
    """The Monday of each day (days since 1970)."""
    return days - (days - _EPOCH_MONDAY) % 7


def weekday(days: Numbers) -> Numbers:
    """The weekday of each day (days since 1970), 1 for Monday."""
    return (days - _EPOCH_MONDAY) % 7 + 1


def load(lake: Lake, workspace_id: int, layers: Sequence[Layer], slice_: str) -> Slice:
    """The cubes of these layers in one slice; a layer that lacks it gives its FINE rows, which know more.

    Raises OSError or pyarrow.ArrowException when a file is missing or damaged.
    """
    wanted = slice_ if any(one.sliced for one in layers) else FINE
    key = (lake.root, workspace_id, tuple(one.id for one in layers), wanted)

    def make() -> Slice:
        lake.store.bring(file.path for one in layers for mart, file in one.files.items() if mart in _MARTS)
        tables = {
            mart: [
                piece
                for one in layers
                if (piece := piece_of(lake, one, mart, workspace_id, slice=wanted if one.sliced else FINE))
                is not None
            ]
            for mart in _MARTS
        }
        return of_tables(*(pa.concat_tables(tables[mart]) if tables[mart] else None for mart in tables))

    found: Slice = made.get(key, make)
    return found


def load_activity(
    lake: Lake, workspace_id: int, layers: Sequence[Layer], slice_: str, event: str, beside: Slice
) -> Activity:
    """One event of the cube of activity of these layers; `beside`: what `load` gives of the same.

    Raises OSError or pyarrow.ArrowException when a file is missing or damaged.
    """
    wanted = slice_ if any(one.sliced for one in layers) else FINE
    key = (lake.root, workspace_id, tuple(one.id for one in layers), wanted, event)

    def make() -> Activity:
        lake.store.bring(one.files["activity"].path for one in layers if "activity" in one.files)
        pieces = [
            piece
            for one in layers
            if (
                piece := piece_of(
                    lake, one, "activity", workspace_id, slice=wanted if one.sliced else FINE, event=event
                )
            )
            is not None
        ]
        return activity_of(pa.concat_tables(pieces) if pieces else None, beside)

    found: Activity = made.get(key, make)
    return found


def activity_of(rows: pa.Table | None, beside: Slice) -> Activity:
    """Arrays of rows of data/marts/activity.sql, of one event."""
    if rows is None or rows.num_rows == 0:
        return Activity(_cube("activity", None, beside.ids), {name: [] for name in _TEXTS})
    texts = {}
    for name in _TEXTS:
        coded = rows.column(name).combine_chunks().dictionary_encode()
        texts[name] = coded.dictionary.to_pylist()
        rows = rows.set_column(rows.schema.get_field_index(name), name, coded.indices)
    return Activity(_cube("activity", rows, beside.ids), texts)


def of_tables(combos: pa.Table | None, units: pa.Table | None, cohorts: pa.Table | None) -> Slice:
    """Arrays of the rows of data/marts/combos.sql, units.sql and cohorts.sql; None: there are none."""
    if combos is None or combos.num_rows == 0:
        ids, texts = np.empty(0, np.int64), {name: np.empty(0, object) for name in DIMENSIONS}
    else:
        ids, first = np.unique(combos.column("combo").to_numpy(), return_index=True)
        chosen = combos.take(pa.array(first))
        texts = {name: chosen.column(name).to_numpy(zero_copy_only=False) for name in DIMENSIONS}
    cubes = [_cube(mart, table, ids) for mart, table in (("units", units), ("cohorts", cohorts))]
    size = sum(one.bytes for one in cubes)
    return Slice(Combos(texts), cubes[0], cubes[1], ids, size + 408 * len(ids))


def _cube(mart: str, table: pa.Table | None, ids: Numbers) -> Cube:
    keys = [name for name in KEYS[mart] if name not in {"attribution", "event"}]
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
        _by_lead(table),
        {name: _whole(table.column(name)) for name in keys},
        {name: table.column(name).to_numpy() for name in COUNTS[mart]},
    )


def _by_lead(table: pa.Table) -> Mask:
    """Which rows count journeys; events belong to e-mails."""
    if "attribution" not in table.column_names:
        return np.zeros(table.num_rows, np.bool_)
    found: Mask = pc.equal(table.column("attribution"), "lead").to_numpy(zero_copy_only=False)
    return found


def _whole(column: pa.ChunkedArray) -> Numbers:
    if pa.types.is_date(column.type):
        column = column.cast(pa.date32()).cast(pa.int32())
    return column.to_numpy(zero_copy_only=False) if pa.types.is_boolean(column.type) else column.to_numpy()
