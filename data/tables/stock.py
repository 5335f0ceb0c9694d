"""What the lake holds of some workspaces: rows, bytes, files and layers of each mart, and what still waits.

Files are shared between workspaces, also those of strangers. So what a file's own row of the manifest says is
never told: rows are counted by workspace, and bytes are the share of the file that these rows are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from sqlalchemy import Connection, func, select

from data.errors import LakeUnavailable
from data.lake.lake import Lake
from data.lake.manifest import read_only, utc
from data.lake.store import Store
from data.lake.tables import inbox, layer_file, mart_version, parked, segment, segment_part, workspace_layer
from data.scope import Scope
from data.tables.lineage import MARTS

#: Above this many files their rows are not counted for one look at a page.
MOST_FILES = 2_000
#: Nor when so much would have to come from object storage first.
MOST_BROUGHT = 64 * 2**20
#: However small a file is, bringing it takes as long as this many bytes.
REQUEST = 2**18


@dataclass
class MartStock:
    """A mart over some workspaces. `rows` None: too many files to count. `damaged`: files that cannot be read.

    `layers`: the most that one workspace has; `as_of`: the newest version it is part of.
    """

    mart: str
    rows: int | None = 0
    bytes: int = 0
    files: int = 0
    damaged: int = 0
    as_of: datetime | None = None
    per_workspace: Counter[int] = field(default_factory=Counter, repr=False)

    @property
    def layers(self) -> int:
        """The most layers of it that one workspace has."""
        return max(self.per_workspace.values(), default=0)


@dataclass
class WorkspaceStock:
    """One workspace. `layers`: of its current version. `inbox_*`, `segments_*`: acknowledged, not in its marts."""

    version: int = 0
    events: int = 0
    layers: int = 0
    as_of: datetime | None = None
    inbox_events: int = 0
    inbox_since: datetime | None = None
    segments_waiting: int = 0
    segment_events: int = 0
    segments_since: datetime | None = None
    parked: int = 0

    @property
    def waiting_since(self) -> datetime | None:
        """Since when the oldest event waits."""
        return min((at for at in (self.inbox_since, self.segments_since) if at is not None), default=None)


@dataclass
class Stock:
    """Everything of a scope: `marts` in the catalog's order, `workspaces` by id, events kept in segments."""

    marts: list[MartStock]
    workspaces: dict[int, WorkspaceStock]
    segments: int = 0
    segment_events: int = 0
    uncounted: bool = field(default=False)


def stock(lake: Lake, scope: Scope) -> Stock:
    """What the lake holds of the workspaces of `scope`, and of no other."""
    ids = sorted(scope.workspace_ids)
    with read_only(lake.engine).connect() as connection:
        standings = _standings(connection, ids)
        files = _files(connection, ids)
        kept = connection.execute(
            select(func.count(segment_part.c.segment_id.distinct()), func.sum(segment_part.c.events)).where(
                segment_part.c.workspace_id.in_(ids)
            )
        ).one()
    layers: dict[int, set[int]] = defaultdict(set)
    for row, whose in files:
        for workspace_id in whose:
            layers[workspace_id].add(row["layer_id"])
    for workspace_id, found in layers.items():
        standings[workspace_id].layers = len(found)
    uncounted = len(files) > MOST_FILES or not _brought(lake, files)
    marts = {mart.name: MartStock(mart.name, None if uncounted else 0) for mart in MARTS}
    for row, whose in files:
        if row["mart"] in marts:
            _add(lake.store, marts[row["mart"]], row, whose, standings, count=not uncounted)
    return Stock(list(marts.values()), standings, int(kept[0] or 0), int(kept[1] or 0), uncounted)


def _brought(lake: Lake, files: Iterable[tuple[Mapping[str, Any], frozenset[int]]]) -> bool:
    """Whether the files are on this machine now; not when that takes long, or they are out of reach."""
    wanted = [(row["path"], max(row["bytes"], REQUEST)) for row, _ in files if not row["quarantined"]]
    if lake.store.missing_bytes(wanted) > MOST_BROUGHT:
        return False
    try:
        lake.store.bring(path for path, _ in wanted)
    except FileNotFoundError:
        return True  # the others are here; it is told as damaged when it is read
    except LakeUnavailable:
        return False
    return True


