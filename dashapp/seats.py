"""Seats: how much heavy work runs at once, of one agency and in all, and who is next.

The web server has a fixed number of threads (web/serve.py), and whatever one agency asks for must leave the
others theirs. So everything heavy takes a seat first, of its kind:

- The kinds that keep a thread (`PAPER`, `SQL`, `TABLE`, `ANSWER`) have a queue. A seat that comes free goes to the
  agency that was served longest ago. What waits keeps a thread, too, so at most `MOST_INSIDE` are seated or wait.
  When that is full, whoever comes from an agency with fewer takes the place of the last in line of the one with
  most.
- `DOWNLOAD` is a file on its way to a client. It keeps no thread (web/spooled.py), but room on the disk.
- `IMPORT` is an uploaded file in the hands of a process of its own. It never waits either.
- `DESK` is any request of somebody who is signed in; it never waits.

Waiting is bounded: then it is 429, with a sentence and how long to stay away. Seats are counted in one process, for
it is that process's threads they keep; what has to hold between the processes of a machine, as memory, is `alone`.
"""

from __future__ import annotations

import fcntl
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from dashapp.errors import TooMany


def seated_as(agency_id: int | None, workspace_id: int) -> int:
    """Who heavy work of a workspace counts for: the agency that manages it, else the workspace itself."""
    return -workspace_id if agency_id is None else agency_id


@dataclass(frozen=True)
class Kind:
    """`at_once`: seats in this process, `of_one` of them for one agency; `waiting`: how many more of one agency
    may wait for a seat, each for `patience` seconds."""

    name: str
    at_once: int
    of_one: int = 1
    waiting: int = 0
    patience: float = 30.0


#: A PDF or a PNG: figures, then a process that prints them.
PAPER: Final = Kind("paper", at_once=2, waiting=9, patience=90.0)
#: A person's SQL, in a process of its own.
SQL: Final = Kind("sql", at_once=4, waiting=1)
#: A whole table as CSV.
TABLE: Final = Kind("table", at_once=2, waiting=3)
#: Rows of a table, of a cell or of a tile: seconds at most.
ANSWER: Final = Kind("answer", at_once=4, of_one=2, waiting=6, patience=15.0)
#: A file on its way out.
DOWNLOAD: Final = Kind("download", at_once=16, of_one=2)
#: A file somebody uploaded is looked through or taken in, by a process of its own.
IMPORT: Final = Kind("import", at_once=2, of_one=1)
#: A request of somebody who is signed in.
DESK: Final = Kind("desk", at_once=32, of_one=24)
KINDS: Final = (PAPER, SQL, TABLE, ANSWER, DOWNLOAD, IMPORT, DESK)

#: Requests that are seated or wait and keep a thread: of all agencies, and of one.
MOST_INSIDE: Final = 16
MOST_OF_ONE: Final = 10

#: How often another process's lock is tried again, in seconds.
_POLL: Final = 0.05
_RETRY_S: Final = 5
OF_ONE: Final = "Others of your agency are waiting for an answer; try again in a little while."
OF_ALL: Final = "Many reports and files are being made just now; try again in a little while."
IN_HAND: Final = "Another file of your agency is being read; try again when that is done."
ON_THEIR_WAY: Final = "Downloads of your agency are still on their way; let one of them arrive first."


_OF_ONE: Final = {DOWNLOAD.name: ON_THEIR_WAY, IMPORT.name: IN_HAND}


@dataclass(frozen=True)
class Use:
    """Of one kind: what is seated and waits now; who waited, for how many seconds, and who was refused so far."""

    seated: int
    waiting: int
    waited: int
    waited_seconds: float
    refused: int


class _Ticket:
    """A place in the queue. `seated`: it has its seat; `refusal`: it lost its place."""

    def __init__(self, kind: Kind, agency_id: int) -> None:
        self.kind, self.agency_id = kind, agency_id
        self.seated = False
        self.refusal: TooMany | None = None


