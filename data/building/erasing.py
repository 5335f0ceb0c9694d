"""Erases a person from the lake: their events stay and count, without a name; old versions of marts are removed.

Every step can be repeated after a kill: what is clean is left as it is. Replaced files are removed after their
grace period (data/building/orphans.py).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import delete, insert, select, update

from data.building import build
from data.engines.duckdb import cursor
from data.errors import DataError
from data.lake import compaction, publishing, segments
from data.lake.lake import Lake, table_of
from data.lake.manifest import read_only
from data.lake.markers import Person
from data.lake.segments import ORDER, SCHEMA
from data.lake.tables import layer_file, retired_file, segment, segment_part, workspace_layer
from data.marts import layer_files

#: How often to rewrite a segment that others keep rewriting, or build a workspace that others keep publishing.
_TRIES = 5


@dataclass(frozen=True)
class Cleaned:
    """What was done: events changed, segments rewritten, mart files rewritten or dropped."""

    events: int = 0
    segments: int = 0
    marts: int = 0


@dataclass(frozen=True)
class Checked:
    """What was read and what was found of the person: `left` files, or none."""

    segments: int
    marts: int
    left: tuple[str, ...] = ()


def erase(lake: Lake, people: Sequence[Person]) -> Cleaned:
    """Erase some people of one workspace from its events and marts. Raises DamagedFile, DataError."""
    if not people:
        return Cleaned()
    workspace_id = people[0].workspace_id
    segments.drain_all(lake, workspace_id)
    events = files = 0
    messages = [_messages(lake, one) for one in people]
    for id_ in _ids(lake, workspace_id):
        changed = _clean_segment(lake, id_, people, messages)
        events, files = events + changed, files + bool(changed)
    if any(True for _ in _marts_with(lake, people, current=True)):
        _rebuild(lake, workspace_id)
    _forget_versions(lake, workspace_id)
    return Cleaned(events, files, _cut(lake, people))


def check(lake: Lake, people: Sequence[Person]) -> Checked:
    """Read every referenced segment and mart file, and search them for these people."""
    if not people:
        return Checked(0, 0)
    left, read = [], 0
    for id_ in _ids(lake, people[0].workspace_id):
        read += 1
        table = _table(lake, id_)
        if table is not None and any(pc.any(one.among(table, ())).as_py() for one in people):
            left.append(f"segment {id_}")
    marts = _mart_files(lake)
    left += [path for path, _ in _marts_with(lake, people)]
    return Checked(read, len(marts), tuple(left))


def _ids(lake: Lake, workspace_id: int) -> list[int]:
    query = (
        select(segment_part.c.segment_id)
        .where(segment_part.c.workspace_id == workspace_id)
        .order_by(segment_part.c.segment_id)
    )
    with read_only(lake.engine).connect() as connection:
        return list(connection.scalars(query))


def _table(lake: Lake, id_: int) -> pa.Table | None:
    with read_only(lake.engine).connect() as connection:
        path = connection.scalar(select(segment.c.path).where(segment.c.id == id_))
    return None if path is None else table_of(lake, path).select(SCHEMA.names).cast(SCHEMA)


def _messages(lake: Lake, person: Person) -> frozenset[str]:
    """The ids of the messages sent to them: an open may name only its message."""
    found: set[str] = set()
    with read_only(lake.engine).connect() as connection:
        paths = connection.scalars(
            select(segment.c.path)
            .join(segment_part, segment_part.c.segment_id == segment.c.id)
            .where(segment_part.c.workspace_id == person.workspace_id)
        ).all()
    theirs = pa.array([*person.keys, *person.pseudonyms.values()], pa.string())
    for path in paths:
        table = pq.read_table(lake.path(path), columns=["workspace_id", "lead", "message_id"])
        mine = pc.and_(
            pc.equal(table["workspace_id"], person.workspace_id), pc.is_in(table["lead"], value_set=theirs)
        )
        found |= set(table.filter(mine)["message_id"].drop_null().to_pylist())
    return frozenset(found)


def _clean_segment(lake: Lake, id_: int, people: Sequence[Person], messages: Sequence[frozenset[str]]) -> int:
    """Rewrite a segment without these people; returns how many of its events changed."""
    for _ in range(_TRIES):
        paths, parts = compaction.existing_files(lake, [id_])
        if not paths:
            return 0  # compacted into another segment, which is checked as well
        table = compaction.read_file(lake, paths[id_])
        found = None
        for person, ids in zip(people, messages, strict=True):
            here = person.among(table, ids)
            found = here if found is None else pc.or_(found, here)
        rows = table.filter(found).to_pylist()
        if not rows:
            return 0
        for person, ids in zip(people, messages, strict=True):
            rows = [person.clean_event(row, ids) for row in rows]
        cleaned = pa.Table.from_pylist(rows, schema=SCHEMA)
        if cleaned.equals(table.filter(found)):
            return 0
        whole = pa.concat_tables([table.filter(pc.invert(found)), cleaned]).sort_by(ORDER)
        if compaction.rewrite(lake, paths, whole, parts):
            return len(rows)
    raise DataError(f"Segment {id_} was written anew by others each time; this is tried again.")


def _rebuild(lake: Lake, workspace_id: int) -> None:
    done = build.refresh(lake, [workspace_id], full=True, tries=_TRIES)
    if workspace_id in done.failed:
        raise DataError("The figures cannot be built anew, because a check fails; see /data.")


def _forget_versions(lake: Lake, workspace_id: int) -> None:
    """Make earlier versions of the workspace's marts unavailable as fallbacks."""
    with lake.engine.begin() as connection:
        gone = publishing.forget_earlier(connection, workspace_id)
    lake.store.delete(gone)


