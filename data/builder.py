"""What an engine other than DuckDB gives to take over full builds (data/build.py)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final, Protocol

from data.engines.duckdb import DuckDBPyConnection
from data.lake import Lake

#: Per workspace: events taken in, the latest time stamped on them, the latest time received (naive UTC).
Stamps = dict[int, tuple[int, datetime, datetime]]
#: Told the share that is done, from 0 to 1.
Tell = Callable[[float], None]
#: How much of a chunk is done when it is derived, and not yet sorted and written.
DERIVED: Final = 0.75


def nobody(share: float) -> None:
    """The `Tell` of who does not want to know."""


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
    ) -> Stamps:
        """Leave in `connection` what `data.derive.derive` would leave, and tell the stamps.

        `wanted`: (segment, workspace) to take in. `zones`: (workspace, time zone). `events`: how many, about.
        """
