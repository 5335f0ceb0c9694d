"""Time limits after which another worker steps in, and a clock that never goes back."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

#: The wall clock may drift this far from the monotonic one before everything is scheduled again.
DRIFT_S = 5.0


@dataclass(frozen=True)
class Timing:
    """In seconds. Tests that kill and pause workers use a tenth of these."""

    lease_ttl: float = 15.0
    lease_renew: float = 5.0
    heartbeat: float = 5.0
    #: A run whose heartbeat has stopped for this long is given to another worker.
    overdue: float = 30.0
    #: Between checks of the queue.
    poll: float = 1.0
    #: Failures before a run becomes a dead letter.
    tries: int = 5
    #: The delay after the first failure; it doubles with each further one, up to the longest.
    backoff: float = 2.0
    longest_backoff: float = 300.0
    #: How long a stopping worker lets its running jobs finish.
    drain: float = 30.0

    def wait_after(self, tries: int) -> float:
        """Seconds until the next attempt, after `tries` of them."""
        return min(self.backoff * 2 ** max(0, tries - 1), self.longest_backoff)


class Clock:
    """Wall time and monotonic time together, to notice when the wall clock was changed."""

    def __init__(
        self,
        wall: Callable[[], datetime] = lambda: datetime.now(UTC),
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.wall, self.monotonic = wall, monotonic
        self._offset = self._distance()
        self._last, self._last_mono = wall(), monotonic()

    def drifted(self) -> bool:
        """Whether the wall clock was changed by more than DRIFT_S since the last True (or the start)."""
        distance = self._distance()
        if abs(distance - self._offset) <= DRIFT_S:
            return False
        self._offset = distance
        return True

    def not_before(self, at: datetime) -> None:
        """`steady` continues from `at` when that is later, so that used periods are not used again."""
        if at > self.steady():
            self._last, self._last_mono = at, self.monotonic()

    def steady(self) -> datetime:
        """The wall clock; while it is behind its own maximum, the time it would show now.

        Periods are named after it, so that a clock set back by a day does not stop jobs that run every minute.
        """
        mono = self.monotonic()
        self._last = max(self.wall(), self._last + timedelta(seconds=mono - self._last_mono))
        self._last_mono = mono
        return self._last

    def _distance(self) -> float:
        return self.wall().timestamp() - self.monotonic()


class IdleDetector:
    """Detects what has not changed for some time by our own monotonic clock; clocks of machines are never
    compared.
    """

    def __init__(self, seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._seconds, self._monotonic = seconds, monotonic
        self._seen: dict[Hashable, tuple[Hashable, float]] = {}

    def still(self, key: Hashable, value: Hashable, patience: float = 0.0) -> bool:
        """Whether `key` had this `value` at every check for at least the given seconds, and `patience`."""
        at = self._monotonic()
        before = self._seen.get(key)
        if before is None or before[0] != value:
            self._seen[key] = (value, at)
            return False
        return at - before[1] >= self._seconds + patience

    def keep(self, keys: set[Hashable]) -> None:
        """Forget all others."""
        self._seen = {key: seen for key, seen in self._seen.items() if key in keys}
