"""Marts from events. Incremental and full builds run the same SQL over different inputs.

A refresh reads the segments a workspace has not processed yet, finds the stored rows of the leads they touch, and
writes one layer: the changed rows and the differences in the cubes (data/marts/derive.py). Its cost depends on
the new events, not on the history. A full build derives everything from all segments and replaces all layers by
one. A layer's files hold all workspaces of the chunk; the manifest switches each workspace over.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from data.building import corrections, earlier_events, failures, merging, restated
from data.building.engine import DERIVED, Builder, Stamps, Tell, Work, nobody, shared, stamps_of, stamps_sql
from data.building.inputs import load_events, wanted
from data.building.publication import publication, with_more
from data.building.work import chunks, to_build
from data.engines.duckdb import MEMORY_MB, DuckDBPyConnection, EngineError, OutOfMemory, cursor
from data.errors import DamagedFile, EngineFailed
from data.lake import backlog, manifest, publishing, reply_overrides
from data.lake.lake import Lake, readable
from data.lake.manifest import MartFile
from data.marts import checks as checking
from data.marts import layer_files
from data.marts.counting import rules_of
from data.marts.derive import STATES, derive, make_fresh, take_all, take_known
from data.marts.layer_files import FORMAT
from data.marts.layers import attach, uses_of

logger = logging.getLogger(__name__)

#: Up to this many events, over workspaces of this many messages, the cost of a refresh is its statements, not its
#: rows.
FEW_EVENTS, FEW_MESSAGES = 20_000, 200_000
#: What a full build holds in memory before it spills: as fast as with seven times as much, except for the
#: biggest.
BUILD_MB = 600
#: A refresh that leaves a workspace with more layers than this merges some, because readers open each of them.
MOST_LAYERS = 12


@dataclass(frozen=True)
class Refreshed:
    """What a refresh did: events processed, files written, seconds, workspaces given a new version.

    `failed`: workspaces with new events that keep their version because a check failed. `overtaken`: those that
    another process published meanwhile, possibly with less.
    """

    events: int
    files_written: int
    seconds: float
    workspaces: int
    failed: frozenset[int] = frozenset()
    overtaken: frozenset[int] = frozenset()


def refresh(
    lake: Lake,
    workspace_ids: Iterable[int] | None = None,
    full: bool = False,
    builder: Builder | None = None,
    tell: Tell = nobody,
    merge_above: int = MOST_LAYERS,
    leaves: Collection[int] = (),
    tries: int = 1,
) -> Refreshed:
    """Bring the marts up to date with the segments.

    `workspace_ids` None: all that have something to process. `full`: rebuild from all segments. `builder`:
    derives full builds instead of DuckDB. `tell`: receives the progress. `merge_above`: workspaces with more
    layers than this are merged afterwards. `leaves`: workspaces to skip when more arrived for them meanwhile,
    because a viewer has drained it and will refresh; they count as overtaken. `tries`: how often to build a
    workspace that another process keeps publishing.

    A workspace whose rows fail a check keeps its version and, without `full`, is not retried for a while. Raises
    DamagedFile, after all others are done, when a segment cannot be read; its workspaces keep their version.
    """
    started = time.perf_counter()
    ids = None if workspace_ids is None else sorted(set(workspace_ids))
    events = files = done = 0
    lost: set[str] = set()
    overtaken: set[int] = set()
    work, held = to_build(lake, ids, full=full)
    failed = set(held)
    total, behind = max(1, sum(item.taken.events for item in work)), 0
    for chunk in chunks(work, builder):
        here = sum(item.taken.events for item in chunk)
        try:
            told = shared(tell, behind / total, here / total)
            results = [_build_in_bounds(lake, chunk, builder, told, leaves)]
        except (EngineError, EngineFailed, FileNotFoundError) as error:
            results = _build_one_by_one(lake, chunk, error, lost, builder)
        behind += here
        tell(behind / total)
        for built in results:
            events, files, done = events + built.events, files + built.files_written, done + built.workspaces
            failed |= built.failed
            overtaken |= built.overtaken
    if many := [one.was.workspace_id for one in work if not one.full and len(one.was.layers) >= merge_above]:
        merging.merge_layers(lake, many, above=merge_above)
    if lost:
        raise DamagedFile(
            f"{', '.join(sorted(lost))} cannot be read; its workspaces keep their figures. "
            "Restore it from a backup."
        )
    if overtaken and tries > 1:
        more = refresh(lake, overtaken, full, builder, tell, merge_above, leaves, tries - 1)
        events, files, done = events + more.events, files + more.files_written, done + more.workspaces
        failed, overtaken = failed | more.failed, set(more.overtaken)
    seconds = time.perf_counter() - started
    return Refreshed(events, files, seconds, done, frozenset(failed), frozenset(overtaken))


def _build_one_by_one(
    lake: Lake, chunk: list[Work], error: Exception, lost: set[str], builder: Builder | None
) -> list[Refreshed]:
    """A file of the chunk cannot be read: find out whose, rebuild that workspace from its segments, and the rest
    as usual.

    Unreadable segments are added to `lost`. Raises `error` again when every file is intact: then the fault is in
    our code.
    """
    broken = {path for work in chunk for path in _inputs(work) if not readable(lake, path)}
    versions = {item.was.workspace_id: item.was.version for item in chunk if not item.full}
    broken_old = earlier_events.broken(lake, versions, partial(readable, lake))
    # Checked after the files: a builder may remove what it has replaced, which is no damage.
    overtaken = _overtaken(lake, chunk)
    if not broken and not broken_old and not overtaken:
        raise error
    results = [Refreshed(0, 0, 0.0, 0, overtaken=frozenset(overtaken))]
    for item in chunk:
        if item.was.workspace_id in overtaken:
            continue
        if not broken & set(_inputs(item)):
            try:
                results.append(_build(lake, [item], builder))
            except (EngineError, FileNotFoundError):
                if moved := _overtaken(lake, [item]):
                    results.append(Refreshed(0, 0, 0.0, 0, overtaken=frozenset(moved)))
                elif item.was.workspace_id in broken_old:
                    lost |= broken_old[
                        item.was.workspace_id
                    ]  # few refreshes read old events: the others go on
                else:
                    raise
            continue
        for path in broken - set(item.taken.paths):
            logger.error("%s of workspace %d cannot be read.", path, item.was.workspace_id)
            manifest.quarantine(lake.engine, path)
        with manifest.read_only(lake.engine).begin() as connection:
            taken = backlog.pending(connection, [item.was.workspace_id], full=True)[item.was.workspace_id]
        gone = {path for path in taken.paths if not readable(lake, path)}
        if gone:
            lost |= gone
        else:
            results.append(_build(lake, [replace(item, taken=taken, full=True, news=True)], builder))
    return results


def _overtaken(lake: Lake, chunk: Sequence[Work]) -> set[int]:
    """The workspaces of the chunk that another builder has published meanwhile."""
    with manifest.read_only(lake.engine).begin() as connection:
        return manifest.overtaken(connection, {one.was.workspace_id: one.was.version for one in chunk})


def _inputs(item: Work) -> list[str]:
    stored = (
        []
        if item.full
        else [f.path for one in item.was.layers for f in one.files.values() if f.mart in STATES]
    )
    return item.taken.paths + stored


def _build_in_bounds(
    lake: Lake, chunk: list[Work], builder: Builder | None, tell: Tell, leaves: Collection[int]
) -> Refreshed:
    """A full build within BUILD_MB of memory, or MEMORY_MB where its statements need more."""
    if chunk[0].full and builder is None:
        try:
            return _build(lake, chunk, tell=tell, leaves=leaves, memory_mb=BUILD_MB)
        except OutOfMemory:
            logger.warning("A full build needs more than %d MB: once more within %d.", BUILD_MB, MEMORY_MB)
    return _build(lake, chunk, builder, tell, leaves)


def _build(
    lake: Lake,
    chunk: list[Work],
    builder: Builder | None = None,
    tell: Tell = nobody,
    leaves: Collection[int] = (),
    memory_mb: int = MEMORY_MB,
) -> Refreshed:
    """Build and publish a chunk as one layer."""
    started = time.perf_counter()
    full = chunk[0].full
    zones = [(w.was.workspace_id, w.was.timezone) for w in chunk]
    early: MartFile | None = None
    if builder is not None and _corrected(lake, chunk):
        builder = None  # only DuckDB applies a workspace's own counting rules
    threads = 1 if _is_small(chunk) else None
    connection = cursor(lake.root, threads=threads, memory_mb=memory_mb)
    try:
        if full and builder is not None:
            events = sum(w.taken.events for w in chunk)
            stamps = builder.derive(connection, lake, wanted(lake, chunk), zones, events, tell)
        else:
            stamps, early = _derive(connection, lake, chunk, zones, tell)
        tell(DERIVED)
        bad = checking.find(connection, "whole" if full else "refresh")
        good = [item for item in chunk if item.was.workspace_id not in bad]
        shelf = layer_files.LayerFiles([] if early is None else [early])
        if good:
            shelf = layer_files.write(lake, connection, refresh=not full, messages_file=early)
        corrected = restated.found(connection, lake, good, stamps)
    finally:
        connection.close()
    failed: set[int] = set()
    if bad:
        versions = {item.was.workspace_id: item.was.version for item in chunk}
        failed = failures.record(lake.engine, bad, "rebuild" if full else "refresh", versions)
    publications = [publication(item, shelf, stamps) for item in good]
    try:
        with lake.engine.begin() as database:
            left = with_more(database, publications, leaves)
            publications = [one for one in publications if one.was.workspace_id not in left]
            published, gone = publishing.publish(database, shelf.files, publications, format=FORMAT)
            restated.keep(database, [one for one in corrected if one.workspace_id in published])
            if full:  # a workspace with an open failure is always built in full
                failures.close(database, published)
    except publishing.SegmentsChanged:
        published, gone = set(), [file.path for file in shelf.files]
    lake.store.delete(gone)
    events = sum(stamps[i].events for i in published if i in stamps)
    files = len(shelf.files) if published else 0
    overtaken = frozenset(item.was.workspace_id for item in chunk) - published - failed
    seconds = time.perf_counter() - started
    return Refreshed(events, files, seconds, len(published), frozenset(failed), overtaken)


def _corrected(lake: Lake, chunk: Sequence[Work]) -> bool:
    """Whether a reply's category was corrected (data/lake/reply_overrides.py), or a workspace has counting rules
    of its own (data/marts/counting.py).
    """
    ids = [item.was.workspace_id for item in chunk]
    with manifest.read_only(lake.engine).connect() as connection:
        return bool(reply_overrides.latest(connection, ids) or rules_of(connection, ids))


def _is_small(chunk: Sequence[Work]) -> bool:
    """Whether one thread is as fast as several for this work."""
    few = sum(w.taken.events for w in chunk) <= FEW_EVENTS
    return few and not chunk[0].full and sum(one.rows for w in chunk for one in w.was.layers) <= FEW_MESSAGES


def _derive(
    connection: DuckDBPyConnection, lake: Lake, chunk: list[Work], zones: list[tuple[int, str]], tell: Tell
) -> tuple[dict[int, Stamps], MartFile | None]:
    """Derive the marts of a chunk with DuckDB, in this process; returns the stamps of the events and, for a full
    build, the file of messages.
    """
    load_events(connection, lake, chunk)
    stamps = stamps_of(connection.execute(stamps_sql()).fetchall())
    if not chunk[0].full:
        uses = uses_of((w.was.workspace_id, w.was.layers) for w in chunk)
        versions = {w.was.workspace_id: w.was.version for w in chunk}
        ids = [id_ for w in chunk for id_ in w.corrections.ids]
        read_old = earlier_events.reader(lake, versions, ids)
        corrected = corrections.take(connection, chunk, read_old)
        make_fresh(connection, corrected=corrected)
        take_known(connection, attach(connection, lake, uses, STATES), read_old, corrected=corrected)
        derive(connection, zones, read_old=read_old, corrected=corrected)
        return stamps, None
    tell(0.1)
    take_all(connection)
    files: list[MartFile | None] = []

    def keep(select: str) -> str:
        file, relation = layer_files.keep_messages(lake, connection, select)
        files.append(file)
        tell(0.5)
        return relation

    derive(connection, zones, keep=keep)
    return stamps, files[0]
