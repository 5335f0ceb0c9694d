"""A workspace as one question sees it: its published version, its state, and what is reported beside figures.

All of it comes from one transaction. Read one after the other, a version could be reported with the corrections,
or without the delay, of another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from data.answers import beside_events
from data.building import restated
from data.cubes.workspace_state import WorkspaceState, published
from data.errors import NotInScope
from data.lake.manifest import Current
from data.marts.zones import zone
from data.question import Query


@dataclass(frozen=True)
class WorkspaceSnapshot:
    """A workspace at one moment `at`: its published version, its state, and recent corrections.

    `pending`: what answers counted from events depend on besides the version (data/answers/beside_events.py);
    None: not read.
    """

    at: datetime
    current: Current
    state: WorkspaceState
    corrected: Sequence[restated.Restated]
    pending: tuple[str, ...] | None = None


def workspace_snapshot(
    connection: Connection,
    workspace_id: int,
    at: datetime,
    *,
    oldest: datetime | None = None,
    pending: bool = False,
    anew: bool = False,
) -> WorkspaceSnapshot:
    """All of it in the connection's transaction: what is said of a version is about that version.

    `oldest`: the earliest moment that will be asked about. `pending`: read that, too. `anew`: nothing of a version
    is believed that was read before. Raises NotInScope.
    """
    found = published(connection, workspace_id, anew=anew)
    if found is None:
        raise NotInScope("There is no such workspace.")
    current, state = found
    corrected = _corrected(connection, workspace_id, state, at if oldest is None else oldest)
    beside = beside_events.mark(connection, workspace_id) if pending else None
    return WorkspaceSnapshot(at, current, state, corrected, beside)


def _corrected(
    connection: Connection, workspace_id: int, state: WorkspaceState, moment: datetime
) -> Sequence[restated.Restated]:
    """The corrections that answers of `moment` or later tell; not asked for where the last one is longer ago."""
    if state.restated_at is None or state.restated_at <= moment - restated.TELL_FOR:
        return ()
    return restated.lately(connection, workspace_id, moment)


def with_notes(
    seen: WorkspaceSnapshot,
    queries: Mapping[str, Query],
    answers: dict[str, dict[str, Any]],
    moment: datetime,
) -> dict[str, dict[str, Any]]:
    """The answers, with `restated` in those about days that were corrected lately
    (data/building/restated.py), and with
    `held_back` where the workspace is (data/cubes/workspace_state.py)."""
    held = seen.state.held_back()
    for key, query in queries.items():
        at = query.as_of or moment
        told = [one for one in seen.corrected if at - restated.TELL_FOR < one.at <= at]
        days = restated.touching(told, query, at.astimezone(zone(seen.current.timezone)).date())
        if days:
            answers[key]["restated"] = days
        if held is not None:
            answers[key]["held_back"] = held.as_dict()
    return answers
