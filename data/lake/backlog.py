"""What the marts still have to process: waiting segments, accumulated layers, workspaces to rebuild."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from sqlalchemy import Connection, func, or_, select

from data.lake.manifest import WORKSPACE, batches
from data.lake.tables import layer_file, mart_version, segment, segment_part, workspace_layer


@dataclass
class Pending:
    """Segments of a workspace to process: ids, relative paths, and how many events they hold for it.

    `counts`: per segment; `events`: in total.
    """

    segment_ids: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    events: int = 0


def pending(connection: Connection, workspace_ids: Iterable[int] | None, *, full: bool) -> dict[int, Pending]:
    """The unprocessed segments per workspace, or with `full` all of them."""
    query = (
        select(segment_part.c.workspace_id, segment.c.id, segment.c.path, segment_part.c.events)
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .order_by(segment_part.c.workspace_id, segment.c.id)
    )
    if not full:
        query = query.where(segment_part.c.merged_version.is_(None))
    found: dict[int, Pending] = {}
    for ids in [None] if workspace_ids is None else batches(list(workspace_ids)):
        chosen = query if ids is None else query.where(segment_part.c.workspace_id.in_(ids))
        for workspace_id, segment_id, path, events in connection.execute(chosen):
            entry = found.setdefault(workspace_id, Pending())
            entry.segment_ids.append(segment_id)
            entry.paths.append(path)
            entry.counts.append(events)
            entry.events += events
    return found


def layered(connection: Connection, above: int) -> list[int]:
    """Workspaces whose current version is made of more than `above` layers."""
    return list(
        connection.execute(
            select(workspace_layer.c.workspace_id)
            .where(workspace_layer.c.until.is_(None))
            .group_by(workspace_layer.c.workspace_id)
            .having(func.count() > above)
            .order_by(workspace_layer.c.workspace_id)
        ).scalars()
    )


def taken_in(connection: Connection, versions: Mapping[int, int]) -> dict[int, list[str]]:
    """Per workspace the segments that its version in `versions` had taken in, and none that a later one took in.

    Once a later version was built anew its segments count as that version's: then these are fewer, and whoever
    builds on the earlier version is overtaken and cannot publish.
    """
    query = (
        select(segment_part.c.workspace_id, segment.c.path, segment_part.c.merged_version)
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .where(segment_part.c.merged_version.is_not(None))
        .order_by(segment.c.id)
    )
    found: dict[int, list[str]] = {}
    for ids in batches(sorted(versions)):
        rows = connection.execute(query.where(segment_part.c.workspace_id.in_(ids)))
        for workspace_id, path, version in rows:
            if version <= versions[workspace_id]:
                found.setdefault(workspace_id, []).append(path)
    return found


def to_rebuild(connection: Connection, workspace_ids: Iterable[int] | None, format: int) -> set[int]:
    """Workspaces to rebuild from their segments: another format, zone or rules, or a damaged file."""
    moved = select(WORKSPACE.c.id).where(
        mart_version.c.workspace_id == WORKSPACE.c.id,
        or_(
            mart_version.c.timezone != WORKSPACE.c.timezone,
            mart_version.c.counting != WORKSPACE.c.counting,
            mart_version.c.format != format,
        ),
    )
    damaged = (
        select(workspace_layer.c.workspace_id)
        .join(layer_file, layer_file.c.layer_id == workspace_layer.c.layer_id)
        .where(layer_file.c.quarantined == 1, workspace_layer.c.until.is_(None))
    )
    found: set[int] = set()
    for ids in [None] if workspace_ids is None else batches(sorted(set(workspace_ids))):
        # Asked for one workspace at every look: no other's layers are looked through.
        for query, whose in ((moved, WORKSPACE.c.id), (damaged, workspace_layer.c.workspace_id)):
            chosen = query if ids is None else query.where(whose.in_(ids))
            found |= set(connection.execute(chosen).scalars())
    return found
