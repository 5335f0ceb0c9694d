"""What only the leader does: hold the lease, write what is due into the ledger, and release overdue runs."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from datetime import UTC

from sqlalchemy import Connection, Engine, select

from dashapp.db.engine import reading
from dashapp.db.jobs import EVERYBODY
from dashapp.db.tenants import Workspace
from data.errors import BadQuery
from data.marts import zones
from jobs.runtime import ledger
from jobs.runtime.clock import JobTimer
from jobs.runtime.executor import sentence
from jobs.runtime.job import Job
from jobs.runtime.lease import Lease, NotLeader
from jobs.runtime.slots import Daily, Every, period_start
from jobs.runtime.timing import Clock, IdleDetector, Timing

log = logging.getLogger("vitrine.worker")


class Leader:
    """This worker as a candidate for leadership, and as the leader while it holds the lease."""

    def __init__(
        self, engine: Engine, holder: str, jobs: Mapping[str, Job], timing: Timing, clock: Clock | None = None
    ) -> None:
        self._engine, self._jobs, self._timing = engine, jobs, timing
        self._clock = clock or Clock()
        self._lease = Lease(
            engine, holder, timing.lease_ttl, wall=self._clock.wall, monotonic=self._clock.monotonic
        )
        self._timer = JobTimer(jobs.values(), self._rung)
        self._idle = IdleDetector(timing.overdue, self._clock.monotonic)

    @property
    def leads(self) -> bool:
        """Whether this worker was the leader at its last check."""
        return self._timer.runs

    def run(self, stop: threading.Event) -> None:
        """Try to lead, and lead, until `stop`.

        Any failure (an unreachable database, a full disk) ends the leadership for that turn but not this thread:
        without it this worker would never schedule again. Another worker may lead meanwhile.
        """
        while not stop.is_set():
            try:
                self.step()
            except Exception as error:
                log.error("This worker cannot lead just now: %s", sentence(error))
                log.debug("The failure in full:", exc_info=error)
                self._give_up()
            stop.wait(self._timing.lease_renew)
        self._give_up()

    def _give_up(self) -> None:
        self._timer.stop()
        try:
            self._lease.give_back()
        except Exception as error:
            log.warning("The lease runs out by itself: %s", sentence(error))

    def step(self) -> None:
        """Renew or take the lease; a new leader, or one whose clock was changed, schedules everything again."""
        moved = self._clock.drifted()
        if not self._lease.keep():
            if self._timer.runs:
                log.warning("Another worker leads now.")
                self._timer.stop()
            return
        if not self._timer.runs or moved:
            log.info(
                "This worker leads." if not moved else "The clock was moved; everything is planned anew."
            )
            self._go_on_from_the_ledger()
            self._timer.start()
            for job in self._jobs.values():
                self._rung(job)
        returned = ledger.return_overdue(self._engine, self._idle, self._timing)
        if returned:
            log.warning("%d runs were given back: their workers do not answer.", returned)

    def plan(self, job: Job) -> None:
        """Queue the missing slots of a job. Raises NotLeader; then nothing is queued."""
        if job.when is None:
            return
        with reading(self._engine).connect() as connection:
            missing = self._missing(connection, job)
        if not missing:
            return
        with self._engine.begin() as connection:
            self._lease.hold(connection)
            for tenant, slots in missing.items():
                ledger.add(connection, job.name, tenant, slots)

    def _missing(self, connection: Connection, job: Job) -> dict[int, list[str]]:
        assert job.when is not None
        wall = self._clock.wall()
        # Periods continue from a clock that was ahead (`steady`). Dates do not, or there would be none until the
        # clock is right.
        until = job.when.believed_until(wall) if isinstance(job.when, Daily) else None
        newest = ledger.newest_slots(connection, job.name, until)
        # A waiting run does the next one's work as well.
        waiting = ledger.queued_tenants(connection, job.name) if job.when.newest_counts else set()
        names = {EVERYBODY: "UTC"}
        if job.each_workspace:
            names = {
                row.id: row.timezone for row in connection.execute(select(Workspace.id, Workspace.timezone))
            }
        missing = {}
        for tenant, name in names.items():
            if tenant in waiting:
                continue
            if isinstance(job.when, Every):
                slots = job.when.due(self._clock.steady(), newest.get(tenant))
            else:
                try:
                    calendar = UTC if name == "UTC" else zones.zone(name)
                except BadQuery:  # stored by another machine, whose tz database may be newer
                    log.error(
                        "Workspace %d has no run of %s: this machine knows no %s.", tenant, job.name, name
                    )
                    continue
                slots = job.when.due(wall, calendar, newest.get(tenant))
            if slots:
                missing[tenant] = list(slots)
        return missing

    def _go_on_from_the_ledger(self) -> None:
        """Do not reuse periods that an earlier leader used while its clock was ahead."""
        with reading(self._engine).connect() as connection:
            for job in self._jobs.values():
                if isinstance(job.when, Every):
                    for slot in ledger.newest_slots(connection, job.name).values():
                        self._clock.not_before(period_start(slot))

    def _rung(self, job: Job) -> None:
        """Schedule a job from the timer's thread or ours; what cannot be queued now is found at the next tick."""
        try:
            self.plan(job)
        except NotLeader:
            log.warning("A run of %s was not queued: another worker leads now.", job.name)
        except Exception as error:  # of one job only: the others are scheduled, and the thread goes on
            log.error("A run of %s could not be queued: %s", job.name, sentence(error))
