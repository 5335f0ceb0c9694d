"""One commit for all waiting callers: an fsync costs the same for one event as for a thousand.

The first caller leads: it stores what has gathered, then hands the lead to the first who arrived meanwhile. There
is no thread of its own, so nothing has to be started, stopped or survive a fork. Callers who return again and
again would split into two halves, each waiting for the other's commit: twice the commits for the same work. So a
leader briefly waits for as many as were there last time, but no longer than half of what that commit took. A lone
caller does not wait.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from data.errors import InboxBusy

#: The longest a leader waits for others, however long a commit takes.
MOST_PATIENCE_S = 0.002
#: The shortest wait worth a thread's sleep.
LEAST_PATIENCE_S = 0.000_1

Item = TypeVar("Item")
Result = TypeVar("Result")


def _closed() -> threading.Lock:
    lock = threading.Lock()
    lock.acquire()
    return lock


@dataclass(slots=True, eq=False)
class _Ticket(Generic[Item, Result]):
    """One caller in the queue. `turn` opens when it is served or has to lead."""

    item: Item
    turn: threading.Lock = field(default_factory=_closed)
    result: Result | None = None
    error: BaseException | None = None


class GroupCommit(Generic[Item, Result]):
    """Calls `store` with all waiting items, in order of arrival, never concurrently.

    `store` commits all items or none and returns a result for each. When it raises InboxBusy, everyone waiting is
    told; after any other error each item is stored alone, so that only the bad one fails. A call takes items
    until their `weight` exceeds `limit`.
    """

    def __init__(
        self, store: Callable[[list[Item]], list[Result]], weight: Callable[[Item], int], limit: int
    ) -> None:
        self._store = store
        self._weight = weight
        self._limit = limit
        self._mutex = threading.Lock()
        self._waiting: list[_Ticket[Item, Result]] = []
        self._led = False
        #: How many callers were there at the last commit, how long a leader waits for as many, and what it
        #: waits at while some are missing.
        self._expected = 1
        self._patience = 0.0
        self._gathering: threading.Lock | None = None

    def submit(self, item: Item) -> Result:
        """Store the item together with those waiting beside it; its result, or the error of storing it."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._mutex:
            self._waiting.append(ticket)
            lead, self._led = not self._led, True
            if self._gathering is not None and len(self._waiting) >= self._expected:
                self._gathering.release()
                self._gathering = None
        if not lead:
            ticket.turn.acquire()
        if ticket.result is None and ticket.error is None:
            self._lead()
        if ticket.error is not None:
            raise ticket.error
        assert ticket.result is not None
        return ticket.result

    def _lead(self) -> None:
        self._gather()
        group = self._next_group()
        served = list(group)
        begun = time.perf_counter()
        try:
            self._serve(group)
            if isinstance(group[0].error, InboxBusy):
                # The lock has outlasted the time-out: to queue for it again would outlast the callers' own.
                with self._mutex:
                    late, self._waiting = self._waiting, []
                for ticket in late:
                    ticket.error = InboxBusy(str(group[0].error))
                served += late
        finally:
            with self._mutex:
                self._expected = len(group) + len(self._waiting)
                self._patience = min(MOST_PATIENCE_S, (time.perf_counter() - begun) / 2)
                successor = self._waiting[0] if self._waiting else None
                self._led = successor is not None
            if successor is not None:
                successor.turn.release()
            for ticket in served:
                if ticket.result is None and ticket.error is None:
                    ticket.error = InboxBusy("The program stopped in the middle of a commit; send again.")
                if ticket.turn.locked():
                    ticket.turn.release()

    def _gather(self) -> None:
        """Briefly wait for those who were there at the last commit and are on their way back."""
        with self._mutex:
            if len(self._waiting) >= self._expected or self._patience < LEAST_PATIENCE_S:
                return
            self._gathering = here = _closed()
        here.acquire(timeout=self._patience)
        with self._mutex:
            self._gathering = None

    def _next_group(self) -> list[_Ticket[Item, Result]]:
        with self._mutex:
            taken = weight = 0
            for ticket in self._waiting:
                weight += self._weight(ticket.item)
                if taken and weight > self._limit:
                    break
                taken += 1
            group, self._waiting = self._waiting[:taken], self._waiting[taken:]
        return group

    def _serve(self, group: list[_Ticket[Item, Result]]) -> None:
        try:
            results = self._store([ticket.item for ticket in group])
        except InboxBusy as error:
            for ticket in group:
                ticket.error = InboxBusy(str(error))
        except Exception as error:
            if len(group) == 1:
                group[0].error = error
                return
            for ticket in group:
                self._serve([ticket])
        else:
            for ticket, result in zip(group, results, strict=True):
                ticket.result = result
