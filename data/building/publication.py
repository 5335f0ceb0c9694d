"""What a build publishes for a workspace, and whether more is waiting by then."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection

from data.building.engine import Stamps, Work
from data.lake import backlog, manifest
from data.lake.publishing import Publication
from data.marts import layer_files


def publication(item: Work, shelf: layer_files.LayerFiles, stamps: dict[int, Stamps]) -> Publication:
    was = item.was
    taken, stamped, received, _ = stamps.get(was.workspace_id, Stamps(0, None, None, 0))
    return Publication(
        was,
        item.taken,
        frozenset(one.id for one in was.layers) if item.full else frozenset(),
        shelf.rows.get(was.workspace_id, 0),
        was.workspace_id in shelf.sliced,
        taken if item.full else was.events + taken,
        latest(manifest.utc(stamped), None if item.full else was.last_event_at),
        latest(manifest.utc(received), None if item.full else was.last_received_at),
        item.corrections.ids,
    )


def with_more(database: Connection, publications: Sequence[Publication], among: Collection[int]) -> set[int]:
    """The workspaces of `among` for which more is waiting now than their publication contains."""
    taken = {one.was.workspace_id: set(one.taken.segment_ids) for one in publications}
    ids = sorted(taken.keys() & set(among))
    waits = backlog.pending(database, ids, full=False) if ids else {}
    return {i for i, pending in waits.items() if set(pending.segment_ids) - taken[i]}


def latest(one: datetime | None, other: datetime | None) -> datetime | None:
    return max((at for at in (one, other) if at is not None), default=None)
