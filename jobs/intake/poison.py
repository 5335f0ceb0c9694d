"""Finds events that break every refresh, by bisection in a lake of their own, and parks them.

A segment whose refresh fails usually contains one event that the marts' SQL cannot process. It is found by
building half of the waiting events at a time in a scratch lake. It is then stored in `parked` as it arrived and
removed from its segment; the rest goes on.
"""

from __future__ import annotations

import json
import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, select
from sqlalchemy.orm import Session

import dashapp.db.reports
import dashapp.db.security  # noqa: F401  (the scratch database has every table)
from dashapp.db.base import Base
from dashapp.db.engine import make_engine, reading
from dashapp.db.tenants import Workspace
from data.building import build
from data.intake.delivery import parked_key
from data.lake import compaction
from data.lake.lake import Lake, open_lake, table_of
from data.lake.segments import ORDER, SCHEMA, write_events
from data.lake.tables import parked, segment, segment_part
from data.upsert import insert_for
from jobs.runtime.faults import MACHINE, MEMORY

log = logging.getLogger("vitrine.worker")

#: More than this in one workspace means the fault is ours, not the events': nothing is parked.
MOST = 20
#: How often to search a segment that others keep rewriting; after that the run's next attempt takes over.
_TRIES = 3


class NotTheEvents(Exception):
    """The events can be built on their own: the fault lies in the marts they are merged into, or in our code."""


def park(lake: Lake, workspace_id: int) -> int:
    """Park the waiting events of a workspace that cannot be built; returns their number, 0 when all can be.

    Raises NotTheEvents when the fault lies elsewhere; nothing has changed then.
    """
    with reading(lake.engine).connect() as connection:
        zone = connection.execute(select(Workspace.timezone).where(Workspace.id == workspace_id)).scalar_one()
        waiting = connection.scalars(
            select(segment_part.c.segment_id)
            .where(segment_part.c.workspace_id == workspace_id, segment_part.c.merged_version.is_(None))
            .order_by(segment_part.c.segment_id)
        ).all()
    return sum(_park_of(lake, segment_id, workspace_id, zone) for segment_id in waiting)


def _park_of(lake: Lake, segment_id: int, workspace_id: int, zone: str) -> int:
    """Park the events of one segment.

    The search takes long, and searches of other workspaces may rewrite the segment meanwhile: the replacement is
    made from the segment as it is at that moment, or the search starts again.
    """
    for _ in range(_TRIES):
        paths, parts = compaction.existing_files(lake, [segment_id])
        waits = any(one.workspace_id == workspace_id and one.merged_version is None for one in parts)
        if not paths or not waits:
            return 0
        table = table_of(lake, paths[segment_id]).select(SCHEMA.names).cast(SCHEMA)
        whose = pc.equal(table.column("workspace_id"), workspace_id)
        own = table.filter(whose)
        bad = _poisonous(own, workspace_id, zone)
        if not bad:
            return 0
        rest = pa.concat_tables([table.filter(pc.invert(whose)), _without(own, bad)]).sort_by(ORDER)
        events = _plain(own.take(sorted(bad)))
        if compaction.rewrite(lake, paths, rest, parts, partial(_keep, bad=events)):
            log.error("Parked %d events of workspace %d that no mart can take in.", len(bad), workspace_id)
            return len(bad)
    return 0


def _poisonous(events: pa.Table, workspace_id: int, zone: str) -> set[int]:
    """Row numbers of the events that cannot be built, each on its own."""
    with _scratch(workspace_id, zone) as scratch:
        scratch.check(_GOOD)
        bad: set[int] = set()
        spans = [(0, events.num_rows)]
        while spans:
            start, end = spans.pop()
            if start == end or scratch.builds(events.slice(start, end - start)):
                continue
            if end - start == 1:
                bad.add(start)
                if len(bad) > MOST:
                    raise NotTheEvents(f"over {MOST} events cannot be built")
                continue
            middle = (start + end) // 2
            spans += [(start, middle), (middle, end)]
        if not bad:
            return bad
        kept = _without(events, bad)
        scratch.check(kept)
    return bad


def _without(events: pa.Table, bad: set[int]) -> pa.Table:
    """The other rows, if there are any."""
    return events.filter(pa.array([n not in bad for n in range(events.num_rows)], pa.bool_()))


class _Scratch:
    """A scratch lake and database of one workspace, deleted with its folder."""

    def __init__(self, lake: Lake, workspace_id: int) -> None:
        self._lake, self._workspace_id = lake, workspace_id

    def builds(self, events: pa.Table) -> bool:
        """Whether exactly these events can be turned into marts.

        Machine faults are raised: on a full disk even good events cannot be built.
        """
        with self._lake.engine.begin() as connection:
            for table in (segment_part, segment):
                connection.execute(table.delete())
        at = pa.array([self._workspace_id] * events.num_rows, pa.int32())
        write_events(self._lake, events.set_column(0, "workspace_id", at))
        try:
            build.refresh(self._lake, [self._workspace_id], full=True)
        except (*MACHINE, *MEMORY):
            raise
        except Exception as error:
            log.debug("Cannot be built: %s", error)
            return False
        return True

    def check(self, events: pa.Table) -> None:
        """Raise NotTheEvents when these cannot be built although each of them can."""
        if not self.builds(events):
            raise NotTheEvents("events that are good one by one cannot be built together")


@contextmanager
def _scratch(workspace_id: int, zone: str) -> Iterator[_Scratch]:
    with tempfile.TemporaryDirectory(prefix="vitrine-scratch-") as folder:
        engine = make_engine(f"sqlite:///{folder}/scratch.db")
        Base.metadata.create_all(engine)
        with Session(engine) as session, session.begin():
            session.add(Workspace(id=workspace_id, slug="scratch", name="Scratch", timezone=zone))
        try:
            yield _Scratch(open_lake(engine, Path(folder) / "lake"), workspace_id)
        finally:
            engine.dispose()


def _plain(events: pa.Table) -> list[dict[str, Any]]:
    """The events, with times as microseconds since 1970, because some lie outside of datetime's range."""
    for name in ("occurred_at", "received_at"):
        at = events.schema.get_field_index(name)
        events = events.set_column(at, name, events.column(name).cast(pa.int64()))
    rows: list[dict[str, Any]] = events.to_pylist()
    return rows


def _keep(connection: Connection, bad: list[dict[str, Any]]) -> None:
    """Store the events as they arrived in `parked`, in the transaction that removes them from their segment."""
    for event in bad:
        raw = event["raw"] or json.dumps(event, ensure_ascii=False)
        told = {
            "workspace_id": event["workspace_id"],
            "source_id": event["source_id"],
            "key": parked_key(event["event_id"]),
            "received_at": datetime.now(UTC),
            "where": f"event {event['event_id']}",
            "why": "the figures could not be built with it in five tries",
            "raw": raw,
        }
        connection.execute(insert_for(connection, parked).values(**told).on_conflict_do_nothing())


_GOOD = pa.Table.from_pylist(
    [
        {
            "workspace_id": 0,
            "event_id": "good",
            "event": "sent",
            "channel": "email",
            "message_id": "good",
            "lead": "good@leads.example",
            "occurred_at": datetime(2024, 9, 2, 12),  # noqa: DTZ001  segments hold UTC without a zone
            "received_at": datetime(2024, 9, 2, 12),  # noqa: DTZ001
            "sender_provider": "custom",
            "recipient_provider": "other",
            "machine": False,
            "track_opens": True,
            "track_clicks": True,
        }
    ],
    schema=SCHEMA,
)
