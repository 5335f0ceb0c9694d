"""Folders into which DuckDB databases spill what does not fit into memory, one each.

Two databases spilling into one folder overwrite each other's pages and crash their process (DuckDB 1.5.5: two of
one process, and one each of two processes). A folder belongs to a process, which holds a lock beside it for its
lifetime; what a killed process left is removed by the next one.
"""

from __future__ import annotations

import fcntl
import itertools
import os
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

_LOCK = ".lock"
_folders: dict[tuple[int, Path], tuple[Path, int]] = {}
_numbers: Iterator[int] = itertools.count()
_guard = threading.Lock()


def own_folder(spill: Path) -> Path:
    """A folder under `spill` that no other database has; DuckDB makes it when it needs it. Safe after a fork."""
    key = (os.getpid(), spill)
    with _guard:
        if key not in _folders:
            spill.mkdir(parents=True, exist_ok=True)
            sweep(spill)
            _folders[key] = _take(spill)
        return _folders[key][0] / str(next(_numbers))


def sweep(spill: Path) -> None:
    """Remove what dead processes have left behind."""
    for lock in spill.glob(f"*{_LOCK}"):
        try:
            handle = os.open(lock, os.O_RDWR)
        except FileNotFoundError:
            continue  # another process swept it
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(lock.with_suffix(""), ignore_errors=True)
            lock.unlink(missing_ok=True)
        except BlockingIOError:
            pass  # its process lives
        finally:
            os.close(handle)


def _take(spill: Path) -> tuple[Path, int]:
    """A new folder and the lock on it, which is let go of when the process ends, however it does."""
    folder = spill / f"process-{uuid4().hex[:12]}"
    handle = os.open(folder.with_suffix(_LOCK), os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
    fcntl.flock(handle, fcntl.LOCK_EX)
    folder.mkdir()
    return folder, handle
