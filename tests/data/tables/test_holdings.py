"""Rows of a file are counted for one's own workspaces, whether a group of rows is looked into or not."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from data.lake.store import FolderStore
from data.tables.stock import rows_of
from tests.support.examples import examples


@given(
    ids=st.lists(st.integers(1, 12), max_size=40),
    whose=st.frozensets(st.integers(1, 12), max_size=12),
    group=st.integers(1, 9),
    statistics=st.booleans(),
)
@examples(30, 200, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_as_many_as_there_are(
    tmp_path: Path, ids: list[int], whose: frozenset[int], group: int, statistics: bool
) -> None:
    """In order of workspaces, as marts are written; with statistics and without."""
    rows_of.cache_clear()
    table = pa.table({"other": range(len(ids)), "workspace_id": pa.array(sorted(ids), pa.int32())})
    pq.write_table(table, tmp_path / "mart.parquet", row_group_size=group, write_statistics=statistics)
    assert rows_of(FolderStore(tmp_path), "mart.parquet", whose) == sum(one in whose for one in ids)


def test_groups_that_are_all_ones_own_or_all_strangers_are_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alice's 1 and 2, Charlie's 3: of four groups only the third holds both."""
    rows_of.cache_clear()
    ids = [1] * 4 + [1, 1, 2, 2] + [2, 2, 3, 3] + [3] * 4
    pq.write_table(
        pa.table({"workspace_id": pa.array(ids, pa.int32())}), tmp_path / "mart.parquet", row_group_size=4
    )
    read: list[int] = []
    real = pq.ParquetFile.read_row_group

    def noted(self: pq.ParquetFile, number: int, **more: object) -> pa.Table:
        read.append(number)
        return real(self, number, **more)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", noted)
    assert rows_of(FolderStore(tmp_path), "mart.parquet", frozenset({1, 2})) == 10
    assert read == [2]
