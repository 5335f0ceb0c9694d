"""Reads the manifest, which records which files count.

A version of a workspace is a list of layers; a refresh adds one, a full build or a merge replaces some by one
(data/lake/publishing.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import (
    BindParameter,
    Connection,
    Engine,
    RowMapping,
    Select,
    bindparam,
    column,
    select,
    table,
    update,
)

from data.lake.tables import layer_file, mart_version, workspace_layer

#: Versions whose layers are kept in memory, some 5 kB each.
_MOST_KEPT: Final = 2_000
#: Versions that can still be read: the current one and two before it, to fall back on when a file is damaged.
KEEP_VERSIONS = 3

_kept: Final[WeakKeyDictionary[Any, dict[tuple[int, int, Any], tuple[Layer, ...]]]] = WeakKeyDictionary()
WORKSPACE = table("workspace", column("id"), column("slug"), column("timezone"), column("counting"))


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
    """A layer as one workspace sees it. `files` by mart; `rows`: of its messages; `sliced`: see
    data/marts/slices.py."""

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
    #: How its events are to be counted (data/marts/counting.py), as the workspace says now.
    counting: str = ""

    @property
    def damaged(self) -> bool:
        """Whether a file of this version was found unreadable."""
        return any(one.damaged for one in self.layers)


@dataclass(frozen=True, slots=True)
class Head:
    """A published version by its number and time, without its layers: enough to know whether what was counted of a
    workspace before still stands. `version` 0: nothing published yet."""

    timezone: str
    version: int
    format: int
    published_at: datetime | None
    last_event_at: datetime | None


#: Asked several times for every page: a statement made anew each time costs SQLAlchemy more than the database.
_IDS: Final[BindParameter[Any]] = bindparam("ids", expanding=True)
_STATES: Final = (
    select(
        WORKSPACE.c.id,
        WORKSPACE.c.slug,
        WORKSPACE.c.timezone,
        WORKSPACE.c.counting.label("rules"),
        mart_version,
    )
    .select_from(WORKSPACE.outerjoin(mart_version, mart_version.c.workspace_id == WORKSPACE.c.id))
    .where(WORKSPACE.c.id.in_(_IDS))
)
_HEADS: Final = (
    select(
        WORKSPACE.c.id,
        WORKSPACE.c.timezone,
        mart_version.c.version,
        mart_version.c.format,
        mart_version.c.published_at,
        mart_version.c.last_event_at,
    )
    .select_from(WORKSPACE.outerjoin(mart_version, mart_version.c.workspace_id == WORKSPACE.c.id))
    .where(WORKSPACE.c.id.in_(_IDS))
)
#: With those that ended and are still kept; and those that stand now.
_LAYERS: Final = (
    select(workspace_layer)
    .where(workspace_layer.c.workspace_id.in_(_IDS))
    .order_by(workspace_layer.c.workspace_id, workspace_layer.c.layer_id)
)
_STANDING: Final = _LAYERS.where(workspace_layer.c.until.is_(None))
_VERSION: Final = select(mart_version.c.version).where(mart_version.c.workspace_id == bindparam("whose"))
_FILES: Final = select(layer_file).where(layer_file.c.layer_id.in_(_IDS))


def read_only(engine: Engine) -> Engine:
    """For transactions that only read: all statements see one moment, and none takes a write lock.

    What the option does is dashapp/db/engine.py's.
    """
    return engine.execution_options(vitrine_read_only=True)


def current(connection: Connection, workspace_ids: Sequence[int]) -> dict[int, Current]:
    """The published state of each of `workspace_ids` that exists, layers included."""
    found: dict[int, Current] = {}
    for ids in batches(workspace_ids):
        rows = connection.execute(_STATES, {"ids": ids}).mappings()
        layers = _layers(connection, _STANDING, ids)
        for row in rows:
            workspace_id = row[WORKSPACE.c.id]
            found[workspace_id] = _state(row, tuple(one for one, _, _ in layers.get(workspace_id, ())))
    return found


def heads(connection: Connection, workspace_ids: Sequence[int]) -> dict[int, Head]:
    """The head of each of `workspace_ids` that exists: one light row each, where `current` reads every layer."""
    return {
        row[0]: Head(row[1], row[2] or 0, row[3] or 0, utc(row[4]), utc(row[5]))
        for ids in batches(workspace_ids)
        for row in connection.execute(_HEADS, {"ids": ids})
    }


def with_layers(
    connection: Connection, current: Current, published_at: datetime | None, *, anew: bool = False
) -> Current:
    """A published state with its layers.

    The layers of a version never change, except that a file is found damaged: so they are read once a version, and
    again with `anew`.
    """
    if not current.version:
        return current
    kept, key = _kept_layers(connection), (current.workspace_id, current.version, published_at)
    layers = None if anew else kept.get(key)
    if layers is None:
        rows = _layers(connection, _STANDING, [current.workspace_id]).get(current.workspace_id, ())
        layers = tuple(layer for layer, _, _ in rows)
        if len(kept) >= _MOST_KEPT:
            kept.clear()
        kept[key] = layers
    return replace(current, layers=layers)


def _state(row: RowMapping, layers: tuple[Layer, ...]) -> Current:
    """A row of `_STATES` with its layers."""
    place = row[WORKSPACE.c.id], row[WORKSPACE.c.slug], row[WORKSPACE.c.timezone]
    if row[mart_version.c.version] is None:
        return Current(*place, counting=row["rules"])
    return Current(
        *place,
        row[mart_version.c.version],
        row[mart_version.c.format],
        row[mart_version.c.events],
        utc(row[mart_version.c.last_event_at]),
        utc(row[mart_version.c.last_received_at]),
        layers,
        row["rules"],
    )


def _kept_layers(connection: Connection) -> dict[tuple[int, int, Any], tuple[Layer, ...]]:
    """By workspace, version and time of publishing, for each database this process has open."""
    return _kept.setdefault(connection.engine.pool, {})


def version(engine: Engine, workspace_id: int) -> int:
    """The number of the published version; 0: none. All that is needed to know whether somebody published."""
    with read_only(engine).connect() as connection:
        return connection.scalar(_VERSION, {"whose": workspace_id}) or 0


def previous(connection: Connection, workspace_id: int) -> list[tuple[int, tuple[Layer, ...]]]:
    """(version, its layers) of what came before and is still kept, newest first; whole ones only."""
    version = connection.scalar(
        select(mart_version.c.version).where(mart_version.c.workspace_id == workspace_id)
    )
    found = []
    rows = _layers(connection, _LAYERS, [workspace_id]).get(workspace_id, [])
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


def overtaken(connection: Connection, versions: Mapping[int, int]) -> set[int]:
    """The workspaces whose published version is another than that in `versions` (0: nothing was published)."""
    now: dict[int, int] = {}
    for ids in batches(sorted(versions)):
        rows = connection.execute(
            select(mart_version.c.workspace_id, mart_version.c.version).where(
                mart_version.c.workspace_id.in_(ids)
            )
        )
        now.update({row.workspace_id: row.version for row in rows})
    return {i for i, version in versions.items() if now.get(i, 0) != version}


def utc(value: datetime | str | None) -> datetime | None:
    """An aware UTC time from what the two databases give back."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _layers(
    connection: Connection, which: Select[Any], ids: Sequence[int]
) -> dict[int, list[tuple[Layer, int, int | None]]]:
    """Per workspace (layer, since, until) in order, of those that `which` finds."""
    own = list(connection.execute(which, {"ids": ids}))
    files: dict[int, dict[str, MartFile]] = {}
    damaged: set[int] = set()
    for some in batches(sorted({row.layer_id for row in own})):
        for file in connection.execute(_FILES, {"ids": some}):
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


def batches(ids: Sequence[int], size: int = 500) -> Iterator[Sequence[int]]:
    """SQLite binds a limited number of values in one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