def _add(
    store: Store,
    into: MartStock,
    row: Mapping[str, Any],
    whose: frozenset[int],
    standings: Mapping[int, WorkspaceStock],
    *,
    count: bool,
) -> None:
    stamps = [at for one in whose if (at := standings[one].as_of) is not None]
    into.as_of = max([*stamps, *([into.as_of] if into.as_of else [])], default=None)
    try:
        rows = rows_of(store, row["path"], whose) if count and not row["quarantined"] else None
    except (OSError, pa.ArrowException):
        rows = None
        into.damaged += 1
    if row["quarantined"]:
        into.damaged += 1
    if rows == 0 and row["rows"]:
        return  # a file of the same layer that has only others' rows
    into.files += 1
    into.per_workspace.update(whose)
    if rows is not None and into.rows is not None:
        into.rows += rows
        into.bytes += row["bytes"] if rows == row["rows"] else round(row["bytes"] * rows / row["rows"])


@lru_cache(maxsize=8_192)
def rows_of(store: Store, path: str, whose: frozenset[int]) -> int:
    """Rows of these workspaces in one file; files never change, so it is counted once.

    Files are sorted by workspace, so of most groups of rows the first and the last one tell whose all of them are.
    """
    rows = 0
    with pq.ParquetFile(store.path(path)) as file:
        place = file.schema_arrow.get_field_index("workspace_id")
        for number in range(file.num_row_groups):
            group = file.metadata.row_group(number)
            told = group.column(place).statistics
            if told is not None and told.has_min_max:
                if told.max - told.min < len(whose) and whose.issuperset(range(told.min, told.max + 1)):
                    rows += group.num_rows
                    continue
                if not any(told.min <= one <= told.max for one in whose):
                    continue
            ids = file.read_row_group(number, columns=["workspace_id"]).column(0)
            rows += pc.sum(pc.is_in(ids, value_set=pa.array(sorted(whose), ids.type))).as_py() or 0
    return rows


def _files(connection: Connection, ids: list[int]) -> list[tuple[Mapping[str, Any], frozenset[int]]]:
    """The files of the current versions, each with those of `ids` that it is current for."""
    whose: dict[int, set[int]] = defaultdict(set)
    for layer_id, workspace_id in connection.execute(
        select(workspace_layer.c.layer_id, workspace_layer.c.workspace_id).where(
            workspace_layer.c.workspace_id.in_(ids), workspace_layer.c.until.is_(None)
        )
    ):
        whose[layer_id].add(workspace_id)
    mine = select(workspace_layer.c.layer_id).where(
        workspace_layer.c.workspace_id.in_(ids), workspace_layer.c.until.is_(None)
    )
    rows = connection.execute(
        select(layer_file).where(layer_file.c.layer_id.in_(mine)).order_by(layer_file.c.layer_id)
    ).mappings()
    return [(dict(row), frozenset(whose[row["layer_id"]])) for row in rows]


def _standings(connection: Connection, ids: Iterable[int]) -> dict[int, WorkspaceStock]:
    ids = list(ids)
    found = {workspace_id: WorkspaceStock() for workspace_id in ids}
    for row in connection.execute(
        select(
            mart_version.c.workspace_id,
            mart_version.c.version,
            mart_version.c.events,
            mart_version.c.published_at,
        ).where(mart_version.c.workspace_id.in_(ids))
    ):
        one = found[row.workspace_id]
        one.version, one.events, one.as_of = row.version, row.events, utc(row.published_at)
    for workspace_id, events, since in connection.execute(
        select(inbox.c.workspace_id, func.sum(inbox.c.events), func.min(inbox.c.received_at))
        .where(inbox.c.workspace_id.in_(ids))
        .group_by(inbox.c.workspace_id)
    ):
        found[workspace_id].inbox_events, found[workspace_id].inbox_since = int(events), utc(since)
    for workspace_id, segments, events, since in connection.execute(
        select(
            segment_part.c.workspace_id,
            func.count(),
            func.sum(segment_part.c.events),
            func.min(segment.c.created_at),
        )
        .join(segment, segment.c.id == segment_part.c.segment_id)
        .where(segment_part.c.workspace_id.in_(ids), segment_part.c.merged_version.is_(None))
        .group_by(segment_part.c.workspace_id)
    ):
        one = found[workspace_id]
        one.segments_waiting, one.segment_events, one.segments_since = segments, int(events), utc(since)
    for workspace_id, count in connection.execute(
        select(parked.c.workspace_id, func.count())
        .where(parked.c.workspace_id.in_(ids))
        .group_by(parked.c.workspace_id)
    ):
        found[workspace_id].parked = count
    return found
