"""What a process keeps in memory: one budget of bytes for all of it, split by name in one table.

`get(key, make, mark)` gives what is kept under `key`, or makes it once, whoever else asks for it meanwhile. A key
says whose it is, a mark of when: another mark takes the place of what was kept, so nothing old piles up.

Room that a name does not use is lent to the others. When all is full, who is furthest over its share gives first,
the least recently used of its own. `/metrics` tells of every name (dashapp/web/health.py).
"""

from __future__ import annotations

import threading
import time
import weakref
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Generic, Protocol, TypeVar

from sqlalchemy import Engine

from data.budget import SHARES

#: Seconds somebody waits for what is being made, and how often: then they make it for themselves.
PATIENCE_S: Final = 60.0
MOST_WAITS: Final = 2
#: What a key and its place cost beside what is kept, about.
OVERHEAD: Final = 1_500


class Sized(Protocol):
    """Something that knows what it takes in memory."""

    @property
    def bytes(self) -> int:
        """What it takes in memory."""


Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class Uncached(Generic[Value]):
    """What was made, for those who wait for it now and nobody after them."""

    value: Value


@dataclass(frozen=True, slots=True)
class Use:
    """What a name has: bytes and entries now; questions answered from memory, made anew, and entries given up."""

    bytes: int
    entries: int
    hits: int
    misses: int
    evictions: int


@dataclass(slots=True)
class _Entry:
    mark: Hashable
    value: Any
    cost: int


@dataclass(slots=True)
class _Making:
    """Something being made now, waited for until `until`; `made` stays None when that failed."""

    until: float
    done: threading.Event = field(default_factory=threading.Event)
    made: Uncached[Any] | None = None

    def wait(self) -> None:
        """Until it is made, has failed, or took too long."""
        self.done.wait(max(0.0, self.until - time.monotonic()))

    @property
    def hopeless(self) -> bool:
        """Whether nobody need wait for it: its maker hangs."""
        return not self.done.is_set() and time.monotonic() >= self.until


@dataclass(slots=True)
class _Partition:
    """What one name keeps, the least recently used first."""

    share: int
    entries: OrderedDict[Hashable, _Entry] = field(default_factory=OrderedDict)
    bytes: int = 0
    hits: int = 0
    misses: int = 0
    evictions: int = 0


