"""A person who is erased, and what lies in the watched folder of their workspace.

Files that were taken in are copies, kept for a while as a convenience: they go, all of them, for nobody can say of
an Excel file or one in Parquet whom it names without reading it in full. Refused ones may be all there is of their
events, so they stay, and the erasure tells how many a person has to look through.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.contacts import DONE, Erasure
from dashapp.db.tenants import Workspace
from dashapp.intake.watched_places import forget_old, turned_away
from data.lake.lake import Lake

log = logging.getLogger("vitrine.worker")


def clear(lake: Lake, settings: Settings, workspace_id: int, ids: Sequence[int]) -> None:
    """Remove the copies, and keep with these erasures of one workspace what was found. Safe to do again.

    A folder that is out of reach is told as such: it keeps no person in the lake.
    """
    if settings.watched_folder is None:
        return
    with Session(lake.engine) as session, session.begin():
        folder = settings.watched_folder / session.get_one(Workspace, workspace_id).slug
        removed = refused = 0
        unreachable = False
        try:
            if folder.exists() and not folder.is_symlink():
                removed, refused = forget_old(folder, 0), turned_away(folder)
        except OSError as error:
            unreachable = True
            log.error("the watched folder of workspace %d cannot be cleared: %s", workspace_id, error)
        for id_ in ids:
            row = session.get_one(Erasure, id_)
            before = row.proof.get("folder") or {}
            if row.state != DONE:
                found = {"removed": before.get("removed", 0) + removed, "refused": refused}
                row.proof = {**row.proof, "folder": {**found, "unreachable": unreachable}}