def _mart_files(lake: Lake) -> list[Any]:
    query = select(layer_file.c.layer_id, layer_file.c.mart, layer_file.c.path).order_by(
        layer_file.c.layer_id
    )
    with read_only(lake.engine).connect() as connection:
        return list(connection.execute(query))


def _marts_with(
    lake: Lake, people: Sequence[Person], *, current: bool = False
) -> Iterator[tuple[str, tuple[int, str]]]:
    """(path, (layer, mart)) of the files that hold a row of these people; `current`: of their own layers only."""
    workspace_id = people[0].workspace_id
    own: set[int] = set()
    if current:
        with read_only(lake.engine).connect() as connection:
            own = set(
                connection.scalars(
                    select(workspace_layer.c.layer_id).where(workspace_layer.c.workspace_id == workspace_id)
                )
            )
    for row in _mart_files(lake):
        if (not current or row.layer_id in own) and _holds(lake, row.path, people):
            yield row.path, (row.layer_id, row.mart)


def _holds(lake: Lake, path: str, people: Sequence[Person]) -> bool:
    workspace_id = people[0].workspace_id
    with pq.ParquetFile(lake.path(path)) as file:
        texts = [field.name for field in file.schema_arrow if pa.types.is_string(field.type)]
        if not texts:
            return False
        for number in range(file.num_row_groups):
            group = file.read_row_group(number, columns=["workspace_id", *texts])
            mine = group.filter(pc.equal(group["workspace_id"], workspace_id))
            for name in texts if mine.num_rows else ():
                for person in people:
                    found = pc.is_in(mine[name], value_set=pa.array([*person.keys], pa.string()))
                    if name not in ("lead", "was_lead"):  # as in Person.among
                        found = pc.or_(person.marker(name).among(mine[name]), found)
                    if pc.any(found).as_py():
                        return True
    return False


def _cut(lake: Lake, people: Sequence[Person]) -> int:
    """Rewrite shared files that still hold rows of the workspace although it no longer uses them; returns how
    many.
    """
    done = 0
    for path, (layer_id, mart) in list(_marts_with(lake, people)):
        with closing(cursor(lake.root, threads=1)) as connection:
            file = layer_files.without(lake, connection, mart, path, people[0].workspace_id)
        mine = (layer_file.c.layer_id == layer_id, layer_file.c.mart == mart, layer_file.c.path == path)
        with lake.engine.begin() as database:
            if file is None:
                changed = database.execute(delete(layer_file).where(*mine)).rowcount
            else:
                values = {"path": file.path, "rows": file.rows, "bytes": file.bytes, "sha256": file.sha256}
                changed = database.execute(update(layer_file).where(*mine).values(**values)).rowcount
            if changed:
                database.execute(insert(retired_file), {"path": path, "retired_at": datetime.now(UTC)})
        if not changed and file is not None:
            lake.store.delete([file.path])
        done += changed
    return done
