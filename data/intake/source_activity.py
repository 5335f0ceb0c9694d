"""When each source of a workspace last brought an event, and how many events it brought lately."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import case, func, select

from data.engines.duckdb import EngineError, cursor, sql
from data.errors import DamagedFile
from data.lake.lake import Lake
from data.lake.tables import inbox, segment, segment_part
from data.scope import Scope

#: Segments read by one statement, newest first.
_SEGMENTS_AT_ONCE = 200


@dataclass(frozen=True)
class SourceActivity:
    """What one source brought. `recent`: events received since the moment that was asked about."""

    last_at: datetime
    recent: int


def by_source(
    lake: Lake, scope: Scope, workspace_id: int, source_ids: Collection[int], since: datetime
) -> dict[int | None, SourceActivity]:
    """The latest arrival of each source that ever brought an event; None: files and the command line.

    Segments are read from the newest back until each of `source_ids` was found and what is left is older than
    `since`, so a source that never brought anything costs a look at two columns of all segments. Raises NotInScope,
    and DamagedFile when a segment cannot be read.
    """
    scope.require(workspace_id)
    found: dict[int | None, SourceActivity] = {}
    with lake.engine.execution_options(vitrine_read_only=True).connect() as connection:
        # The inbox first: an event moved to a segment in between counts twice for a moment, never not at all.
        waiting = select(
            inbox.c.source_id,
            func.max(inbox.c.received_at),
            func.sum(case((inbox.c.received_at >= since, inbox.c.events), else_=0)),
        )
        for source_id, last_at, recent in connection.execute(
            waiting.where(inbox.c.workspace_id == workspace_id).group_by(inbox.c.source_id)
        ):
            _add(found, source_id, last_at, recent)
        files = connection.execute(
            select(segment.c.path, segment.c.created_at)
            .join(segment_part, segment_part.c.segment_id == segment.c.id)
            .where(segment_part.c.workspace_id == workspace_id)
            .order_by(segment.c.id.desc())
        ).all()
    for start in range(0, len(files), _SEGMENTS_AT_ONCE):
        some = files[start : start + _SEGMENTS_AT_ONCE]
        # Compaction writes old events into new files, never new ones into old files.
        if _utc(some[0].created_at) < since and set(source_ids) <= found.keys():
            break
        for source_id, last_at, recent in _read(lake, [row.path for row in some], workspace_id, since):
            _add(found, source_id, last_at, recent)
    return found


def _read(
    lake: Lake, paths: list[str], workspace_id: int, since: datetime
) -> list[tuple[int | None, datetime, int]]:
    connection = cursor(lake.root)
    try:
        values = {"workspace_id": workspace_id, "since": since, "paths": lake.paths(paths)}
        return connection.execute(sql("queries", "segments_latest"), values).fetchall()
    except (EngineError, FileNotFoundError) as error:
        lake.store.doubt(paths)
        raise DamagedFile(f"A file of events cannot be read: {str(error).splitlines()[0]}") from error
    finally:
        connection.close()


def _add(
    found: dict[int | None, SourceActivity], source_id: int | None, last_at: datetime, recent: int
) -> None:
    last_at = _utc(last_at)
    known = found.get(source_id)
    found[source_id] = (
        SourceActivity(last_at, int(recent))
        if known is None
        else SourceActivity(max(last_at, known.last_at), int(recent) + known.recent)
    )


def _utc(at: datetime | str) -> datetime:
    if isinstance(at, str):
        at = datetime.fromisoformat(at)
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
