"""Every file that counts, read whole and held against its checksum."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Engine, Row, Select, select

from dashapp.db.engine import reading
from dashapp.db.tenants import Workspace
from dashapp.doctor.check import Check
from dashapp.ui import format
from data.lake.store import Named, Store
from data.lake.tables import layer_file, segment, workspace_layer


def _looked_through(engine: Engine, store: Store, query: Select[Any]) -> tuple[Sequence[Row[Any]], set[str]]:
    """(the rows of the files that count, the paths of those that are damaged or missing).

    A worker replaces and removes files while they are read: a file is at fault only if it still counts after it
    was found so.
    """
    rows = _rows(engine, query)
    bad = store.damaged({row.path: Named(row.path, row.bytes, row.sha256) for row in rows}.values())
    if bad:
        rows = _rows(engine, query)
    return rows, bad & {row.path for row in rows}


def _rows(engine: Engine, query: Select[Any]) -> Sequence[Row[Any]]:
    with reading(engine).connect() as connection:
        return connection.execute(query).all()


def marts(engine: Engine, store: Store) -> Check:
    """Every file of the version of each workspace that is served now."""
    rows, bad = _looked_through(
        engine,
        store,
        select(
            Workspace.slug,
            layer_file.c.path,
            layer_file.c.bytes,
            layer_file.c.sha256,
            layer_file.c.quarantined,
        )
        .join(workspace_layer, workspace_layer.c.workspace_id == Workspace.id)
        .join(layer_file, layer_file.c.layer_id == workspace_layer.c.layer_id)
        .where(workspace_layer.c.until.is_(None))
        .order_by(Workspace.slug, layer_file.c.path),
    )
    files = {row.path for row in rows}
    bad |= {row.path for row in rows if row.quarantined}
    damaged: dict[str, str] = {}
    for row in rows:
        if row.path in bad:
            damaged.setdefault(row.slug, row.path)
    if damaged:
        slug, path = next(iter(damaged.items()))
        more = f" and {len(damaged) - 1} more workspaces" if len(damaged) > 1 else ""
        found = f"{path} of workspace {slug}{more} is damaged or missing; the previous version is served"
        return Check("marts", False, found, f"Run `vitrine refresh --full --workspace {slug}`.")
    return Check("marts", True, f"{format.integer(len(files))} files are whole")


def segments(engine: Engine, store: Store) -> Check:
    """Every file of events."""
    rows, bad = _looked_through(
        engine, store, select(segment.c.path, segment.c.bytes, segment.c.sha256, segment.c.events)
    )
    damaged = [row for row in rows if row.path in bad]
    if damaged:
        events = sum(row.events for row in damaged)
        found = f"{len(damaged)} files with {format.integer(events)} events are damaged: {damaged[0].path}"
        todo = "Put the files back from a backup; the figures stand as they are until a full refresh."
        return Check("segments", False, found, todo)
    return Check("segments", True, f"{format.integer(len(rows))} files are whole")
