"""Doing something between two reads of a build, as another process would: before the read of a given number.

A read is a statement of a transaction that only reads the app database, the beginning of one that writes (once it
has begun nobody else can write, on SQLite), and every statement of DuckDB over stored files.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from unittest import mock

from sqlalchemy import event

from data.building import build, merging, recheck
from data.lake.lake import Lake

_STORED = ("read_parquet", "stored_")


@dataclass
class Reads:
    """`done`: how many reads there were. Before number `at`, counted from 0, `act` is called, once."""

    at: int
    act: Callable[[], Any]
    acted: bool = False
    done: int = 0
    _acting: bool = False
    _thread: int = field(default_factory=threading.get_ident)

    def one(self) -> None:
        """A read is about to be made."""
        if self._acting or threading.get_ident() != self._thread:
            return
        if self.done == self.at:
            self._acting = self.acted = True
            try:
                self.act()
            finally:
                self._acting = False
        self.done += 1


@contextmanager
def between_reads(lake: Lake, at: int, act: Callable[[], Any]) -> Iterator[Reads]:
    """What this thread does inside is a build; `act` happens before its read number `at`, or not at all."""
    reads = Reads(at, act)

    def begins(connection: Any) -> None:
        if not connection.get_execution_options().get("vitrine_read_only", False):
            reads.one()

    def executes(connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.get_execution_options().get("vitrine_read_only", False) and statement != "BEGIN":
            reads.one()

    event.listen(lake.engine, "engine_connect", begins)
    event.listen(lake.engine, "before_cursor_execute", executes)
    try:
        with (
            mock.patch.object(build, "cursor", _watched(reads, build.cursor)),
            mock.patch.object(merging, "cursor", _watched(reads, merging.cursor)),
            mock.patch.object(recheck, "cursor", _watched(reads, recheck.cursor)),
        ):
            yield reads
    finally:
        event.remove(lake.engine, "engine_connect", begins)
        event.remove(lake.engine, "before_cursor_execute", executes)


def _watched(reads: Reads, cursor: Callable[..., Any]) -> Callable[..., Any]:
    class Watched:
        def __init__(self, connection: Any) -> None:
            self._connection = connection

        def execute(self, sql: str, *given: Any) -> Any:
            if any(word in sql for word in _STORED):
                reads.one()
            return self._connection.execute(sql, *given)

        def __getattr__(self, name: str) -> Any:
            return getattr(self._connection, name)

    return lambda *given, **named: Watched(cursor(*given, **named))
