"""Freshness for viewers: every acknowledged event is in the answer (docs/architecture.md)."""

from __future__ import annotations

import logging
from collections.abc import Collection
from datetime import UTC, datetime
from typing import Final

from sqlalchemy import bindparam, exists, select

from data.building import failures
from data.building.build import MOST_LAYERS, refresh
from data.building.shared_refresh import SharedRefresh
from data.errors import DamagedFile, LakeUnavailable
from data.lake import backlog, manifest
from data.lake.lake import Lake
from data.lake.reply_overrides import reply_override
from data.lake.segments import drain_all
from data.lake.tables import inbox, segment_part
from data.marts.layer_files import FORMAT

logger = logging.getLogger(__name__)

#: How long a page waits for new events; a visitor with a slow phone has no more patience.
VIEWER_WAIT_S = 1.5
#: Viewers do not wait for layers to be merged, which the worker does, unless there are far too many.
MANY_LAYERS = 3 * MOST_LAYERS


#: Whether the inbox, an unprocessed segment or a correction holds anything of a workspace. Asked for every page.
_WAITS: Final = select(
    exists().where(inbox.c.workspace_id == bindparam("whose")),
    exists().where(
        segment_part.c.workspace_id == bindparam("whose"), segment_part.c.merged_version.is_(None)
    ),
    exists().where(
        reply_override.c.workspace_id == bindparam("whose"), reply_override.c.merged_version.is_(None)
    ),
)


def waiting(lake: Lake, workspace_id: int) -> bool:
    """Whether anything acknowledged for the workspace is not in its marts yet, or they must be rebuilt.

    False while a failed check holds the workspace back: a viewer would wait for what fails again.
    """
    return bool(_need(lake, workspace_id))


def _need(lake: Lake, workspace_id: int) -> str | None:
    """ "news" for an incremental refresh, "anew" when the marts must be rebuilt from all events; None: neither, or
    held back.
    """
    with manifest.read_only(lake.engine).begin() as connection:
        again = failures.retry_times(connection, [workspace_id]).get(workspace_id)
        if again is not None:
            return "anew" if again <= datetime.now(UTC) else None
        if backlog.to_rebuild(connection, [workspace_id], FORMAT):
            return "anew"
        row = connection.execute(_WAITS, {"whose": workspace_id}).one()
    return "news" if any(row) else None


def ensure(lake: Lake, workspace_id: int, wait_s: float | None = None) -> None:
    """Refresh the workspace's marts with what is waiting before they are viewed; cheap when nothing is.

    Viewers share refreshes (data/building/shared_refresh.py) and wait no longer than `wait_s` seconds (None: to
    the end). After that the existing version is shown while the refresh goes on, and the open page picks up the
    new one at its next poll. The last version is also shown when a segment is damaged or an event breaks the
    refresh. A process that may only read the lake leaves the refresh to the worker.
    """
    if lake.read_only:
        return
    need = _need(lake, workspace_id)
    if need is None:
        return
    fold = _folds.request(lake, workspace_id, alone=need == "anew")
    try:
        fold.result(wait_s)
    except TimeoutError:
        logger.info("Workspace %d is shown as it was; its fold takes over %s s.", workspace_id, wait_s)
    except (DamagedFile, LakeUnavailable) as error:
        logger.error("Workspace %d is shown as it was: %s", workspace_id, error)
    except Exception:
        # An event breaks the refresh: the worker finds and parks it (jobs/intake/poison.py); the page shows the
        # last version.
        logger.exception("Workspace %d is shown as it was.", workspace_id)


def _fold(lake: Lake, workspace_ids: Collection[int]) -> Collection[int]:
    drain_all(lake, workspace_ids)
    return refresh(lake, workspace_ids, merge_above=MANY_LAYERS).overtaken


_folds = SharedRefresh(_fold)
