"""The leader's timer. APScheduler only triggers; what is due is computed from the ledger.

The only module that imports APScheduler. Its jobs live in memory, its triggers are cron expressions in UTC, and
it may fire late or twice: a slot enters the ledger once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from datetime import UTC

from apscheduler.schedulers.background import BackgroundScheduler
from apscheduler.triggers.cron import CronTrigger

from jobs.runtime.job import Job

logging.getLogger("apscheduler").setLevel(logging.WARNING)


class JobTimer:
    """Calls `ring(job)` whenever a job may be due."""

    def __init__(self, jobs: Iterable[Job], ring: Callable[[Job], None]) -> None:
        self._jobs = [job for job in jobs if job.when is not None]
        self._ring = ring
        self._scheduler: BackgroundScheduler | None = None

    @property
    def runs(self) -> bool:
        """Whether it is running."""
        return self._scheduler is not None

    def start(self) -> None:
        """Start it, or restart it after the wall clock was changed: next run times are computed from now."""
        self.stop()
        scheduler = BackgroundScheduler(
            timezone=UTC,
            jobstores={"default": {"type": "memory"}},
            executors={"default": {"type": "threadpool", "max_workers": 1}},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        for job in self._jobs:
            assert job.when is not None
            trigger = CronTrigger(timezone=UTC, **job.when.cron)
            scheduler.add_job(self._ring, trigger, args=[job], id=job.name)
        scheduler.start()
        self._scheduler = scheduler  # a scheduler that never started cannot be stopped

    def stop(self) -> None:
        """Stop it."""
        if self._scheduler is not None:
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