class Memory:
    """All that is kept, by name. Safe for threads."""

    def __init__(self, shares: Mapping[str, int] = SHARES, patience_s: float = PATIENCE_S) -> None:
        self.shares = dict(shares)
        self.patience_s = patience_s
        self.budget = sum(shares.values())
        self._partitions = {name: _Partition(share) for name, share in shares.items()}
        self._bytes = 0
        self._making: dict[tuple[str, Hashable, Hashable], _Making] = {}
        self._lock = threading.Lock()

    def use(self) -> dict[str, Use]:
        """What each name has now, and what became of its questions since the process began."""
        with self._lock:
            return {
                name: Use(one.bytes, len(one.entries), one.hits, one.misses, one.evictions)
                for name, one in self._partitions.items()
            }

    def get_many(
        self,
        name: str,
        keys: Mapping[str, Hashable | None],
        make: Callable[[Sequence[str]], Mapping[str, Any]],
        mark: Hashable = None,
        good: Callable[[Any], bool] | None = None,
    ) -> dict[str, Any]:
        """A value for each of `keys`: kept, being made by somebody else, or made now together with the others.

        `make(wanted)`: values of some of `keys`, plain or as `Uncached`. A key None is always made. `good`:
        whether a kept value still holds. What `make` raises is raised here. Where somebody else fails or takes too
        long, one of those who waited makes it anew; after MOST_WAITS nobody waits again.
        """
        found: dict[str, Any] = {}
        wanted = dict(keys)
        waits = 0
        while wanted:
            patient = waits < MOST_WAITS
            mine: dict[str, _Making] = {}
            others: dict[str, _Making] = {}
            with self._lock:
                for what, key in wanted.items():
                    entry = None if key is None else self._find(name, key, mark, good)
                    claim = (name, key, mark)
                    making = None if key is None else self._making.get(claim)
                    if entry is not None:
                        found[what] = entry.value
                    elif making is not None and patient and not making.hopeless:
                        others[what] = making
                    else:
                        mine[what] = _Making(time.monotonic() + self.patience_s)
                        if key is not None:
                            self._making[claim] = mine[what]
            if mine:
                found |= self._make(name, {what: keys[what] for what in mine}, mine, make, mark)
            # Only now: those who wait for some of mine could otherwise wait for each other.
            for what, making in others.items():
                making.wait()
                if making.made is not None:
                    found[what] = making.made.value
            waits += 1
            wanted = {what: key for what, key in wanted.items() if what not in found}
        return found

    def peek(self, name: str, key: Hashable, mark: Hashable = None) -> Any | None:
        """What is kept under `key` with this very mark; nothing is made."""
        with self._lock:
            entry = self._find(name, key, mark, None)
            return None if entry is None else entry.value

    def keep(self, name: str, key: Hashable, value: Any, mark: Hashable = None) -> None:
        """Keep it instead of what was kept under `key`, and make room. What is over half the budget is not kept."""
        cost = size_of(value) + OVERHEAD
        with self._lock:
            partition = self._partitions[name]
            self._drop(partition, key)
            if cost * 2 > self.budget:
                return
            partition.entries[key] = _Entry(mark, value, cost)
            partition.bytes += cost
            self._bytes += cost
            while self._bytes > self.budget:
                fullest = max(self._partitions.values(), key=lambda one: (one.bytes - one.share, one.bytes))
                self._drop(fullest, next(iter(fullest.entries)))
                fullest.evictions += 1

    def clear(self, name: str) -> None:
        """Forget all that a name keeps (tests)."""
        with self._lock:
            partition = self._partitions[name]
            self._bytes -= partition.bytes
            partition.entries.clear()
            partition.bytes = 0

    def _make(
        self,
        name: str,
        keys: Mapping[str, Hashable | None],
        mine: Mapping[str, _Making],
        make: Callable[[Sequence[str]], Mapping[str, Any]],
        mark: Hashable,
    ) -> dict[str, Any]:
        values: dict[str, Any] = {}
        try:
            for what, value in make(list(mine)).items():
                passing = isinstance(value, Uncached)
                values[what] = value.value if passing else value
                key = keys.get(what)
                if key is not None and not passing:
                    self.keep(name, key, value, mark)
                if what in mine:
                    mine[what].made = Uncached(values[what])
            if missing := [what for what in mine if what not in values]:
                raise LookupError(f"nothing was made for {', '.join(missing)}")
            return values
        finally:
            with self._lock:
                for what, making in mine.items():
                    claim = (name, keys[what], mark)
                    if self._making.get(claim) is making:  # else somebody took it over
                        del self._making[claim]
                    making.done.set()

    def _find(
        self, name: str, key: Hashable, mark: Hashable, good: Callable[[Any], bool] | None
    ) -> _Entry | None:
        partition = self._partitions[name]
        entry = partition.entries.get(key)
        if entry is not None and good is not None and not good(entry.value):
            self._drop(partition, key)
            entry = None
        if entry is None or entry.mark != mark:
            partition.misses += 1
            return None
        partition.entries.move_to_end(key)
        partition.hits += 1
        return entry

    def _drop(self, partition: _Partition, key: Hashable) -> None:
        entry = partition.entries.pop(key, None)
        if entry is not None:
            partition.bytes -= entry.cost
            self._bytes -= entry.cost


class Kept(Generic[Value]):
    """One name of a memory, whose values are of one kind."""

    def __init__(self, name: str, memory: Memory | None = None) -> None:
        self._name, self._memory = name, memory or MEMORY

    @property
    def size(self) -> int:
        """Bytes kept now, with an estimate of what their keys take."""
        return self._memory.use()[self._name].bytes

    def get(self, key: Hashable, make: Callable[[], Value | Uncached[Value]], mark: Hashable = None) -> Value:
        """What is kept under `key` with this very mark, or being made, or made now. Raises what `make` raises."""
        found: Value = self.get_many({"it": key}, lambda _: {"it": make()}, mark)["it"]
        return found

    def get_many(
        self,
        keys: Mapping[str, Hashable | None],
        make: Callable[[Sequence[str]], Mapping[str, Value | Uncached[Value]]],
        mark: Hashable = None,
        good: Callable[[Value], bool] | None = None,
    ) -> dict[str, Value]:
        """The same of several, made together (`Memory.get_many`)."""
        return self._memory.get_many(self._name, keys, make, mark, good)

    def peek(self, key: Hashable, mark: Hashable = None) -> Value | None:
        """What is kept under `key` with this very mark; nothing is made."""
        return self._memory.peek(self._name, key, mark)

    def keep(self, key: Hashable, value: Value, mark: Hashable = None) -> None:
        """Keep it instead of what was kept under `key`."""
        self._memory.keep(self._name, key, value, mark)

    def clear(self) -> None:
        """Forget everything (tests)."""
        self._memory.clear(self._name)


#: That of this process.
MEMORY: Final = Memory()


def size_of(value: Any) -> int:
    """The bytes something takes in memory: of bytes their length, else as it says itself."""
    if isinstance(value, bytes):
        return len(value)
    found = getattr(value, "bytes", None)
    return int(found if found is not None else value.nbytes)


def database(engine: Engine) -> Hashable:
    """For a key: which database, without holding on to it. Two that are open in one process share nothing."""
    return weakref.ref(engine)
