"""What an engine other than DuckDB gives to take over full builds (data/building/build.py)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final, NamedTuple, Protocol

from data.engines.duckdb import DuckDBPyConnection, sql
from data.lake.backlog import Pending
from data.lake.lake import Lake
from data.lake.manifest import Current
from data.lake.reply_overrides import NOTHING_WAITS, Waiting

#: A day is closed for figures so many local days after it; what comes later restates it.
CLOSED_AFTER_DAYS: Final = 2
#: Told the share that is done, from 0 to 1.
Tell = Callable[[float], None]
#: How much of a chunk is done when it is derived, and not yet sorted and written.
DERIVED: Final = 0.75


@dataclass(frozen=True)
class Work:
    """One workspace to build: its published state, the segments to take in, and whether to start anew.

    `news`: whether some of the segments were not taken in before. `corrections`: of replies, to take in.
    """

    was: Current
    taken: Pending
    full: bool
    news: bool = True
    corrections: Waiting = NOTHING_WAITS


class Stamps(NamedTuple):
    """A workspace's events of one build: how many, the latest stamp and receipt (naive UTC), how many came late."""

    events: int
    stamped: datetime | None
    received: datetime | None
    late: int


def stamps_of(rows: Iterable[Sequence[Any]]) -> dict[int, Stamps]:
    """The rows of stamps.sql, by workspace."""
    return {row[0]: Stamps(*row[1:]) for row in rows}


def stamps_sql() -> str:
    """stamps.sql, filled in."""
    return sql("marts", "stamps").format(days=CLOSED_AFTER_DAYS)


def nobody(share: float) -> None:
    """The `Tell` of who does not want to know."""


def shared(tell: Tell, start: float, width: float) -> Tell:
    """The `Tell` of a part of the work, which begins at the share `start` of all and is `width` of it."""
    return lambda share: tell(start + share * width)


class Builder(Protocol):
    """Derives the marts of full builds."""

    @property
    def chunk_events(self) -> int:
        """How many events one pass may hold."""

    @property
    def chunk_workspaces(self) -> int:
        """How many workspaces one pass may hold."""

    def derive(
        self,
        connection: DuckDBPyConnection,
        lake: Lake,
        wanted: Sequence[tuple[Path, int]],
        zones: Sequence[tuple[int, str]],
        events: int,
        tell: Tell,
    ) -> dict[int, Stamps]:
        """Leave in `connection` what `data.marts.derive.derive` would leave, and tell the stamps.

        `wanted`: (segment, workspace) to take in. `zones`: (workspace, time zone). `events`: how many, about.
        """
