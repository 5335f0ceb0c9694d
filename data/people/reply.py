"""The rest of a long reply, a part at a time."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime

from data.answers.relations import files_of
from data.engines.duckdb import cursor, sql
from data.events.fields import MOST_OF_A_REPLY
from data.lake.lake import Lake
from data.people.history import SHOWN, history_of
from data.people.mentions import open_events
from data.scope import Scope


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a reply's text; `next`: where the following one begins, None after the last.

    `cut`: it is longer than what is kept, and this is the end of that.
    """

    text: str
    next: int | None
    cut: bool


def part_of(lake: Lake, scope: Scope, workspace_id: int, event_id: str, start: int) -> Part | None:
    """SHOWN characters of a reply from `start` on; None when there is no such reply in the scope.

    Raises NotInScope.
    """
    scope.require(workspace_id)
    files = files_of(lake, workspace_id, datetime.now(UTC))
    if not files.segments or not 0 <= start < MOST_OF_A_REPLY:
        return None
    with closing(cursor(lake.root, threads=1)) as connection:
        open_events(connection, lake, workspace_id, files)
        row = connection.execute(
            sql("people", "reply"), {"event": event_id, "start": start + 1, "shown": SHOWN}
        ).fetchone()
    if row is None or not _within(lake, scope, workspace_id, event_id, row[:2]):
        return None
    text, length = row[2:]
    end = start + len(text)
    return Part(text, end if text and end < length else None, length >= MOST_OF_A_REPLY)


def _within(lake: Lake, scope: Scope, workspace_id: int, event_id: str, names: Sequence[str | None]) -> bool:
    """Whether a scope that sees some of the workspace's events sees this one; `names`: its lead's ids."""
    if scope.user is None and scope.campaigns is None:
        return True
    leads = [name for name in names if name]
    return any(one.event_id == event_id for one in history_of(lake, scope, workspace_id, leads).events)
