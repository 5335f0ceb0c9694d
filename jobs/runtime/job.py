"""What a job is: a name, a description, a schedule and a function. Each file of `jobs/catalog/` defines one as
JOB.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from dashapp.config import Settings
from data.lake.lake import Lake
from jobs.runtime.slots import Daily, Every

#: How a task commits, provided by the executor that claimed it: a transaction that ends the run and is kept only
#: while the claim is valid.
Effects = Callable[[], Iterator[Connection]]


@dataclass
class Task:
    """One run, as its function sees it. `amount` and `detail` are stored in the ledger. `settings`: the worker's;
    None where only a lake was given, as in tests.
    """

    lake: Lake
    job: str
    tenant: int
    slot: str
    tries: int = 1
    amount: int | None = None
    detail: str = ""
    finished: bool = False
    settings: Settings | None = field(default=None, repr=False)
    _effects: Effects | None = field(default=None, repr=False)

    @contextmanager
    def effects(self) -> Iterator[Connection]:
        """The transaction for everything the run changes in the app database: all of it once, or nothing.

        Keep it short and do it last: its commit completes the run. Raises Overtaken, and keeps nothing, when the
        run was given to another worker meanwhile.
        """
        assert self._effects is not None, "a task outside of an executor has no ledger"
        assert not self.finished, "a run has one transaction"
        yield from self._effects()
        self.finished = True


class Overtaken(Exception):
    """The run belongs to another worker now; what was done here is discarded."""


@dataclass(frozen=True)
class Job:
    """`when` None: only on request. `each_workspace`: one run per workspace, in its own calendar.
    `takes_workspace`: a run may be requested for a single workspace.

    `function` may run again after any kill: its changes go through `Task.effects`, or are safe to repeat (as the
    drain and the refresh are). `limit_s`: a run that takes longer is given to another worker. `urgent`: precedes
    runs that were due earlier, such as a night's runs for each workspace.
    """

    name: str
    does: str
    function: Callable[[Task], None]
    when: Every | Daily | None = None
    each_workspace: bool = False
    takes_workspace: bool = False
    limit_s: float = 3_600.0
    urgent: bool = False

    def __post_init__(self) -> None:
        if self.each_workspace and not self.takes_workspace:
            raise ValueError(f"{self.name} runs for each workspace, so it takes one")
