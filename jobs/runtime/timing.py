"""How long things may take before somebody else steps in, and a clock that never goes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: The wall clock may drift this far from the monotonic one before everything planned is planned anew.
DRIFT_S = 5.0


@dataclass(frozen=True)
class Timing:
    """In seconds. The tests that kill and pause workers run with a tenth of these."""

    lease_ttl: float = 15.0
    lease_renew: float = 5.0
    heartbeat: float = 5.0
    #: A run whose heartbeat has not moved for this long is given to somebody else.
    overdue: float = 30.0
    #: Between looks at the queue.
    poll: float = 1.0
    #: A run fails this often before it is a dead letter.
    tries: int = 5
    #: The wait after the first failure; it doubles with each further one, up to the longest.
    backoff: float = 2.0
    longest_backoff: float = 300.0
    #: What a stopping worker gives its running jobs to come to their end.
    drain: float = 30.0

    def wait_after(self, tries: int) -> float:
        """Seconds until the next try, after `tries` of them."""
        return min(self.backoff * 2 ** max(0, tries - 1), self.longest_backoff)


class Clock:
    """Wall time and monotonic time together: it knows when the wall clock was moved."""

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wall, self.monotonic = wall, monotonic
        self._offset = self._distance()
        self._last, self._last_mono = wall(), monotonic()

    def drifted(self) -> bool:
        """Whether the wall clock was moved by more than DRIFT_S since the last True (or the start)."""
        distance = self._distance()
        if abs(distance - self._offset) <= DRIFT_S:
            return False
        self._offset = distance
        return True

    def not_before(self, at: datetime) -> None:
        """`steady` goes on from `at` when that is later: periods already used are not used again."""
        if at > self.steady():
            self._last, self._last_mono = at, self.monotonic()

    def steady(self) -> datetime:
        """The wall clock, or while that is behind what it once showed: the time it would show now.

        Periods are named after it, so that a clock set back by a day does not stop what runs every minute.
        """
        mono = self.monotonic()
        self._last = max(self.wall(), self._last + timedelta(seconds=mono - self._last_mono))
        self._last_mono = mono
        return self._last

    def _distance(self) -> float:
        return self.wall().timestamp() - self.monotonic()


class IdleDetector:
    """Finds what has not changed for some time of our own monotonic clock: no two clocks are compared."""

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._seen: dict[Hashable, tuple[Hashable, float]] = {}

    def still(self, key: Hashable, value: Hashable, patience: float = 0.0) -> bool:
        """Whether `key` has had this `value` at every look since at least the given seconds, and `patience`."""
        at = self._monotonic()
        before = self._seen.get(key)
        if before is None or before[0] != value:
            self._seen[key] = (value, at)
            return False
        return at - before[1] >= self._seconds + patience

    def keep(self, keys: set[Hashable]) -> None:
        """Forget all others."""
        self._seen = {key: seen for key, seen in self._seen.items() if key in keys}
