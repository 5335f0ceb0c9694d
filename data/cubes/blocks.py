"""Row groups of the cubes' files, and what is computed from them, kept in memory.

Files never change, so cached values stay right.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from data.cache import Kept
from data.lake.lake import Lake
from data.lake.manifest import Layer

pieces: Kept[pa.Table] = Kept("pieces")
#: What is computed from row groups; each caller has its own keys.
made: Kept[Any] = Kept("cubes")


def forget() -> None:
    """Forget everything (tests)."""
    pieces.clear()
    made.clear()


def piece_of(lake: Lake, layer: Layer, mart: str, workspace_id: int, **of: str) -> pa.Table | None:
    """A workspace's rows of one file, `of` columns of these values; None: there is no such file."""
    file = layer.files.get(mart)
    if file is None:
        return None
    key = (file.path, workspace_id, *of.values())
    return pieces.get(key, lambda: _read(lake, file.path, {"workspace_id": workspace_id, **of}))


def _read(lake: Lake, path: str, of: dict[str, object]) -> pa.Table:
    """Decodes only the row groups that can contain the rows: files are sorted by these columns."""
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
