"""New versions of workspaces' marts, made the ones that count.

A version is published by compare-and-set on `mart_version.version`, in one transaction with its layers and the
marks on the segments it took in: two builders of one workspace cannot both win, and a reader sees the old version
or the new one, never a mixture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from data.manifest import KEEP_VERSIONS, Current, MartFile, Pending, batches
from data.tables import layer, layer_file, mart_version, segment_part, workspace_layer


@dataclass(frozen=True)
class Publication:
    """A workspace's next version: the new layer in place of `replaced` (layer ids), and its facts."""

    was: Current
    taken: Pending
    replaced: frozenset[int]
    rows: int
    sliced: bool
    events: int
    last_event_at: datetime | None
    last_received_at: datetime | None


def publish(
    connection: Connection, files: Sequence[MartFile], publications: Sequence[Publication], *, format: int
) -> tuple[set[int], list[str]]:
    """Make `files` a layer and the publications the next versions of their workspaces, all in this transaction.

    Gives the workspaces published (another builder was first with the rest) and the relative paths that no kept
    version names any more.
    """
    now = datetime.now(UTC)
    done = [one for one in publications if _swap_version(connection, one, now, format)]
    if not done:
        return set(), [file.path for file in files]
    created = connection.execute(insert(layer), {"created_at": now}).inserted_primary_key
    assert created is not None
    if files:
        connection.execute(insert(layer_file), [{"layer_id": created[0], **vars(file)} for file in files])
    connection.execute(
        insert(workspace_layer),
        [
            {
                "workspace_id": one.was.workspace_id,
                "layer_id": created[0],
                "since": one.was.version + 1,
                "rows": one.rows,
                "sliced": int(one.sliced),
            }
            for one in done
        ],
    )
    for one in done:
        _mark(connection, one)
    return {one.was.workspace_id for one in done}, _forget(connection, done)


def _swap_version(connection: Connection, one: Publication, now: datetime, format: int) -> bool:
    was = one.was
    values = {
        "version": was.version + 1,
        "published_at": now,
        "timezone": was.timezone,
        "format": format,
        "events": one.events,
        "last_event_at": one.last_event_at,
        "last_received_at": one.last_received_at,
    }
    if was.version == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(mart_version).values(workspace_id=was.workspace_id, **values))
        except IntegrityError:
            return False
        return True
    swapped = connection.execute(
        update(mart_version)
        .where(mart_version.c.workspace_id == was.workspace_id, mart_version.c.version == was.version)
        .values(**values)
    )
    return swapped.rowcount == 1


def _mark(connection: Connection, one: Publication) -> None:
    """End the layers that were replaced, and mark the segments as taken in."""
    version = one.was.version + 1
    for ids in batches(sorted(one.replaced)):
        connection.execute(
            update(workspace_layer)
            .where(
                workspace_layer.c.workspace_id == one.was.workspace_id,
                workspace_layer.c.layer_id.in_(ids),
                workspace_layer.c.until.is_(None),
            )
            .values(until=version)
        )
    for ids in batches(one.taken.segment_ids):
        connection.execute(
            update(segment_part)
            .where(segment_part.c.workspace_id == one.was.workspace_id, segment_part.c.segment_id.in_(ids))
            .values(merged_version=version)
        )


def _forget(connection: Connection, done: Sequence[Publication]) -> list[str]:
    """Drop what no kept version of these workspaces is made of; the paths of layers nobody has any more."""
    loose: set[int] = set()
    for one in done:
        old = (workspace_layer.c.workspace_id == one.was.workspace_id) & (
            workspace_layer.c.until <= one.was.version + 1 - KEEP_VERSIONS + 1
        )
        gone = set(connection.execute(select(workspace_layer.c.layer_id).where(old)).scalars())
        if gone:
            connection.execute(delete(workspace_layer).where(old))
            loose |= gone
    paths: list[str] = []
    for ids in batches(sorted(loose)):
        held = set(
            connection.execute(
                select(workspace_layer.c.layer_id).where(workspace_layer.c.layer_id.in_(ids)).distinct()
            ).scalars()
        )
        free = [i for i in ids if i not in held]
        if free:
            chosen = layer_file.c.layer_id.in_(free)
            paths += connection.execute(select(layer_file.c.path).where(chosen)).scalars()
            connection.execute(delete(layer_file).where(chosen))
            connection.execute(delete(layer).where(layer.c.id.in_(free)))
    return paths
