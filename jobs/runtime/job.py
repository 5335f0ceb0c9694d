"""What a job is: a name, what it does, when, and a function. One file of `jobs/catalog/` each, constant JOB."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from sqlalchemy import Connection

from dashapp.config import Settings
from data.lake.lake import Lake
from jobs.runtime.slots import Daily, Every

#: How a task commits, given by the executor that claimed it: a transaction that ends the run, and is kept only
#: while the claim stands.
Effects = Callable[[], Iterator[Connection]]


@dataclass
class Task:
    """One run, as its function sees it. `amount` and `detail` are kept in the ledger.

    `settings`: the worker's; None where a lake alone was given, as tests do.
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
        """The transaction of everything the run changes in the app database: all of it once, or nothing.

        Keep it short, and let it be the last thing: with its commit the run is done. Raises Overtaken, and
        nothing is kept, when the run was given to another worker meanwhile.
        """
        assert self._effects is not None, "a task outside of an executor has no ledger"
        assert not self.finished, "a run has one transaction"
        yield from self._effects()
        self.finished = True


class Overtaken(Exception):
    """The run belongs to somebody else now; what was done here is not kept."""


@dataclass(frozen=True)
class Job:
    """`when` None: only when asked for. `each_workspace`: one run per workspace, in its own calendar.
    `takes_workspace`: a run may be asked for one workspace alone.

    `function` may be run again after any kill: what it changes goes through `Task.effects`, or is safe to do
    twice (as the drain and the refresh are). `limit_s`: a run that takes longer is given to somebody else.
    `urgent`: goes before what was due earlier, such as a night's runs for each workspace.
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
