"""Removes files that no row refers to: left behind by a kill or a lost race, or replaced while somebody reads
them.
"""

from __future__ import annotations

import time
from datetime import UTC, datetime

from sqlalchemy import delete, select

from data.lake import segments
from data.lake.lake import Lake
from data.lake.manifest import read_only
from data.lake.tables import layer_file, retired_file, segment
from data.marts import layer_files


def collect_orphans(lake: Lake, older_than_s: float) -> int:
    """Remove files of segments and marts that no row refers to, after a grace period in seconds; returns how
    many.

    The grace period must be longer than any commit, because a file exists before its row does. For a replaced
    file it starts at the replacement: whoever read the names just before may go on reading for as long.
    """
    before = time.time() - older_than_s
    old = lake.store.older_than((segments.FOLDER, layer_files.FOLDER), before)
    over = retired_file.c.retired_at < datetime.fromtimestamp(before, UTC)
    with read_only(lake.engine).connect() as connection:
        # After the listing, and in this order: a file that was replaced meanwhile is found among the retired
        # ones.
        named = set(connection.scalars(select(segment.c.path)))
        named |= set(connection.scalars(select(layer_file.c.path)))
        retired = {
            row.path: row.over for row in connection.execute(select(retired_file.c.path, over.label("over")))
        }
    orphans = [path for path in old if path not in named and retired.get(path, True)]
    if orphans:
        lake.store.remove(orphans)
    if any(retired.values()):
        with lake.engine.begin() as connection:
            connection.execute(delete(retired_file).where(over))
    return len(orphans)
