"""The latest events of a workspace in some segments."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import duckdb

from data.errors import DamagedFile
from data.lake import Lake

_NEWEST = (Path(__file__).parent / "queries" / "segments_newest.sql").read_text()


def newest(
    lake: Lake,
    paths: Sequence[str],
    workspace_id: int,
    limit: int,
    *,
    source_id: int | None = None,
    user: str | None = None,
    campaigns: frozenset[str] | None = None,
) -> list[dict[str, Any]]:
    """The latest received events of one workspace in these segments, as rows of SCHEMA; None narrows nothing.

    Raises DamagedFile when one of the files is missing or cannot be read.
    """
    values: dict[str, Any] = {
        "workspace_id": workspace_id,
        "source_id": source_id,
        "user": user,
        "campaigns": None if campaigns is None else sorted(campaigns),
        "limit": limit,
    }
    try:
        values["paths"] = lake.paths(list(paths))
        cursor = _reader(lake.root).cursor().execute(_NEWEST, values)
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    except (duckdb.Error, FileNotFoundError) as error:
        lake.store.doubt(paths)
        raise DamagedFile(f"A file of events cannot be read: {str(error).splitlines()[0]}") from error


@lru_cache(maxsize=4)
def _reader(root: Path) -> duckdb.DuckDBPyConnection:
    """A DuckDB that can read the lake's folder and nothing else, and cannot be told otherwise."""
    connection = duckdb.connect(":memory:", config={"threads": 2, "memory_limit": "512MB"})
    connection.execute("SET allowed_directories = [$root]", {"root": f"{root}/"})
    connection.execute("SET autoinstall_known_extensions = false")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")
    return connection
