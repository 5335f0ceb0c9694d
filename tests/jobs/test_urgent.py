"""The alarm does not stand in a queue behind a night's work for five hundred workspaces."""

from __future__ import annotations

from sqlalchemy.orm import Session

from data.lake.lake import Lake
from jobs.registry import jobs
from jobs.runtime import ledger
from jobs.runtime.executor import Executor
from jobs.runtime.job import Job, Task
from jobs.runtime.slots import Every
from jobs.runtime.timing import Timing


def test_an_urgent_run_goes_before_those_that_were_due_earlier(lake: Lake) -> None:
    order: list[tuple[str, int]] = []

    def note(task: Task) -> None:
        order.append((task.job, task.tenant))

    slow = Job("slow", "x", note, takes_workspace=True)
    alarm = Job("alarm", "x", note, Every(60), urgent=True)
    with Session(lake.engine) as session, session.begin():
        for tenant in (1, 2, 3):
            ledger.add(session.connection(), "slow", tenant, ["2026-01-05"])
    executor = Executor(lake, "w", {"slow": slow, "alarm": alarm}, Timing())
    assert executor.once()
    ledger.run_now(lake.engine, "alarm", 0)
    while executor.once():
        pass
    assert order == [("slow", 1), ("alarm", 0), ("slow", 2), ("slow", 3)]


def test_what_tells_people_of_trouble_is_urgent() -> None:
    assert {name for name, job in jobs().items() if job.urgent} == {
        "watch-freshness",
        "tell-troubles",
        "send-mail",
    }
