"""Which files count: reading the manifest, and publishing new versions of workspaces' marts.

A version of a workspace is a list of layers; a refresh adds one, a full build or a merge puts one in the
place of others. A version is published by compare-and-set on `mart_version.version`, in one transaction with
its layers and the marks on the segments it took in: two builders of one workspace cannot both win, and a reader
sees the old version or the new one, never a mixture.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, column, delete, func, insert, or_, select, table, update
from sqlalchemy.exc import IntegrityError

from data.tables import layer, layer_file, mart_version, segment, segment_part, workspace_layer

#: Versions that can still be read: the current one and two before it, to fall back on when a file is damaged.
KEEP_VERSIONS = 3

_workspace = table("workspace", column("id"), column("slug"), column("timezone"))


@dataclass(frozen=True)
class MartFile:
    """One file of a layer; `path` is relative to the lake's root."""

    mart: str
    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Layer:
    """A layer as one workspace sees it. `files` by mart; `rows`: of its messages; `sliced`: see data/slices.py."""

    id: int
    files: dict[str, MartFile] = field(hash=False)
    rows: int
    sliced: bool
    damaged: bool = False


@dataclass(frozen=True)
class Current:
    """The published state of a workspace's marts, its layers in order. `version` 0: nothing published yet.

    `damaged`: a file of this version was found unreadable; the marts must be built anew from the segments.
    """

    workspace_id: int
    slug: str
    timezone: str
    version: int = 0
    format: int = 0
    events: int = 0
    last_event_at: datetime | None = None
    last_received_at: datetime | None = None
    layers: tuple[Layer, ...] = ()

    @property
    def damaged(self) -> bool:
        """Whether a file of this version was found unreadable."""
        return any(one.damaged for one in self.layers)


@dataclass
class Pending:
    """Segments of a workspace to take in: ids, relative paths, and how many events they hold for it."""

    segment_ids: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    events: int = 0


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


def read_only(engine: Engine) -> Engine:
    """For transactions that only read: on SQLite they take no write lock."""
    return engine.execution_options(vitrine_read_only=True)


def current(connection: Connection, workspace_ids: Sequence[int]) -> dict[int, Current]:
    """The published state of each of `workspace_ids` that exists, layers included."""
    found: dict[int, Current] = {}
    for ids in _batches(workspace_ids):
        rows = connection.execute(
            select(_workspace.c.id, _workspace.c.slug, _workspace.c.timezone, mart_version)
            .select_from(_workspace.outerjoin(mart_version, mart_version.c.workspace_id == _workspace.c.id))
            .where(_workspace.c.id.in_(ids))
        ).mappings()
        layers = _layers(connection, ids)
        for row in rows:
            workspace_id = row[_workspace.c.id]
            if row[mart_version.c.version] is None:
                found[workspace_id] = Current(
                    workspace_id, row[_workspace.c.slug], row[_workspace.c.timezone]
                )
                continue
            found[workspace_id] = Current(
                workspace_id,
                row[_workspace.c.slug],
                row[_workspace.c.timezone],
                row[mart_version.c.version],
                row[mart_version.c.format],
                row[mart_version.c.events],
                utc(row[mart_version.c.last_event_at]),
                utc(row[mart_version.c.last_received_at]),
                tuple(one for one, _, until in layers.get(workspace_id, ()) if until is None),
            )
    return found


def previous(connection: Connection, workspace_id: int) -> list[tuple[int, tuple[Layer, ...]]]:
    """(version, its layers) of what came before and is still kept, newest first; whole ones only."""
    version = connection.scalar(
        select(mart_version.c.version).where(mart_version.c.workspace_id == workspace_id)
    )
    found = []
    rows = _layers(connection, [workspace_id]).get(workspace_id, [])
    for number in range((version or 0) - 1, max(0, (version or 0) - KEEP_VERSIONS), -1):
        layers = tuple(
            one for one, since, until in rows if since <= number and (until is None or until > number)
        )
        if layers and not any(one.damaged for one in layers):
            found.append((number, layers))
    return found


def quarantine(engine: Engine, path: str) -> None:
    """Mark a file as damaged, in every version that names it."""
    with engine.begin() as connection:
        connection.execute(update(layer_file).where(layer_file.c.path == path).values(quarantined=1))


def pending(connection: Connection, workspace_ids: Iterable[int] | None, *, full: bool) -> dict[int, Pending]:
    """Per workspace the segments not taken in yet, or with `full` all of them."""
    query = (
        select(segment_part.c.workspace_id, segment.c.id, segment.c.path, segment_part.c.events)
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .order_by(segment_part.c.workspace_id, segment.c.id)
    )
    if not full:
        query = query.where(segment_part.c.merged_version.is_(None))
    found: dict[int, Pending] = {}
    for ids in [None] if workspace_ids is None else _batches(list(workspace_ids)):
        chosen = query if ids is None else query.where(segment_part.c.workspace_id.in_(ids))
        for workspace_id, segment_id, path, events in connection.execute(chosen):
            entry = found.setdefault(workspace_id, Pending())
            entry.segment_ids.append(segment_id)
            entry.paths.append(path)
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


def to_rebuild(connection: Connection, workspace_ids: Iterable[int] | None, format: int) -> set[int]:
    """Workspaces to build from their segments: of another format, another time zone, or with a damaged file."""
    moved = select(_workspace.c.id).where(
        mart_version.c.workspace_id == _workspace.c.id,
        or_(mart_version.c.timezone != _workspace.c.timezone, mart_version.c.format != format),
    )
    damaged = (
        select(workspace_layer.c.workspace_id)
        .join(layer_file, layer_file.c.layer_id == workspace_layer.c.layer_id)
        .where(layer_file.c.quarantined == 1, workspace_layer.c.until.is_(None))
    )
    found = set(connection.execute(moved).scalars()) | set(connection.execute(damaged).scalars())
    return found if workspace_ids is None else found & set(workspace_ids)


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


def utc(value: datetime | str | None) -> datetime | None:
    """An aware UTC time from what the two databases give back."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


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
    for ids in _batches(sorted(one.replaced)):
        connection.execute(
            update(workspace_layer)
            .where(
                workspace_layer.c.workspace_id == one.was.workspace_id,
                workspace_layer.c.layer_id.in_(ids),
                workspace_layer.c.until.is_(None),
            )
            .values(until=version)
        )
    for ids in _batches(one.taken.segment_ids):
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
    for ids in _batches(sorted(loose)):
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


def _layers(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[Layer, int, int | None]]]:
    """Per workspace (layer, since, until) in order, ended ones that are still kept included."""
    own = list(
        connection.execute(
            select(workspace_layer)
            .where(workspace_layer.c.workspace_id.in_(ids))
            .order_by(workspace_layer.c.workspace_id, workspace_layer.c.layer_id)
        )
    )
    files: dict[int, dict[str, MartFile]] = {}
    damaged: set[int] = set()
    for some in _batches(sorted({row.layer_id for row in own})):
        for file in connection.execute(select(layer_file).where(layer_file.c.layer_id.in_(some))):
            files.setdefault(file.layer_id, {})[file.mart] = MartFile(
                file.mart, file.path, file.rows, file.bytes, file.sha256
            )
            if file.quarantined:
                damaged.add(file.layer_id)
    found: dict[int, list[tuple[Layer, int, int | None]]] = {}
    for row in own:
        one = Layer(
            row.layer_id, files.get(row.layer_id, {}), row.rows, bool(row.sliced), row.layer_id in damaged
        )
        found.setdefault(row.workspace_id, []).append((one, row.since, row.until))
    return found


def _batches(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """SQLite binds a limited number of values in one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
