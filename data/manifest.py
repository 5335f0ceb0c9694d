"""Which files count: reading the manifest, and publishing a new version of a workspace's marts.

A version is published by compare-and-set on `mart_version.version`, in one transaction with the rows of its
files and the marks on the segments it took in: two builders of one workspace cannot both win, and a reader
sees the old version or the new one, never a mixture.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, RowMapping, column, delete, insert, or_, select, table, update
from sqlalchemy.exc import IntegrityError

from data.tables import mart_file, mart_version, segment, segment_part

#: Versions whose files stay: the current one and two before it, to fall back on when a file is damaged.
KEEP_VERSIONS = 3

_workspace = table("workspace", column("id"), column("slug"), column("timezone"))


@dataclass(frozen=True)
class MartFile:
    """One file of a mart version; `path` is relative to the lake's root."""

    mart: str
    part: str
    path: str
    rows: int
    bytes: int
    sha256: str


@dataclass(frozen=True)
class Current:
    """The published state of a workspace's marts. `version` 0: nothing published yet.

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
    files: tuple[MartFile, ...] = ()
    damaged: bool = False

    def paths(self, mart: str) -> list[str]:
        """The relative paths of one mart's files."""
        return [file.path for file in self.files if file.mart == mart]


@dataclass
class Pending:
    """Segments of a workspace to take in: ids, relative paths, and how many events they hold for it."""

    segment_ids: list[int] = field(default_factory=list)
    paths: list[str] = field(default_factory=list)
    events: int = 0


def read_only(engine: Engine) -> Engine:
    """For transactions that only read: on SQLite they take no write lock."""
    return engine.execution_options(vitrine_read_only=True)


def current(connection: Connection, workspace_ids: Sequence[int]) -> dict[int, Current]:
    """The published state of each of `workspace_ids` that exists, files included."""
    found: dict[int, Current] = {}
    for ids in _batches(workspace_ids):
        rows = connection.execute(
            select(_workspace.c.id, _workspace.c.slug, _workspace.c.timezone, mart_version)
            .select_from(_workspace.outerjoin(mart_version, mart_version.c.workspace_id == _workspace.c.id))
            .where(_workspace.c.id.in_(ids))
        ).mappings()
        files = _files(connection, ids)
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
                tuple(file for file, _ in files.get(workspace_id, ())),
                any(damaged for _, damaged in files.get(workspace_id, ())),
            )
    return found


def previous_files(connection: Connection, workspace_id: int) -> list[tuple[int, list[MartFile]]]:
    """(version, its files) of what is still kept, newest first; versions with a quarantined file left out."""
    rows = connection.execute(
        select(mart_file)
        .where(mart_file.c.workspace_id == workspace_id)
        .order_by(mart_file.c.version.desc(), mart_file.c.mart)
    ).mappings()
    versions: dict[int, list[MartFile]] = {}
    damaged: set[int] = set()
    for row in rows:
        versions.setdefault(row["version"], []).append(_file(row))
        if row["quarantined"]:
            damaged.add(row["version"])
    return [(version, files) for version, files in versions.items() if version not in damaged]


def quarantine(engine: Engine, path: str) -> None:
    """Mark a file as damaged, in every version that names it."""
    with engine.begin() as connection:
        connection.execute(update(mart_file).where(mart_file.c.path == path).values(quarantined=1))


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


def to_rebuild(connection: Connection, workspace_ids: Iterable[int] | None, format: int) -> set[int]:
    """Workspaces to build from their segments: of another format, another time zone, or with a damaged file."""
    moved = select(_workspace.c.id).where(
        mart_version.c.workspace_id == _workspace.c.id,
        or_(mart_version.c.timezone != _workspace.c.timezone, mart_version.c.format != format),
    )
    damaged = select(mart_file.c.workspace_id).where(
        mart_file.c.quarantined == 1,
        mart_file.c.workspace_id == mart_version.c.workspace_id,
        mart_file.c.version == mart_version.c.version,
    )
    found = set(connection.execute(moved).scalars()) | set(connection.execute(damaged).scalars())
    return found if workspace_ids is None else found & set(workspace_ids)


def publish(
    connection: Connection,
    was: Current,
    files: Sequence[MartFile],
    taken: Pending,
    *,
    format: int,
    events: int,
    last_event_at: datetime | None,
    last_received_at: datetime | None,
) -> list[str] | None:
    """Make `files` the next version of the workspace; None when another builder was first.

    `events`: taken in, over all versions. Gives the relative paths that no kept version names any more.
    """
    version = was.version + 1
    values = {
        "version": version,
        "published_at": datetime.now(UTC),
        "timezone": was.timezone,
        "format": format,
        "events": events,
        "last_event_at": last_event_at,
        "last_received_at": last_received_at,
    }
    if was.version == 0:
        try:
            with connection.begin_nested():
                connection.execute(insert(mart_version).values(workspace_id=was.workspace_id, **values))
        except IntegrityError:
            return None
    else:
        done = connection.execute(
            update(mart_version)
            .where(mart_version.c.workspace_id == was.workspace_id, mart_version.c.version == was.version)
            .values(**values)
        )
        if done.rowcount != 1:
            return None
    _insert_files(connection, was.workspace_id, version, files)
    for ids in _batches(taken.segment_ids):
        connection.execute(
            update(segment_part)
            .where(segment_part.c.workspace_id == was.workspace_id, segment_part.c.segment_id.in_(ids))
            .values(merged_version=version)
        )
    return _forget(connection, was.workspace_id, version - KEEP_VERSIONS)


def utc(value: datetime | str | None) -> datetime | None:
    """An aware UTC time from what the two databases give back."""
    if value is None:
        return None
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _insert_files(connection: Connection, workspace_id: int, version: int, files: Sequence[MartFile]) -> None:
    if files:
        connection.execute(
            insert(mart_file),
            [
                {
                    "workspace_id": workspace_id,
                    "version": version,
                    "mart": file.mart,
                    "part": file.part,
                    "path": file.path,
                    "rows": file.rows,
                    "bytes": file.bytes,
                    "sha256": file.sha256,
                }
                for file in files
            ],
        )


def _forget(connection: Connection, workspace_id: int, up_to: int) -> list[str]:
    old = (mart_file.c.workspace_id == workspace_id) & (mart_file.c.version <= up_to)
    gone = list(connection.execute(select(mart_file.c.path).where(old)).scalars())
    connection.execute(delete(mart_file).where(old))
    return gone


def _files(connection: Connection, ids: Sequence[int]) -> dict[int, list[tuple[MartFile, bool]]]:
    rows = connection.execute(
        select(mart_file)
        .join(
            mart_version,
            (mart_version.c.workspace_id == mart_file.c.workspace_id)
            & (mart_version.c.version == mart_file.c.version),
        )
        .where(mart_file.c.workspace_id.in_(ids))
    ).mappings()
    found: dict[int, list[tuple[MartFile, bool]]] = {}
    for row in rows:
        found.setdefault(row["workspace_id"], []).append((_file(row), bool(row["quarantined"])))
    return found


def _file(row: RowMapping) -> MartFile:
    return MartFile(*(row[name] for name in ("mart", "part", "path", "rows", "bytes", "sha256")))


def _batches(ids: Sequence[int], size: int = 500) -> Iterable[Sequence[int]]:
    """SQLite binds a limited number of values in one statement."""
    return (ids[start : start + size] for start in range(0, len(ids), size))
