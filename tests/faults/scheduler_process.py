"""The workers to be killed and paused; `python scheduler_process.py` forks one for each line of JSON on stdin.

The parent has imported everything, so that a start takes 10 ms and not a second; it writes the pid. Each worker
is the real one, fast loop and all, with two jobs whose effect is a row: written twice it would be there twice.
"""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

from sqlalchemy import text

from dashapp.db.engine import make_engine
from data.building import build  # noqa: F401  (imported before the fork)
from data.lake.lake import open_lake
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every
from jobs.runtime.timing import Timing
from jobs.worker import Worker

#: A tenth of the real times; so many tries that an unlucky run is not taken for a bad one.
TIMING = Timing(
    lease_ttl=1.0, lease_renew=0.2, heartbeat=0.2, overdue=0.8, poll=0.05, tries=60, backoff=0.1, drain=5.0
)


def effect(task: Task) -> None:
    """Some work, then a row; a kill or a pause may fall into the middle of either."""
    time.sleep(random.choice([0.02, 0.02, 0.02, 0.02, 0.02, 1.5]))
    with task.effects() as connection:
        values = {"job": task.job, "tenant": task.tenant, "slot": task.slot}
        connection.execute(text("INSERT INTO effect VALUES (:job, :tenant, :slot)"), values)
        time.sleep(random.uniform(0.0, 0.02))


JOBS = {
    job.name: job
    for job in (
        Job("each-second", "", effect, Every(1, catch_up=3_600)),
        Job("each-client", "", effect, Every(1, catch_up=3_600), each_workspace=True, takes_workspace=True),
    )
}


def work(url: str, root: str) -> None:
    """A worker until SIGTERM."""
    random.seed(os.getpid())
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    Worker(open_lake(make_engine(url), Path(root)), jobs=JOBS, timing=TIMING).run(stop)


def fork_on_demand() -> None:
    """One line `[url, root]` in, one line with the pid of the new worker out."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead are gone at once
    for line in sys.stdin:
        url, root = json.loads(line)
        pid = os.fork()
        if pid == 0:
            work(url, root)
            return
        print(pid, flush=True)


if __name__ == "__main__":
    fork_on_demand()
