"""New versions of workspaces' marts, made the ones that count.

A version is published by compare-and-set on `mart_version.version`, in one transaction with its layers and the
marks on the segments it took in: two builders of one workspace cannot both win, and a reader sees the old version
or the new one, never a mixture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select, bindparam, column, delete, insert, select, table, update
from sqlalchemy.exc import IntegrityError

from data.lake import manifest, reply_overrides
from data.lake.backlog import Pending
from data.lake.manifest import KEEP_VERSIONS, Current, MartFile, batches
from data.lake.tables import layer, layer_file, mart_version, segment_part, workspace_layer

_workspace = table("workspace", column("id"))


class SegmentsChanged(Exception):
    """A segment that waited was written anew while a build had read it: the build is to be made again."""


@dataclass(frozen=True)
class Publication:
    """A workspace's next version: the new layer in place of `replaced` (layer ids), and its facts.

    `corrections`: of replies, that it takes in (rows of data/lake/reply_overrides.py).
    """

    was: Current
    taken: Pending
    replaced: frozenset[int]
    rows: int
    sliced: bool
    events: int
    last_event_at: datetime | None
    last_received_at: datetime | None
    corrections: tuple[int, ...] = ()


def publish(
    connection: Connection, files: Sequence[MartFile], publications: Sequence[Publication], *, format: int
) -> tuple[set[int], list[str]]:
    """Make `files` a layer and the publications the next versions of their workspaces, all in this transaction.

    Gives the workspaces published (another builder was first with the rest) and the relative paths that no kept
    version names any more. Raises SegmentsChanged when a segment to be marked is not what was read: roll back.
    """
    now = datetime.now(UTC)
    done = _swap_versions(connection, publications, now, format)
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
    _mark(connection, done)
    return {one.was.workspace_id for one in done}, _forget(connection, done)


def _swap_versions(
    connection: Connection, publications: Sequence[Publication], now: datetime, format: int
) -> list[Publication]:
    """Those whose workspace is still at the version they were made of; it is at the next one now.

    On SQLite the transaction has the write lock, on PostgreSQL the rows are locked (in one order, so that two
    builders wait for each other and never in a circle): what is read stays true until the commit.
    """
    stored: dict[int, int] = {}
    for ids in batches(sorted(one.was.workspace_id for one in publications if one.was.version)):
        stored.update({row.workspace_id: row.version for row in connection.execute(_lock(ids))})
    done, moved = [], []
    for one in sorted(publications, key=lambda each: each.was.workspace_id):
        values = {
            "version": one.was.version + 1,
            "published_at": now,
            "timezone": one.was.timezone,
            "counting": one.was.counting,
            "format": format,
            "events": one.events,
            "last_event_at": one.last_event_at,
            "last_received_at": one.last_received_at,
        }
        if not one.was.version:
            if _first_version(connection, one, values):
                done.append(one)
        elif stored.get(one.was.workspace_id) == one.was.version:
            done.append(one)
            moved.append({"whose": one.was.workspace_id, **values})
    if moved:
        connection.execute(
            update(mart_version).where(mart_version.c.workspace_id == bindparam("whose")), moved
        )
    return done


def locked_overtaken(connection: Connection, versions: Mapping[int, int]) -> set[int]:
    """Of these workspaces those that are at another version (0: none) by now; the others stay where they are
    until the transaction ends."""
    first = sorted(i for i, version in versions.items() if not version)
    for ids in batches(sorted(i for i, version in versions.items() if version)):
        connection.execute(_lock(ids))
    for ids in batches(first):
        _lock_first(connection, ids)
    return manifest.overtaken(connection, versions)


def _lock(ids: Sequence[int]) -> Select[Any]:
    """The versions of some workspaces; in one order, so that who waits for another never waits in a circle."""
    return (
        select(mart_version.c.workspace_id, mart_version.c.version)
        .where(mart_version.c.workspace_id.in_(ids))
        .order_by(mart_version.c.workspace_id)
        .with_for_update()
    )


def _lock_first(connection: Connection, ids: Sequence[int]) -> None:
    """Workspaces without a version have no row to lock but their own."""
    own = select(_workspace.c.id).where(_workspace.c.id.in_(ids)).order_by(_workspace.c.id)
    connection.execute(own.with_for_update(key_share=True))


def _first_version(connection: Connection, one: Publication, values: dict[str, Any]) -> bool:
    _lock_first(connection, [one.was.workspace_id])
    try:
        with connection.begin_nested():
            connection.execute(insert(mart_version).values(workspace_id=one.was.workspace_id, **values))
    except IntegrityError:
        return False
    return True


def _mark(connection: Connection, done: Sequence[Publication]) -> None:
    """End the layers that were replaced, and mark what was taken in: a statement each, for all of them."""
    reply_overrides.mark(
        connection, {one.was.workspace_id: (one.was.version + 1, one.corrections) for one in done}
    )
    ended = [
        {"whose": one.was.workspace_id, "which": i, "until": one.was.version + 1}
        for one in done
        for i in sorted(one.replaced)
    ]
    if ended:
        own = workspace_layer.c.workspace_id == bindparam("whose")
        connection.execute(
            update(workspace_layer).where(
                own, workspace_layer.c.layer_id == bindparam("which"), workspace_layer.c.until.is_(None)
            ),
            ended,
        )
    taken = [
        {"whose": one.was.workspace_id, "which": i, "count": n, "merged_version": one.was.version + 1}
        for one in done
        for i, n in zip(one.taken.segment_ids, one.taken.counts, strict=True)
    ]
    if taken:
        own = segment_part.c.workspace_id == bindparam("whose")
        mark = update(segment_part).where(own, segment_part.c.segment_id == bindparam("which"))
        if any(one.replaced for one in done):
            # A full build: what was taken in before may have been compacted meanwhile, which changes no event.
            connection.execute(mark, [{k: v for k, v in one.items() if k != "count"} for one in taken])
        elif connection.execute(
            mark.where(segment_part.c.events == bindparam("count")), taken
        ).rowcount != len(taken):
            # Events that were parked since they were read (jobs/intake/poison.py) would be in the figures
            # all the same.
            raise SegmentsChanged


def _forget(connection: Connection, done: Sequence[Publication]) -> list[str]:
    """Drop what no kept version of these workspaces is made of; the paths of layers nobody has any more."""
    return _drop(connection, {one.was.workspace_id: one.was.version + 1 - KEEP_VERSIONS + 1 for one in done})


def forget_earlier(connection: Connection, workspace_id: int) -> list[str]:
    """Drop every version of a workspace before the current one; the paths of layers nobody has any more."""
    version = connection.scalar(_lock([workspace_id]).with_only_columns(mart_version.c.version))
    return [] if version is None else _drop(connection, {workspace_id: version})


def _drop(connection: Connection, kept_from: Mapping[int, int]) -> list[str]:
    """Drop layers that ended with or before the first version to keep, by workspace."""
    over: list[dict[str, int]] = []
    for ids in batches(sorted(kept_from)):
        ended = connection.execute(
            select(workspace_layer.c.workspace_id, workspace_layer.c.layer_id, workspace_layer.c.until).where(
                workspace_layer.c.workspace_id.in_(ids), workspace_layer.c.until.is_not(None)
            )
        )
        over += [
            {"whose": whose, "which": which} for whose, which, until in ended if until <= kept_from[whose]
        ]
    if not over:
        return []
    # Who drops a layer's last but one workspace and who drops the last must see each other (PostgreSQL; one order).
    for ids in batches(sorted({one["which"] for one in over})):
        connection.execute(
            select(layer.c.id).where(layer.c.id.in_(ids)).order_by(layer.c.id).with_for_update()
        )
    own = workspace_layer.c.workspace_id == bindparam("whose")
    connection.execute(
        delete(workspace_layer).where(own, workspace_layer.c.layer_id == bindparam("which")), over
    )
    paths: list[str] = []
    for ids in batches(sorted({one["which"] for one in over})):
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
