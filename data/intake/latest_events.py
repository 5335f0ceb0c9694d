"""The latest events of a workspace in some segments."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from data.engines.duckdb import EngineError, cursor, sql
from data.errors import DamagedFile
from data.lake.lake import Lake


def latest_events(
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
    connection = cursor(lake.root)
    try:
        values["paths"] = lake.paths(list(paths))
        found = connection.execute(sql("queries", "segments_newest"), values)
        names = [column[0] for column in found.description or []]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]
    except (EngineError, FileNotFoundError) as error:
        lake.store.doubt(paths)
        raise DamagedFile(f"A file of events cannot be read: {str(error).splitlines()[0]}") from error
    finally:
        connection.close()
