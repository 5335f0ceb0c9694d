"""Parquet files that unpack to far more than they are: refused in a sentence before memory is spent."""

from __future__ import annotations

import resource
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.sources.files import parquet_bounds, read
from data.sources.files.memory import at_most

AT = "2026-09-01T10:00:00Z"


def same(rows: int, text: str) -> pa.DictionaryArray:
    """One text for many rows, stored once."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(rows, "int32")), pa.array([text]))


def written(path: Path, columns: dict[str, Any], **options: Any) -> Path:
    pq.write_table(pa.table(columns), path, compression="zstd", store_schema=False, **options)
    return path


def events(rows: int, **more: Any) -> dict[str, Any]:
    return {"event": same(rows, "sent"), "message_id": same(rows, "m"), "occurred_at": same(rows, AT), **more}


def refusal(path: Path) -> tuple[str, int]:
    """(the sentence, how many rows came before it)."""
    seen = 0
    with pytest.raises(NotThisForm) as refused:
        for _ in read([path]):
            seen += 1
    return str(refused.value), seen


def test_rows_without_end_in_a_few_bytes(tmp_path: Path) -> None:
    path = written(tmp_path / "rows.parquet", events(3_000_000))
    assert path.stat().st_size < 50_000
    said, seen = refusal(path)
    assert said.startswith("rows.parquet tells of 3,000,000 rows in ")
    assert seen == 0


def test_a_list_without_end_in_one_row(tmp_path: Path) -> None:
    nothing = pa.nulls(3_000_000, pa.int8())
    long = pa.ListArray.from_arrays(pa.array([0, 3_000_000], pa.int32()), nothing)
    path = written(tmp_path / "list.parquet", events(1, lead=long))
    said, seen = refusal(path)
    assert said.startswith("list.parquet tells of 3,000,000 values of 'lead.")
    assert seen == 0


def test_a_cell_that_unpacks_to_more_than_a_file_may(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parquet_bounds, "_GROUP", 4 * parquet_bounds.MB)
    large = pa.array(["y" * (6 * parquet_bounds.MB)])
    path = written(tmp_path / "cell.parquet", events(1, subject=large), use_dictionary=False)
    assert path.stat().st_size < 10_000
    assert refusal(path) == (
        "cell.parquet unpacks to more than 4 MB; save it as CSV.",
        0,
    )


def test_one_large_text_of_very_many_rows_is_made_once_and_parks_them(tmp_path: Path) -> None:
    """Twenty thousand rows of a text of 3 MB are 60 GB; they are read as one text."""
    path = written(tmp_path / "text.parquet", events(20_000, subject=same(20_000, "x" * 3_000_000)))
    found = [row for _, row in read([path])]
    assert len(found) == 20_000
    assert all(isinstance(row, Parked) and len(str(row.raw)) < 100 for row in found)


def test_texts_are_counted_as_they_come(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each within the bound of a cell, all of them beyond that of a file."""
    monkeypatch.setattr(parquet_bounds, "_TEXTS", 2_000_000)
    path = written(tmp_path / "texts.parquet", events(1_000, subject=same(1_000, "x" * 10_000)))
    assert refusal(path) == ("texts.parquet unpacks to more than 1 MB; save it as CSV.", 0)


#: Reads a file that nothing but the limit of memory, of 16 MB, can refuse; what it says is the refusal.
PROGRAM = """
import sys
from pathlib import Path
from data.errors import NotThisForm
from data.sources.files import parquet_bounds, parquet_file, read
parquet_file.check = lambda *_: None
parquet_file.MEMORY = 16 * parquet_bounds.MB
try:
    print(len(list(read([Path(sys.argv[1])]))))
except NotThisForm as refused:
    print(refused)
"""


def test_a_file_that_declares_less_than_it_holds_meets_the_limit_of_memory(tmp_path: Path) -> None:
    """In a process of its own, as uploads are read: one that has read much before has memory left to reuse, and the
    limit is on what is taken on top of it."""
    large = pa.array(["y" * (64 * parquet_bounds.MB)])
    path = written(tmp_path / "lies.parquet", events(1, subject=large), use_dictionary=False)
    done = subprocess.run([sys.executable, "-c", PROGRAM, path], capture_output=True, text=True, timeout=120)
    assert done.stderr == ""
    assert done.stdout == "lies.parquet unpacks to more than 16 MB; save it as CSV.\n"


def test_what_people_write_is_read_as_before(tmp_path: Path) -> None:
    columns = {
        "event": ["sent", "sent", "opened"],
        "message_id": ["m1", "m2", "m1"],
        "occurred_at": [AT, AT, AT],
        "subject": pa.array(["a", None, b"\xff"], pa.binary()),
        "lead": [{"a": 1}, {"a": 2}, None],
    }
    rows = [row for _, row in read([written(tmp_path / "fine.parquet", columns)])]
    assert [row.get("subject") for row in rows if isinstance(row, dict)] == ["a", None, "\ufffd"]
    assert [row.get("lead") for row in rows if isinstance(row, dict)] == [{"a": 1}, {"a": 2}, None]


def test_a_thread_of_the_worker_does_not_limit_what_others_of_the_process_may_take() -> None:
    before, seen = resource.getrlimit(resource.RLIMIT_DATA), []

    def read() -> None:
        with at_most(1):
            seen.append(resource.getrlimit(resource.RLIMIT_DATA))

    thread = threading.Thread(target=read)
    thread.start()
    thread.join()
    assert seen == [before]
