"""Databases that spill at once: each into a folder of its own, and nothing of a killed process stays behind."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from pathlib import Path

from data.engines.duckdb import connect
from data.engines.spill import own_folder, sweep

#: 2,000,000 rows of 50 bytes and more: some 100 MB, twice what the database may hold.
_FILL = (
    "CREATE TEMP TABLE t AS SELECT range AS a, md5((range + {n})::VARCHAR) AS b, 'x{n}' AS c "
    "FROM range(2000000)"
)
_WRONG = "SELECT count(*) FROM t WHERE b <> md5((a + {n})::VARCHAR) OR c <> 'x{n}'"


def spill_and_look(root: Path, n: int) -> int:
    """Rows that are not what was written, of a table that does not fit into memory."""
    connection = connect(root, threads=1, memory_mb=50)
    connection.execute(_FILL.format(n=n))
    assert list((root / "spill").rglob("duckdb_temp*")), "it has to spill for this to mean anything"
    ((wrong,),) = connection.execute(_WRONG.format(n=n)).fetchall()
    connection.close()
    return int(wrong)


def test_two_databases_of_one_process_spill_at_once(tmp_path: Path) -> None:
    """In a process of its own: with one folder for both it ends by a segmentation fault."""
    done = subprocess.run(
        [sys.executable, "-c", "from tests.data.engines.test_spill import both; both()", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    # (A slow machine makes DuckDB draw its progress before it.)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, ["wrong: 0 0"]), done.stderr


def both() -> None:
    """Two databases fill at the same time; prints how many of the rows of each are wrong."""
    root, found = Path(sys.argv[1]), list[int]()
    threads = [threading.Thread(target=lambda n=n: found.append(spill_and_look(root, n))) for n in (1, 2)]  # type: ignore[misc]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    print("\nwrong:", *found)


def test_what_a_killed_process_left_is_swept_and_what_lives_stays(tmp_path: Path) -> None:
    spill = tmp_path / "spill"
    mine = own_folder(spill)
    left = (
        "import os, sys; from pathlib import Path; from data.engines.spill import own_folder; "
        "folder = own_folder(Path(sys.argv[1])); folder.mkdir(); (folder / 'page').write_text('x'); os.abort()"
    )
    subprocess.run(
        [sys.executable, "-c", left, str(spill)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
        capture_output=True,
    )
    assert len(list(spill.glob("*.lock"))) == 2
    assert len(list(spill.rglob("page"))) == 1
    sweep(spill)
    assert list(spill.glob("*.lock")) == [mine.parent.with_suffix(".lock")]
    assert list(spill.rglob("page")) == []
    assert mine.parent.is_dir()
    assert own_folder(spill) != mine, "a folder is given once"
