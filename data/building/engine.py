"""The interface of an engine other than DuckDB that takes over full builds (data/building/build.py)."""

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

#: A day is closed this many local days after it; later events restate it.
CLOSED_AFTER_DAYS: Final = 2
#: Receives the progress, from 0 to 1.
Tell = Callable[[float], None]
#: The progress of a chunk once derived, but not yet sorted and written.
DERIVED: Final = 0.75


@dataclass(frozen=True)
class Work:
    """One workspace to build: its published state, the segments to process, and whether to start from scratch.
    `news`: whether some of the segments are new to it. `corrections`: of replies, to take in.
    """

    was: Current
    taken: Pending
    full: bool
    news: bool = True
    corrections: Waiting = NOTHING_WAITS


class Stamps(NamedTuple):
    """The events of one build of a workspace: their number, the latest stamp and receipt (naive UTC), and how
    many were late.
    """

    events: int
    stamped: datetime | None
    received: datetime | None
    late: int


def stamps_of(rows: Iterable[Sequence[Any]]) -> dict[int, Stamps]:
    """The rows of stamps.sql, by workspace."""
    return {row[0]: Stamps(*row[1:]) for row in rows}


def stamps_sql() -> str:
    """The text of stamps.sql, completed."""
    return sql("marts", "stamps").format(days=CLOSED_AFTER_DAYS)


def nobody(share: float) -> None:
    """A `Tell` that ignores progress."""


def shared(tell: Tell, start: float, width: float) -> Tell:
    """The `Tell` of a part of the work that starts at the share `start` and spans `width`."""
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
        """Leave in `connection` what `data.marts.derive.derive` would, and return the stamps.

        `wanted`: (segment, workspace) pairs to process. `zones`: (workspace, time zone). `events`: roughly how
        many.
        """
