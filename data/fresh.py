"""Freshness for whoever looks: what is acknowledged is in the answer (ARCHITECTURE §2)."""

from __future__ import annotations

import logging
import threading
from collections import defaultdict

from sqlalchemy import exists, select

from data import manifest
from data.build import FORMAT, refresh
from data.errors import DamagedFile
from data.lake import Lake
from data.segments import drain
from data.tables import inbox, segment_part

logger = logging.getLogger(__name__)

_locks: dict[tuple[str, int], threading.Lock] = defaultdict(threading.Lock)


def waiting(lake: Lake, workspace_id: int) -> bool:
    """Whether anything acknowledged for the workspace is not in its marts yet, or they must be built anew."""
    with manifest.read_only(lake.engine).begin() as connection:
        if manifest.to_rebuild(connection, [workspace_id], FORMAT):
            return True
        query = select(
            exists().where(inbox.c.workspace_id == workspace_id),
            exists().where(
                segment_part.c.workspace_id == workspace_id, segment_part.c.merged_version.is_(None)
            ),
        )
        row = connection.execute(query).one()
    return bool(row[0] or row[1])


def ensure(lake: Lake, workspace_id: int) -> None:
    """Fold what is waiting for the workspace into its marts before it is looked at; cheap when nothing is.

    Viewers of one workspace wait for one fold, not one each. With a damaged segment the last version is shown.
    """
    if not waiting(lake, workspace_id):
        return
    with _locks[(str(lake.root), workspace_id)]:
        if waiting(lake, workspace_id):
            try:
                drain(lake, workspace_id)
                refresh(lake, [workspace_id])
            except DamagedFile as error:
                logger.error("Workspace %d is shown as it was: %s", workspace_id, error)
