"""`vitrine worker`: moves what came in into segments and folds it into the marts, until it is told to stop.

Nothing a worker does is done twice by being killed or by a second worker beside it: the drain and the
refresh each end in one transaction that only one of them can win.
"""

from __future__ import annotations

import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.engine import make_engine
from dashapp.db.security import WorkerBeat
from data import segments
from data.lake import Lake, open_lake

log = logging.getLogger("vitrine.worker")

#: Seconds between looks at the inbox. Half of the two seconds an event may take to be seen is the refresh's.
PAUSE_S = 0.25
BEAT_S = 5.0
#: Events drained in one round: about half a gigabyte of memory at the peak.
ROUND_EVENTS = 100_000
#: After a failure the wait doubles up to this: a full disk is looked at twice a minute, not all the time.
LONGEST_WAIT_S = 30.0
#: A segment file stands before its row is committed; an hour is longer than any commit takes.
ORPHAN_GRACE_S = 3_600.0

Work = Callable[[Lake], int]


def run(settings: Settings | Lake, stop: threading.Event) -> None:
    """Work until `stop` is set; what is under way is finished first.

    A failure is logged as one sentence and tried again after a growing pause; it never ends the worker.
    """
    lake = settings if isinstance(settings, Lake) else _lake_of(settings)
    clock = _clock(lake)
    clock.start()
    beats = threading.Thread(target=_keep_beating, args=(lake, stop), name="beat", daemon=True)
    beats.start()
    try:
        _loop(lake, stop, work)
    finally:
        clock.shutdown(wait=True)
        stop.set()
        beats.join(timeout=BEAT_S)


def work(lake: Lake) -> int:
    """One round: drain the inbox, refresh the marts. Gives the number of events taken further."""
    from data import build  # DuckDB loads only where work is done

    moved = segments.drain(lake, limit_events=ROUND_EVENTS)
    return moved + build.refresh(lake).events


@contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at SIGTERM and SIGINT while the block runs (main thread only)."""
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGTERM, signal.SIGINT)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def worker_name() -> str:
    """This worker's name in `worker_beat`: host and process."""
    return f"{socket.gethostname()[:60]}:{os.getpid()}"


def beat(lake: Lake) -> None:
    """Note that this worker lives; `/readyz` and `doctor` read it."""
    with Session(lake.engine) as session, session.begin():
        session.merge(WorkerBeat(name=worker_name(), at=now()))


def _loop(lake: Lake, stop: threading.Event, round_of_work: Work) -> None:
    failures = 0
    while not stop.is_set():
        began = time.monotonic()
        try:
            moved = round_of_work(lake)
            failures = 0
        except Exception as error:
            failures += 1
            moved = 0
            wait = min(PAUSE_S * 2**failures, LONGEST_WAIT_S)
            log.error("The worker could not go on and tries again in %.1f s: %s", wait, sentence(error))
            log.debug("The failure in full:", exc_info=error)
            stop.wait(wait)
            continue
        if moved:
            log.info("Took %d events further in %.2f s.", moved, time.monotonic() - began)
        # Never back to back: the pause lets small deliveries gather, and the web processes have the lock.
        stop.wait(max(PAUSE_S - (time.monotonic() - began), 0.01))


def sentence(error: Exception) -> str:
    """The error in one line, for the person who reads the log."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


def _lake_of(settings: Settings) -> Lake:
    return open_lake(make_engine(settings.database_url), settings.lake_root)


def _clock(lake: Lake) -> BackgroundScheduler:
    """What is due by the hour. The clock of every worker ticks: each job is safe to run beside itself."""
    clock = BackgroundScheduler(
        timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None}
    )
    clock.add_job(_collect, "interval", hours=1, args=[lake], id="orphans")
    return clock


def _collect(lake: Lake) -> None:
    try:
        removed = segments.collect_orphans(lake, ORPHAN_GRACE_S)
    except (OSError, SQLAlchemyError) as error:
        log.error("Unlisted files could not be removed: %s", sentence(error))
        return
    if removed:
        log.info("Removed %d files that no row names.", removed)


def _keep_beating(lake: Lake, stop: threading.Event) -> None:
    """A thread of its own, so that a long rebuild does not look like a dead worker."""
    while True:
        try:
            beat(lake)
        except SQLAlchemyError as error:
            log.warning("The worker's sign of life could not be written: %s", sentence(error))
        if stop.wait(BEAT_S):
            return
