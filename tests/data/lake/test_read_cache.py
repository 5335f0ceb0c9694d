"""Copies on this machine: whole or not there, and the least recently used go first."""

from __future__ import annotations

import fcntl
import os
import time
from pathlib import Path

from data.lake.copies import GRACE_S, LEFT_S, ReadCache

BODY = b"PAR1" + bytes(992) + b"PAR1"  # 1,000 bytes


def copy(root: Path, name: str, used_s_ago: float) -> Path:
    path = root / "marts" / f"{name}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(BODY)
    os.utime(path, (time.time() - used_s_ago, 1_700_000_000))
    return path


def names(root: Path) -> set[str]:
    return {path.stem for path in (root / "marts").iterdir()}


def test_the_least_recently_used_go_until_a_tenth_is_free(tmp_path: Path) -> None:
    """Ten of 1,000 bytes and room for 8,000: three go, which leaves 7,000, under nine tenths of it."""
    for number in range(10):
        copy(tmp_path, f"c{number}", 10_000 - 100 * number)
    cache = ReadCache(tmp_path, ["marts"], 8_000)
    assert cache.has("marts/c0.parquet")  # the oldest is used once more
    assert cache.make_room() == 3_000
    assert names(tmp_path) == {"c0", "c4", "c5", "c6", "c7", "c8", "c9"}
    assert cache.make_room() == 0


def test_a_use_is_no_change_of_the_file(tmp_path: Path) -> None:
    """DuckDB keeps what it knows of a file by its modification time."""
    path = copy(tmp_path, "used", 5_000)
    assert ReadCache(tmp_path, ["marts"], 8_000).has("marts/used.parquet")
    assert path.stat().st_mtime == 1_700_000_000
    assert time.time() - path.stat().st_atime < 60


def test_what_was_used_just_now_stays_over_the_limit(tmp_path: Path) -> None:
    for number in range(5):
        copy(tmp_path, f"c{number}", GRACE_S - 30 - number)
    assert ReadCache(tmp_path, ["marts"], 1_000).make_room() == 0
    assert len(names(tmp_path)) == 5
    assert ReadCache(tmp_path, ["marts"], 1_000, grace_s=0).make_room() == 5_000


def test_only_one_process_makes_room(tmp_path: Path) -> None:
    for number in range(5):
        copy(tmp_path, f"c{number}", 5_000)
    cache = ReadCache(tmp_path, ["marts"], 1_000)
    with (tmp_path / ".making-room").open("a") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        assert cache.make_room() == 0
    assert cache.make_room() == 5_000


def test_files_of_processes_that_are_gone_are_removed_and_those_under_way_are_not(tmp_path: Path) -> None:
    left, fresh = tmp_path / "marts" / ".a.parquet.1234.tmp", tmp_path / "marts" / ".b.parquet.1234.tmp"
    copy(tmp_path, "c", 0)
    for path in (left, fresh):
        path.write_bytes(b"half")
    os.utime(left, (time.time() - LEFT_S - 1,) * 2)
    ReadCache(tmp_path, ["marts"], 10_000).make_room()
    assert (left.exists(), fresh.exists()) == (False, True)


def test_a_copy_cut_short_is_none(tmp_path: Path) -> None:
    cache = ReadCache(tmp_path, ["marts"], 10_000)
    for size in (0, 4, 500, 999):
        path = copy(tmp_path, "cut", 0)
        path.write_bytes(BODY[:size])
        assert not cache.has("marts/cut.parquet")
        assert not path.exists()
    assert not cache.has("marts/never.parquet")
