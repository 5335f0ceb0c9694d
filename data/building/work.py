"""What has to be built, and in which pieces."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from data.building import failures
from data.building.engine import Builder, Work
from data.lake import backlog, manifest, reply_overrides
from data.lake.backlog import Pending
from data.lake.lake import Lake
from data.lake.reply_overrides import NOTHING_WAITS
from data.marts.layer_files import FORMAT

#: A chunk is what one pass of the SQL holds in memory.
CHUNK_EVENTS = 500_000
CHUNK_WORKSPACES = 400


def to_build(lake: Lake, ids: list[int] | None, *, full: bool) -> tuple[list[Work], set[int]]:
    """What has to be built, and the workspaces with new events that a failed check holds back for now."""
    with manifest.read_only(lake.engine).begin() as connection:
        todo = backlog.pending(connection, ids, full=full)
        corrections = reply_overrides.waiting(connection, ids)
        news = set(backlog.pending(connection, ids, full=False)) if full else set(todo)
        # A refresh may have failed because of the stored rows: it is retried from the segments.
        again = failures.retry_times(connection, ids)
        now = datetime.now(UTC)
        held = set() if full else {i for i, at in again.items() if at > now}
        anew = set(todo) if full else (backlog.to_rebuild(connection, ids, FORMAT) | set(again)) - held
        if not full:
            anew |= {i for i, one in corrections.items() if not one.placed} - held
        if not full and anew:
            todo |= backlog.pending(connection, sorted(anew), full=True)
        for i in held:
            todo.pop(i, None)
        alone = corrections.keys() - todo.keys() - held - anew
        states = manifest.current(connection, sorted(todo.keys() | alone))
    # Without a segment there is nothing yet that a correction could be of.
    todo |= {i: Pending() for i in alone if i in states and states[i].version}
    work = [
        Work(
            states[i],
            todo[i],
            i in anew or states[i].version == 0,
            i in news,
            corrections.get(i, NOTHING_WAITS),
        )
        for i in sorted(todo)
        if i in states
    ]
    return work, held & news


def chunks(work: Sequence[Work], builder: Builder | None = None) -> Iterator[list[Work]]:
    """Work in pieces of one kind (full or not), limited to what one pass holds."""
    for kind in (False, True):
        most_events, most_workspaces = CHUNK_EVENTS, CHUNK_WORKSPACES
        if kind and builder is not None:
            most_events, most_workspaces = builder.chunk_events, builder.chunk_workspaces
        chunk: list[Work] = []
        size = 0
        for item in (w for w in work if w.full is kind):
            if chunk and (size + item.taken.events > most_events or len(chunk) >= most_workspaces):
                yield chunk
                chunk, size = [], 0
            chunk.append(item)
            size += item.taken.events
        if chunk:
            yield chunk
