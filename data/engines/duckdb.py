"""DuckDB connections that can read and write nothing but the lake.

One in-memory database per process, lake, number of threads and bound of memory, one cursor per thread; no `.duckdb`
file is ever a durable state.
A bound path may hold `..` or `*`, so the connection itself is locked to the lake's folder.
"""

from __future__ import annotations

import os
import threading
from functools import lru_cache
from importlib.resources import files
from pathlib import Path

import duckdb
from duckdb import DuckDBPyConnection
from duckdb import Error as EngineError
from duckdb import IOException as DiskError
from duckdb import OutOfMemoryException as OutOfMemory

from data.engines.spill import own_folder

__all__ = [
    "MEMORY_MB",
    "DiskError",
    "DuckDBPyConnection",
    "EngineError",
    "OutOfMemory",
    "connect",
    "cursor",
    "sql",
]

#: Threads per statement; with few rows, one thread alone is faster and uses a third less CPU.
THREADS = 2
#: What a statement may hold in memory before it spills to the lake's folder.
MEMORY_MB = 4_000
_databases: dict[tuple[int, Path, int, int], DuckDBPyConnection] = {}
_lock = threading.Lock()


def connect(root: Path, *, threads: int, memory_mb: int) -> DuckDBPyConnection:
    """A new in-memory database locked to `root`: no other file, no extension, no setting can be reached."""
    root = root.resolve()
    spill = own_folder(root / "spill")
    connection = duckdb.connect(
        config={
            "python_enable_replacements": False,
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
            "allow_community_extensions": False,
            "memory_limit": f"{memory_mb}MB",
            "threads": threads,
            "temp_directory": str(spill),
            "preserve_insertion_order": True,
        }
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET parquet_metadata_cache = true")
    # Up to this many looked-up leads or messages become a filter inside the reader, which then skips what has none.
    connection.execute("SET dynamic_or_filter_threshold = 2000")
    folder = str(root).replace("'", "''")
    connection.execute(f"SET allowed_directories = ['{folder}/']")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection


def cursor(root: Path, *, threads: int | None = None, memory_mb: int = MEMORY_MB) -> DuckDBPyConnection:
    """A cursor of this process's database over `root`; close it, it is cheap. Safe after a fork.

    `threads`: of a statement, THREADS unless told; `memory_mb`: before it spills. Both belong to a database, so
    each pair has one of its own.
    """
    threads = THREADS if threads is None else threads
    key = (os.getpid(), root, threads, memory_mb)
    with _lock:
        database = _databases.get(key)
        if database is None:
            database = _databases[key] = connect(root, threads=threads, memory_mb=memory_mb)
    return database.cursor()


@lru_cache(maxsize=64)
def sql(folder: str, name: str) -> str:
    """The text of `data/<folder>/<name>.sql`."""
    return files("data").joinpath(folder, f"{name}.sql").read_text(encoding="utf-8")
