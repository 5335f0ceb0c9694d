"""A wall clock and a monotonic clock that stand still until they are told otherwise."""

from __future__ import annotations

from datetime import datetime, timedelta


class FakeTime:
    """Both clocks of one machine; the wall clock alone can be set."""

    def __init__(self, at: datetime) -> None:
        self._wall, self._mono = at, 1_000.0

    def wall(self) -> datetime:
        return self._wall

    def monotonic(self) -> float:
        return self._mono

    def sleep(self, seconds: float) -> None:
        self._wall += timedelta(seconds=seconds)
        self._mono += seconds

    def set_wall(self, at: datetime) -> None:
        self._wall = at
