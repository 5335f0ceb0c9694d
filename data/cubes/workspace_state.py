"""The state of a workspace's marts, in one cheap statement: asked at every request for an already rendered page.

And what an answer says when its workspace is not up to date: `held_back`, since when and why. Its absence means
that everything acknowledged before the question is counted, and that no check has found a fault.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final, Literal

from sqlalchemy import Connection, DateTime, bindparam, select, text

from data.lake import manifest
from data.lake.manifest import Current
from data.lake.tables import inbox, segment, segment_part
from data.marts.layer_files import FORMAT

_TIMES: Final = (
    "last_event_at",
    "last_received_at",
    "published_at",
    "failed_since",
    "retry_at",
    "inbox_since",
    "segment_since",
    "restated_at",
)
_STATE = (
    text((Path(__file__).parents[1] / "queries" / "workspace_state.sql").read_text())
    .bindparams(bindparam("format"), bindparam("workspace_id"))
    .columns(**{name: DateTime(timezone=True) for name in _TIMES})
)
#: check_failed: newer events failed a check and are not counted. waiting: they are not counted yet. damaged: a
#: file is unreadable, and an earlier version answers. recount: the figures are in doubt and are being recounted.
Why = Literal["check_failed", "waiting", "damaged", "recount"]


#: An event that is not in the marts after this long is late.
LATE: Final = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class HeldBack:
    """Why a workspace's figures are incomplete, and since when (aware)."""

    since: datetime
    why: Why

    def as_dict(self) -> dict[str, Any]:
        """As in an answer."""
        return {"since": self.since.isoformat().replace("+00:00", "Z"), "why": self.why}


@dataclass(frozen=True, slots=True)
class WorkspaceState:
    """`waiting`: something acknowledged is not in this version yet, or it has to be built anew, and can be.

    `failed`: what found that a check of the marts does not hold (data/building/failures.py); None: all is well.
    `plans`: how often what is planned changed (data/plans/tables.py). `waits_since`: since when the oldest event
    waits that is acknowledged and not in this version; None: there is none. `held`: why else it is held back.
    """

    version: int
    timezone: str
    last_event_at: datetime | None
    waiting: bool
    failed: str | None = None
    plans: int = 0
    waits_since: datetime | None = None
    held: HeldBack | None = None
    #: A file of this version was found unreadable.
    damaged: bool = False
    #: When published days were last corrected.
    restated_at: datetime | None = None

    def held_back(self, asked: datetime | None = None) -> HeldBack | None:
        """Why the figures are incomplete; None: they are complete.

        `asked`: events acknowledged later than this do not count, because whoever asked then cannot miss them.
        """
        if self.held is not None:
            return self.held
        if self.waits_since is None or (asked is not None and self.waits_since > asked):
            return None
        return HeldBack(self.waits_since, "waiting")


def state_of(connection: Connection, workspace_id: int) -> WorkspaceState | None:
    """The state of one workspace's marts; None when there is no such workspace. Gives no figures."""
    row = _read(connection, workspace_id)
    return None if row is None else _state(row, _times(row))


def published(
    connection: Connection, workspace_id: int, *, anew: bool = False
) -> tuple[Current, WorkspaceState] | None:
    """The published version of a workspace and the state of its marts; None when there is no such workspace.

    `anew`: the layers are read again, as they always are where a file of them was found damaged.
    """
    row = _read(connection, workspace_id)
    if row is None:
        return None
    at = _times(row)
    state = _state(row, at)
    current = Current(
        workspace_id,
        row.slug,
        row.timezone,
        row.version,
        row.format,
        row.events,
        at["last_event_at"],
        at["last_received_at"],
        counting=row.counting,
    )
    return manifest.with_layers(connection, current, at["published_at"], anew=anew or state.damaged), state


def _read(connection: Connection, workspace_id: int) -> Any:
    return connection.execute(_STATE, {"workspace_id": workspace_id, "format": FORMAT}).one_or_none()


def _times(row: Any) -> dict[str, datetime | None]:
    return {name: manifest.utc(getattr(row, name)) for name in _TIMES}


def _state(row: Any, at: dict[str, datetime | None]) -> WorkspaceState:
    waits_since = min(
        (one for one in (at["inbox_since"], at["segment_since"]) if one is not None), default=None
    )
    due, failing = at["retry_at"], at["retry_at"] is not None
    anew = bool(row.other_zone) or bool(row.other_format) or bool(row.damaged)
    can = due is None or due <= datetime.now(UTC)
    return WorkspaceState(
        row.version,
        row.timezone,
        at["last_event_at"],
        can and (failing or anew or waits_since is not None),
        row.failed,
        row.plans,
        waits_since,
        _held(row, at, waits_since),
        bool(row.damaged),
        at["restated_at"],
    )


def late(connection: Connection, workspace_ids: Collection[int], before: datetime) -> set[int]:
    """The workspaces for which an event waits that was acknowledged before a moment."""
    waits = [
        select(inbox.c.workspace_id).where(inbox.c.received_at < before).distinct(),
        select(segment_part.c.workspace_id)
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .where(segment_part.c.merged_version.is_(None), segment.c.created_at < before)
        .distinct(),
    ]
    found = {whose for query in waits for whose in connection.scalars(query)}
    return found.intersection(workspace_ids)


def _held(row: Any, at: dict[str, datetime | None], waits_since: datetime | None) -> HeldBack | None:
    """The most serious reason other than waiting. A merge that failed its check leaves the figures as they are."""
    failed_since, published_at = at["failed_since"], at["published_at"]
    if row.failed in {"refresh", "rebuild"} and failed_since is not None:
        return HeldBack(min(failed_since, waits_since or failed_since), "check_failed")
    if row.damaged and not row.other_format and published_at is not None:
        return HeldBack(published_at, "damaged")
    if row.failed == "recheck" and failed_since is not None:
        return HeldBack(failed_since, "recount")
    if row.other_zone and not row.other_format and published_at is not None:
        return HeldBack(published_at, "recount")
    return None
