"""`vitrine worker`: refreshes marts with new events, executes runs of the ledger, and stands by to lead.

Any number of workers may run; when one is killed or paused, another takes over its work.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping

from dashapp.config import Settings
from data.lake.lake import Lake
from jobs.intake.alerts import Alerts
from jobs.intake.people import People
from jobs.intake.refresh import LONGEST_REST_S, REST, RefreshLoop
from jobs.registry import jobs as all_jobs
from jobs.runtime.crew import WorkerGroup, worker_name
from jobs.runtime.executor import Executor, sentence
from jobs.runtime.job import Job
from jobs.runtime.leader import Leader
from jobs.runtime.timing import Timing

log = logging.getLogger("vitrine.worker")

#: Seconds between checks of the inbox. Half of the two seconds an event may take to be visible is the refresh's.
PAUSE_S = 0.25
#: After a failure the delay doubles up to this: a full disk is checked twice a minute, not all the time.
LONGEST_WAIT_S = 30.0
#: Concurrent runs of the ledger: a compaction does not delay a "refresh now".
EXECUTORS = 2


class Worker:
    """One worker process. `run` blocks until `stop` is set; current work is finished first."""

    def __init__(
        self,
        lake: Lake,
        *,
        jobs: Mapping[str, Job] | None = None,
        timing: Timing | None = None,
        name: str | None = None,
        settings: Settings | None = None,
    ) -> None:
        self.timing = timing or Timing()
        known = all_jobs() if jobs is None else jobs
        name = name or worker_name()
        self.crew = WorkerGroup(lake.engine, name)
        self.leader = Leader(lake.engine, name, known, self.timing)
        self.executor = Executor(lake, name, known, self.timing, settings)
        self.fold = RefreshLoop(lake, name, lambda: self.leader.leads, self.crew.mine)
        self.people = People(lake, lambda: self.leader.leads)
        self.alerts = Alerts(lake, settings, lambda: self.leader.leads)

    def run(self, stop: threading.Event) -> list[str]:
        """Work until `stop` is set. A failure is logged as one sentence and never ends the worker.

        Returns the names of threads still busy after shutdown; their runs are handed back.
        """
        runs_over = threading.Event()
        leading = _started("leader", self.leader.run, stop)
        beating = _started("beat", self.crew.keep_beating, stop)
        hearts = _started("hearts", self.executor.keep_beating, runs_over)
        running = [_started(f"executor-{n}", self.executor.run, stop) for n in range(EXECUTORS)]
        running.append(
            _started("people", lambda stop: loop(stop, lambda: self.people.round(stop.wait)), stop)
        )
        running.append(_started("alerts", lambda stop: loop(stop, self.alerts.round), stop))
        try:
            loop(stop, self.fold.round)
        finally:
            stop.set()
            end = time.monotonic() + self.timing.drain
            for thread in [leading, beating, *running]:
                thread.join(timeout=max(0.1, end - time.monotonic()))
            runs_over.set()
            hearts.join(timeout=1.0)
            for last in (self.executor.hand_back, self.fold.close, self.crew.leave):
                try:
                    last()
                except Exception as error:  # the database is gone: all this runs out by itself
                    log.warning("The worker could not tidy up: %s", sentence(error))
        return [thread.name for thread in [leading, beating, hearts, *running] if thread.is_alive()]


def run(lake: Lake, stop: threading.Event, settings: Settings) -> list[str]:
    """Work until `stop` is set, with every job there is; returns the threads still busy then."""
    return Worker(lake, settings=settings).run(stop)


def loop(stop: threading.Event, round_of_work: Callable[[], int]) -> None:
    """Run rounds; after a failure the delay grows."""
    failures = 0
    while not stop.is_set():
        began = time.monotonic()
        try:
            moved = round_of_work()
            failures = 0
        except Exception as error:
            failures += 1
            wait = min(PAUSE_S * 2**failures, LONGEST_WAIT_S)
            log.error("The worker could not go on and tries again in %.1f s: %s", wait, sentence(error))
            log.debug("The failure in full:", exc_info=error)
            stop.wait(wait)
            continue
        took = time.monotonic() - began
        if moved:
            log.info("Took %d events further in %.2f s.", moved, took)
        # Never back to back: the pause lets small deliveries accumulate and gives the web processes the lock.
        stop.wait(max(PAUSE_S - took, min(took * REST, LONGEST_REST_S), 0.01))


def _started(name: str, target: Callable[[threading.Event], None], stop: threading.Event) -> threading.Thread:
    thread = threading.Thread(target=target, args=(stop,), name=name, daemon=True)
    thread.start()
    return thread
