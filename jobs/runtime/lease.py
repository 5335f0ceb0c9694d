"""One leader at a time: a row taken and renewed by compare-and-set, with a fence that grows at each change.

A candidate takes the lease when it was released, when it has expired, or when nothing renewed it for as long as
it is valid (by the candidate's own monotonic clock, because the wall clock may have been set back). On SQLite it
also takes it when the holder's process is gone, which its file lock shows at once.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import Connection, Engine, Update, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashapp.db.base import now
from dashapp.db.engine import reading
from dashapp.db.jobs import LEADER
from dashapp.db.jobs import Lease as Row
from jobs.runtime.timing import IdleDetector


class NotLeader(Exception):
    """The lease belongs to another worker now; nothing may be done as the leader."""


class Lease:
    """This worker's claim to lead. `fence` is None while another worker leads."""

    def __init__(
        self,
        engine: Engine,
        holder: str,
        ttl: float,
        *,
        wall: Callable[[], datetime] = now,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self.fence: int | None = None
        self._engine, self._holder, self._ttl, self._wall = engine, holder, ttl, wall
        self._idle = IdleDetector(ttl, monotonic)
        self._file = _ProcessLock(engine)

    def keep(self) -> bool:
        """Renew the lease, or take it when possible; returns whether this worker leads now."""
        if self.fence is not None and self._renew(self.fence):
            return True
        was_leader, self.fence = self.fence is not None, None
        if was_leader:
            self._file.release()
            return False
        self.fence = self._take()
        if self.fence is None:
            self._file.release()
        return self.fence is not None

    def give_back(self) -> None:
        """Release the lease at once, because this worker is stopping."""
        if self.fence is not None:
            with self._engine.begin() as connection:
                connection.execute(self._mine(self.fence).values(holder=""))
            self.fence = None
        self._file.release()

    def hold(self, connection: Connection) -> None:
        """Hold the lease to the end of the caller's transaction. Raises NotLeader."""
        if connection.dialect.name == "postgresql":
            # A process paused here would keep the row locked; the server ends its transaction instead.
            limit = str(int(self._ttl * 1_000))
            connection.execute(select(func.set_config("idle_in_transaction_session_timeout", limit, True)))
        wanted = select(Row.fence).where(
            Row.name == LEADER, Row.holder == self._holder, Row.fence == self.fence
        )
        if connection.execute(wanted.with_for_update(read=True)).one_or_none() is None:
            raise NotLeader

    def _renew(self, fence: int) -> bool:
        self._file.acquire()  # after taking over from a paused leader, the lock becomes free only now
        with self._engine.begin() as connection:
            return connection.execute(self._mine(fence).values(**self._until(connection))).rowcount == 1

    def _take(self) -> int | None:
        with reading(self._engine).connect() as connection:
            at = self._now(connection)
            row = connection.execute(select(Row).where(Row.name == LEADER)).one_or_none()
        # Where there is a process lock, it decides who is alive; otherwise the row does.
        alone = self._file.acquire() if self._file.known else None
        if row is None:
            return None if alone is False else self._first()
        still = self._idle.still(LEADER, (row.holder, row.fence, row.expires))
        if not (row.expires < at or still or alone or (alone is None and row.holder == "")):
            return None
        with self._engine.begin() as connection:
            taken = connection.execute(
                update(Row)
                .where(Row.name == LEADER, Row.fence == row.fence, Row.expires == row.expires)
                .values(holder=self._holder, fence=row.fence + 1, **self._until(connection))
            )
            return row.fence + 1 if taken.rowcount == 1 else None

    def _first(self) -> int | None:
        try:
            with self._engine.begin() as connection:
                values = {"name": LEADER, "holder": self._holder, "fence": 1}
                connection.execute(insert(Row).values(**values, **self._until(connection)))
        except IntegrityError:
            return None
        return 1

    def _mine(self, fence: int) -> Update:
        return update(Row).where(Row.name == LEADER, Row.holder == self._holder, Row.fence == fence)

    def _until(self, connection: Connection) -> dict[str, datetime]:
        at = self._now(connection)
        return {"renewed_at": at, "expires": at + timedelta(seconds=self._ttl)}

    def _now(self, connection: Connection) -> datetime:
        """The database server's time, where there is one: a single clock for all machines."""
        if connection.dialect.name == "postgresql":
            at = connection.execute(select(func.clock_timestamp())).scalar_one()
            assert isinstance(at, datetime)
            return at
        return self._wall()


class _ProcessLock:
    """An flock beside a SQLite file: released as soon as the process that held it is gone, for whatever reason."""

    def __init__(self, engine: Engine) -> None:
        name = engine.url.database if engine.dialect.name == "sqlite" else None
        self._path = Path(f"{name}.leader") if name and name != ":memory:" else None
        self._descriptor: int | None = None

    @property
    def known(self) -> bool:
        """Whether such a lock exists at all; if so, its being free proves that no leader is alive."""
        return self._path is not None

    def acquire(self) -> bool:
        """Take it if it is free; returns whether we hold it."""
        if self._path is None or not self.known:
            return False
        if self._descriptor is not None:
            return True
        descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def release(self) -> None:
        """Release it."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None