class Seats:
    """The seats of one process. Safe for threads."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._seated: Counter[tuple[str, int]] = Counter()
        self._waiting: list[_Ticket] = []
        self._served: dict[tuple[str, int], int] = {}
        self._turns = 0
        self._waits: Counter[str] = Counter()
        self._refused: Counter[str] = Counter()
        self._waited_seconds: dict[str, float] = {}

    @contextmanager
    def seat(self, agency_id: int, kind: Kind) -> Iterator[None]:
        """A seat during the block, perhaps after a wait. Raises TooMany when none comes free in time."""
        with self._changed:
            ticket = self._enter(agency_id, kind)
            try:
                self._wait(ticket)
            except BaseException:
                self._forget(ticket)
                raise
        try:
            yield
        finally:
            self._free(ticket)

    def hold(self, agency_id: int, kind: Kind) -> Callable[[], None]:
        """A seat now, until what is given back is called (again is harmless). Raises TooMany when there is none."""
        with self._changed:
            seated = self._seated[kind.name, agency_id]
            if seated >= kind.of_one:
                raise self._refuse(kind, _OF_ONE.get(kind.name, OF_ONE))
            if self._in_all(kind) >= kind.at_once:
                raise self._refuse(kind, OF_ALL)
            ticket = _Ticket(kind, agency_id)
            self._take(ticket)
        return lambda: self._free(ticket)

    def use(self) -> dict[str, Use]:
        """How the seats of each kind are used."""
        with self._changed:
            return {
                kind.name: Use(
                    self._in_all(kind),
                    sum(one.kind is kind for one in self._waiting),
                    self._waits[kind.name],
                    self._waited_seconds.get(kind.name, 0.0),
                    self._refused[kind.name],
                )
                for kind in KINDS
            }

    def _enter(self, agency_id: int, kind: Kind) -> _Ticket:
        inside = self._inside()
        waiting = sum(one.kind is kind and one.agency_id == agency_id for one in self._waiting)
        of_kind = self._seated[kind.name, agency_id] + waiting
        if of_kind >= kind.of_one + kind.waiting or inside[agency_id] >= MOST_OF_ONE:
            raise self._refuse(kind, OF_ONE)
        if inside.total() >= MOST_INSIDE:
            self._make_room(agency_id, kind, inside)
        ticket = _Ticket(kind, agency_id)
        self._waiting.append(ticket)
        self._admit()
        return ticket

    def _make_room(self, agency_id: int, kind: Kind, inside: Counter[int]) -> None:
        """The last in line of the agency with most inside gives way, if it has more than the comer would have."""
        last = max(self._waiting, key=lambda one: inside[one.agency_id], default=None)
        if last is None or inside[last.agency_id] <= inside[agency_id] + 1:
            raise self._refuse(kind, OF_ALL)
        last = next(one for one in reversed(self._waiting) if one.agency_id == last.agency_id)
        last.refusal = self._refuse(last.kind, OF_ONE)
        self._forget(last)

    def _wait(self, ticket: _Ticket) -> None:
        if ticket.seated:
            return
        began = time.monotonic()
        until = began + ticket.kind.patience
        self._waits[ticket.kind.name] += 1
        while not ticket.seated and ticket.refusal is None:
            left = until - time.monotonic()
            if left <= 0:
                ticket.refusal = self._refuse(ticket.kind, OF_ALL)
                break
            self._changed.wait(left)
        name = ticket.kind.name
        self._waited_seconds[name] = self._waited_seconds.get(name, 0.0) + time.monotonic() - began
        if ticket.refusal is not None:
            raise ticket.refusal

    def _admit(self) -> None:
        """Give what seats are free to those who are next."""
        for kind in {one.kind for one in self._waiting}:
            while self._in_all(kind) < kind.at_once:
                ready = [
                    one
                    for one in self._waiting
                    if one.kind is kind and self._seated[kind.name, one.agency_id] < kind.of_one
                ]
                if not ready:
                    break
                following = min(ready, key=lambda one: self._served.get((kind.name, one.agency_id), 0))
                self._waiting.remove(following)
                self._take(following)
        self._changed.notify_all()

    def _take(self, ticket: _Ticket) -> None:
        self._turns += 1
        key = (ticket.kind.name, ticket.agency_id)
        self._served[key] = self._turns
        self._seated[key] += 1
        ticket.seated = True

    def _free(self, ticket: _Ticket) -> None:
        with self._changed:
            if not ticket.seated:
                return
            ticket.seated = False
            key = (ticket.kind.name, ticket.agency_id)
            self._seated[key] -= 1
            if not self._seated[key]:
                del self._seated[key]
            self._admit()

    def _forget(self, ticket: _Ticket) -> None:
        """Out of the queue, whether it waits there or was seated in the last moment."""
        if ticket in self._waiting:
            self._waiting.remove(ticket)
            self._changed.notify_all()
        self._free(ticket)

    def _inside(self) -> Counter[int]:
        """Requests that keep a thread, by agency."""
        inside = Counter(one.agency_id for one in self._waiting)
        for (name, agency_id), seated in self._seated.items():
            if name not in {DOWNLOAD.name, DESK.name}:
                inside[agency_id] += seated
        return inside

    def _in_all(self, kind: Kind) -> int:
        return sum(seated for (name, _), seated in self._seated.items() if name == kind.name)

    def _refuse(self, kind: Kind, sentence: str) -> TooMany:
        self._refused[kind.name] += 1
        return TooMany(sentence, _RETRY_S)


@contextmanager
def alone(*locks: Path, patience: float = 30.0) -> Iterator[None]:
    """The block runs in one process at a time of those that share these files, for each of them. Raises TooMany."""
    until = time.monotonic() + patience
    for lock in locks:
        lock.parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as opened:
        files = [opened.enter_context(lock.open("w")) for lock in locks]
        while not any(_locked(file) for file in files):
            if time.monotonic() > until:
                raise TooMany(OF_ONE if len(locks) == 1 else OF_ALL, _RETRY_S)
            time.sleep(_POLL)
        yield


def _locked(file: IO[str]) -> bool:
    """Lock a file, if nobody else has."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
