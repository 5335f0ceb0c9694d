"""`vitrine worker` or `vitrine serve` with DuckDB at work in a thread when the drain is over (argv: name, lake).

The commands are the real ones; only the job, the page, and how long a drain takes are ours.
"""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from flask import Flask

import dashapp.app
from dashapp.cli import main
from dashapp.web import serve
from data.engines.duckdb import cursor
from jobs import worker
from jobs.runtime.job import Job, Task
from jobs.runtime.timing import Timing

#: Hours of work.
LONG = "SELECT count(*) FROM range(10000000000) a, range(1000) b WHERE hash(a.range + b.range) % 7 = 3"


def work(root: Path) -> None:
    print("at work", flush=True)
    cursor(root).execute(LONG).fetchall()


def job(task: Task) -> None:
    work(task.lake.root)


def page_of(*_: object, **__: object) -> Flask:
    app = Flask("slow")
    app.config["MAX_CONTENT_LENGTH"] = 1_000
    app.add_url_rule("/", view_func=lambda: work(Path(sys.argv[2])))  # type: ignore[arg-type,return-value]
    return app


if __name__ == "__main__":
    worker.all_jobs = lambda: {"long": Job("long", "", job)}  # type: ignore[assignment]
    worker.Timing = lambda: Timing(lease_renew=0.1, heartbeat=0.1, poll=0.02, drain=0.5)  # type: ignore[assignment,misc]
    serve.drain = partial(serve.drain, limit_s=0.5)
    dashapp.app.create_app = page_of
    main([sys.argv[1], *sys.argv[3:]], prog_name="vitrine")
