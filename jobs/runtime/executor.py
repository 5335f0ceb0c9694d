"""Executes runs claimed from the ledger, one at a time per thread, and keeps their heartbeats going."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Mapping
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from dashapp.config import Settings
from dashapp.db.jobs import CLOCK, DEAD
from data.lake.lake import Lake
from jobs.runtime import ledger
from jobs.runtime.job import Job, Overtaken, Task
from jobs.runtime.ledger import Claim
from jobs.runtime.timing import Timing

log = logging.getLogger("vitrine.worker")


def sentence(error: BaseException) -> str:
    """The error on one line, for whoever reads the log."""
    return f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"


class Executor:
    """The runs of one worker."""

    def __init__(
        self,
        lake: Lake,
        holder: str,
        jobs: Mapping[str, Job],
        timing: Timing,
        settings: Settings | None = None,
    ) -> None:
        self._lake, self._holder, self._jobs, self._timing = lake, holder, jobs, timing
        self._settings = settings
        self._running: dict[Claim, float] = {}  # claim → monotonic time at which its heartbeat stops
        self._guard = threading.Lock()

    def run(self, stop: threading.Event) -> None:
        """Claim and execute runs until `stop`; the current one is finished first."""
        while not stop.is_set():
            try:
                if self.once():
                    continue
            except SQLAlchemyError as error:
                log.error("The queue could not be read: %s", sentence(error))
                stop.wait(self._timing.heartbeat)
            stop.wait(self._timing.poll)

    def once(self) -> bool:
        """Claim one run and execute it; False when nothing is due."""
        claimed = self._claim()
        if claimed is None:
            return False
        job = self._jobs[claimed.job]
        with self._guard:
            self._running[claimed] = time.monotonic() + job.limit_s
        try:
            self._carry_out(job, claimed)
        except Overtaken as error:
            log.warning("Nothing was kept of a run that took too long: %s.", error)
        finally:
            with self._guard:
                del self._running[claimed]
        return True

    def _claim(self) -> Claim | None:
        urgent = [name for name, job in self._jobs.items() if job.urgent]
        for names in (urgent, list(self._jobs)):
            claimed = ledger.claim(self._lake.engine, self._holder, names, self._timing) if names else None
            if claimed is not None:
                return claimed
        return None

    def keep_beating(self, stop: threading.Event) -> None:
        """Send heartbeats for all current runs; that of a run exceeding its job's limit stops."""
        while not stop.wait(self._timing.heartbeat):
            with self._guard:
                alive = [claimed for claimed, until in self._running.items() if time.monotonic() < until]
            try:
                ledger.beat(self._lake.engine, alive)
            except SQLAlchemyError as error:
                log.warning("A run's sign of life could not be written: %s", sentence(error))

    def hand_back(self) -> None:
        """Hand back the current runs, because the worker is stopping."""
        with self._guard:
            left = list(self._running)
        for claimed in left:
            log.warning("Run %d of %s is left to another worker.", claimed.id, claimed.job)
            ledger.hand_back(self._lake.engine, claimed)

    def _carry_out(self, job: Job, claimed: Claim) -> None:
        began = time.monotonic()

        def result() -> dict[str, Any]:
            busy = int((time.monotonic() - began) * 1_000)
            return {"amount": task.amount, "detail": task.detail[:1_000], "busy_ms": busy}

        def effects() -> Iterator[Connection]:
            with ledger.ending(self._lake.engine, claimed, self._timing, result) as connection:
                yield connection

        task = Task(
            self._lake,
            job.name,
            claimed.tenant,
            claimed.slot,
            claimed.tries,
            settings=self._settings,
            _effects=effects,
        )
        try:
            job.function(task)
            if not task.finished:
                with task.effects():
                    pass
        except Overtaken:
            raise
        except Exception as error:
            if task.finished:  # the run is committed; an error after that is a bug in the job
                log.exception("%s failed after its commit", job.name, exc_info=error)
                return
            state = ledger.failed(self._lake.engine, claimed, sentence(error), self._timing)
            if state == DEAD:
                self._supersede(job, claimed)
            said = "It is set aside (`vitrine jobs dead`)" if state == DEAD else "It is tried again"
            log.error("Try %d of %s failed: %s. %s.", claimed.tries, job.name, sentence(error), said)
            log.debug("The failure in full:", exc_info=error)
            return
        self._supersede(job, claimed)
        log.info("%s %s: %s", job.name, claimed.slot, task.detail or f"{task.amount or 0} taken further")

    def _supersede(self, job: Job, claimed: Claim) -> None:
        """A job whose latest run covers the earlier ones has at most one dead letter, not one per minute."""
        if job.when is not None and job.when.newest_counts and claimed.origin == CLOCK:
            ledger.supersede(self._lake.engine, claimed)
