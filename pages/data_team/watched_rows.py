"""Files of the watched folder, as the data team's page lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.db.tenants import WatchedFile, Workspace

#: Files that are listed.
SHOWN: Final = 20


@dataclass(frozen=True)
class WatchedRow:
    """A file, and whose it is."""

    workspace: Workspace
    file: WatchedFile


def watched_rows(session: Session, by_id: Mapping[int, Workspace]) -> list[WatchedRow]:
    """The newest files of these workspaces."""
    found = session.scalars(
        select(WatchedFile)
        .where(WatchedFile.workspace_id.in_(sorted(by_id)))
        .order_by(WatchedFile.seen_at.desc(), WatchedFile.id.desc())
        .limit(SHOWN)
    )
    return [WatchedRow(by_id[file.workspace_id], file) for file in found]
