"""The fast loop for incoming events: four times a second, in every worker, outside of the ledger.

The drain and the refresh each end in a compare-and-set, so any number of workers may run them. But three workers
doing the same work use three times the CPU, at the expense of freshness. Therefore the leader drains, each worker
refreshes its share of the workspaces, and anybody takes over what has not moved for HELP_S. A workspace whose
refresh fails gets a run of its own in the ledger, so that it does not delay the others.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, Engine, exists, func, insert, select, update

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import DEAD, DONE, EVERYBODY, QUEUED, RUNNING, WORKER, JobRun
from data.building import failures
from data.intake import pending_events
from data.lake import segments
from data.lake.lake import Lake
from data.lake.reply_overrides import reply_override
from data.lake.tables import inbox, segment_part
from jobs.runtime.faults import MACHINE, MEMORY
from jobs.runtime.timing import IdleDetector

log = logging.getLogger("vitrine.worker")

#: The job that handles a workspace whose refresh failed (jobs/catalog/refresh_marts.py).
REFRESH = "refresh-marts"
#: The name under which the ledger records the rounds of a minute.
FOLD = "fold"
#: Work that another worker should have done becomes ours after this long.
HELP_S = 1.5
#: After a round a worker rests this many times as long as the round took, up to LONGEST_REST_S: a busy machine
#: gets fewer, larger rounds. Viewers need not wait for them (data/building/refresh_on_view.py).
REST, LONGEST_REST_S = 2.0, 5.0
#: Events drained in one round: about half a gigabyte of memory at peak.
ROUND_EVENTS = 100_000
#: How often to retry a workspace with a dead letter: a file restored from a backup fixes it.
HEAL_EVERY = timedelta(minutes=5)


class RefreshLoop:
    """The rounds of one worker."""

    def __init__(self, lake: Lake, name: str, leads: Callable[[], bool], mine: Callable[[int], bool]) -> None:
        self._lake, self._leads, self._mine = lake, leads, mine
        self._idle = IdleDetector(HELP_S)
        self._minutes = _MinuteLog(lake.engine, name)
        self._tried_at: dict[int, datetime] = {}
        self._healing: set[int] = set()
        #: Left to viewers in the previous round: this happens once only, because events may arrive without end.
        self._left: frozenset[int] = frozenset()
        self._took = 0.0

    def round(self) -> int:
        """Release pending events, drain the inbox, refresh the marts. Returns the number of events processed."""
        began = time.monotonic()
        pending_events.release(self._lake.engine, now())
        moved, taken = self._drain(), 0
        ids = self._to_refresh()
        if ids:
            done = refresh_apart(self._lake, ids, leaves=frozenset(ids) - self._left)
            taken, self._left = done.events, done.overtaken
            set_apart(self._lake.engine, done.faults)
            for workspace_id in self._healing.intersection(ids) - set(done.faults):
                healed(self._lake.engine, workspace_id)
                self._healing.discard(workspace_id)
        self._took = time.monotonic() - began
        if moved or taken:
            self._minutes.note(taken, self._took)
        return moved + taken

    def close(self) -> None:
        """Write down what is not written yet."""
        self._minutes.write()

    @property
    def _patience(self) -> float:
        """Others may be as busy as we are and rest as long: a busy worker is not a dead one."""
        return max(0.0, self._took * (1 + REST) - HELP_S)

    def _drain(self) -> int:
        with reading(self._lake.engine).connect() as connection:
            oldest = connection.execute(select(func.min(inbox.c.seq))).scalar_one()
        if oldest is None:
            return 0
        late = self._idle.still("inbox", oldest, self._patience)
        if not (self._leads() or late):
            return 0
        return segments.drain(self._lake, limit_events=ROUND_EVENTS)

    def _to_refresh(self) -> list[int]:
        with reading(self._lake.engine).connect() as connection:
            waiting = connection.execute(
                select(segment_part.c.workspace_id, func.min(segment_part.c.segment_id))
                .where(segment_part.c.merged_version.is_(None))
                .group_by(segment_part.c.workspace_id)
            ).all()
            corrected = connection.execute(
                select(reply_override.c.workspace_id, -func.min(reply_override.c.id))
                .where(reply_override.c.merged_version.is_(None))
                .group_by(reply_override.c.workspace_id)
            ).all()
            having = {row[0] for row in waiting}
            waiting = [*waiting, *(row for row in corrected if row[0] not in having)]
            apart = _apart(connection) if waiting else {}
            held = failures.held_back(connection) if waiting else set()
        self._idle.keep({"inbox", *(row[0] for row in waiting)})
        ids = []
        for workspace_id, first in waiting:
            if workspace_id in held:
                continue
            late = self._idle.still(workspace_id, first, self._patience)
            if workspace_id in apart:
                if self._may_heal(workspace_id, apart[workspace_id]):
                    ids.append(workspace_id)
            elif late or self._mine(workspace_id):
                ids.append(workspace_id)
        return sorted(ids)

    def _may_heal(self, workspace_id: int, dead_since: datetime | None) -> bool:
        """Workspaces whose run is a dead letter are retried now and then; those with attempts left belong to the
        job.
        """
        if dead_since is None or not self._mine(workspace_id):
            return False
        at = now()
        if at - max(dead_since, self._tried_at.get(workspace_id, dead_since)) < HEAL_EVERY:
            return False
        self._tried_at[workspace_id] = at
        self._healing.add(workspace_id)
        return True


def behind(engine: Engine) -> bool:
    """Whether anything received is not in the marts yet; background work then waits."""
    waits = select(exists().select_from(inbox), exists().where(segment_part.c.merged_version.is_(None)))
    with reading(engine).connect() as connection:
        return any(connection.execute(waits).one())


@dataclass(frozen=True)
class SplitRefresh:
    """The outcome of refreshing several workspaces: events taken in, the error of each that failed, and those
    that somebody else published or waits for.
    """

    events: int
    faults: dict[int, Exception]
    overtaken: frozenset[int] = frozenset()


def refresh_apart(lake: Lake, ids: Sequence[int], *, leaves: Collection[int] = ()) -> SplitRefresh:
    """Refresh these workspaces; on failure, find the culprits by bisection. `leaves`: as in `build.refresh`.

    Machine faults (jobs/runtime/faults.py) are raised; lack of memory is one only when not even a single
    workspace fits.
    """
    done = _by_halves(lake, list(ids), leaves)
    short = [error for error in done.faults.values() if isinstance(error, MEMORY)]
    if short and len(short) == len(ids):
        raise short[0]
    return done


def _by_halves(lake: Lake, ids: list[int], leaves: Collection[int]) -> SplitRefresh:
    from data.building import build  # DuckDB loads only where work is done

    try:
        done = build.refresh(lake, ids, leaves=leaves)
    except MACHINE:
        raise
    except Exception as error:
        if len(ids) == 1:
            return SplitRefresh(0, {ids[0]: error})
    else:
        return SplitRefresh(done.events, {}, done.overtaken)
    middle = len(ids) // 2
    one, other = _by_halves(lake, ids[:middle], leaves), _by_halves(lake, ids[middle:], leaves)
    return SplitRefresh(one.events + other.events, one.faults | other.faults, one.overtaken | other.overtaken)


def set_apart(engine: Engine, faults: dict[int, Exception]) -> None:
    """Queue a run in the ledger for each workspace whose refresh failed, unless it has an unfinished one."""
    for workspace_id, error in faults.items():
        why = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        with engine.begin() as connection:
            if workspace_id in _apart(connection):
                continue
            slot = f"fault {now():%Y-%m-%dT%H:%M:%S.%fZ}"
            values = {"job": REFRESH, "tenant": workspace_id, "slot": slot, "origin": WORKER, "detail": why}
            connection.execute(insert(JobRun).values(state=QUEUED, **values))
        log.error("Workspace %d keeps the figures it has; the others go on. %s", workspace_id, why)


def healed(engine: Engine, workspace_id: int) -> None:
    """The workspace was refreshed again: remove its dead letters."""
    with engine.begin() as connection:
        connection.execute(
            update(JobRun)
            .where(
                JobRun.job == REFRESH,
                JobRun.tenant == workspace_id,
                JobRun.origin == WORKER,
                JobRun.state == DEAD,
            )
            .values(state=DONE, finished_at=now(), detail="healed: a later refresh went well")
        )


def _apart(connection: Connection) -> dict[int, datetime | None]:
    """Workspaces with a run of their own: since when it is a dead letter, or None while it has attempts left."""
    rows = connection.execute(
        select(JobRun.tenant, JobRun.state, JobRun.finished_at).where(
            JobRun.job == REFRESH, JobRun.origin == WORKER, JobRun.state.in_([QUEUED, RUNNING, DEAD])
        )
    )
    return {tenant: finished_at if state == DEAD else None for tenant, state, finished_at in rows}


class _MinuteLog:
    """Records the rounds of each minute as one row of the ledger; single rounds are too many."""

    def __init__(self, engine: Engine, name: str) -> None:
        self._engine, self._name = engine, name
        self._events, self._busy_s, self._began = 0, 0.0, now()

    def note(self, events: int, busy_s: float) -> None:
        """Add a round; written once a minute."""
        if not self._busy_s:
            self._began = now() - timedelta(seconds=busy_s)
        self._events += events
        self._busy_s += busy_s
        if now() - self._began >= timedelta(minutes=1):
            self.write()

    def write(self) -> None:
        """Write one row, if there is anything to report."""
        if not self._busy_s:
            return
        at = now()
        values = {
            "job": FOLD,
            "tenant": EVERYBODY,
            "slot": f"{self._began:%Y-%m-%dT%H:%M:%S}Z {self._name[-38:]}",
            "origin": WORKER,
            "state": DONE,
            "tries": 1,
            "holder": self._name,
            "queued_at": self._began,
            "due_at": self._began,
            "started_at": self._began,
            "heartbeat_at": at,
            "finished_at": at,
            "busy_ms": int(self._busy_s * 1_000),
            "amount": self._events,
            "detail": "what came in, drained and taken into the marts",
        }
        with self._engine.begin() as connection:
            connection.execute(insert(JobRun).values(**values))
        self._events, self._busy_s = 0, 0.0
