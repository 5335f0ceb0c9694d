"""Limits on attempts, exact over any number of processes: one UPSERT that returns the count."""

from __future__ import annotations

import hashlib
import time

from sqlalchemy import Connection, Engine, delete, update

from dashapp.db.security import Attempt
from dashapp.errors import TooMany
from data.upsert import insert_for


def attempt(
    engine: Engine, bucket: str, key: str, limit: int, window_s: int, *, clock: float | None = None
) -> None:
    """Count one attempt of `key` in `bucket`; raise TooMany when it is past `limit` in this window.

    Windows are fixed (they start at multiples of `window_s` seconds). The key, an address or an e-mail, is
    stored hashed. The attempt is counted before it is judged, so parallel ones cannot slip through.
    """
    n, retry_after = count(engine, bucket, key, window_s, clock=clock)
    if n > limit:
        raise too_many(retry_after)


def count(
    engine: Engine, bucket: str, key: str, window_s: int, *, clock: float | None = None
) -> tuple[int, int]:
    """Count one attempt: (how many there are in this window, seconds to its end)."""
    at = time.time() if clock is None else clock
    window = int(at // window_s)
    row = insert_for(engine, Attempt).values(
        bucket=bucket, key=_hashed(key), window=window, n=1, ends_at=(window + 1) * window_s
    )
    row = row.on_conflict_do_update(
        index_elements=[Attempt.bucket, Attempt.key, Attempt.window], set_={"n": Attempt.n + 1}
    ).returning(Attempt.n)
    with engine.begin() as connection:
        n = int(connection.execute(row).scalar_one())
    return n, max(1, int((window + 1) * window_s - at))


def sweep(connection: Connection, *, clock: float | None = None) -> int:
    """Remove every count whose window is over; how many."""
    at = time.time() if clock is None else clock
    return connection.execute(delete(Attempt).where(Attempt.ends_at <= int(at))).rowcount


def too_many(retry_after: int) -> TooMany:
    """The error of an attempt past its limit."""
    return TooMany("Too many attempts. Wait a little and try again.", retry_after)


def forget(engine: Engine, bucket: str, key: str) -> None:
    """A success: earlier failures of this key no longer count."""
    with engine.begin() as connection:
        connection.execute(delete(Attempt).where(Attempt.bucket == bucket, Attempt.key == _hashed(key)))


def take_back(engine: Engine, bucket: str, key: str, window_s: int, *, clock: float | None = None) -> None:
    """A success where many share the key: this one attempt no longer counts, all others still do."""
    window = int((time.time() if clock is None else clock) // window_s)
    mine = (Attempt.bucket == bucket, Attempt.key == _hashed(key), Attempt.window == window, Attempt.n > 0)
    with engine.begin() as connection:
        connection.execute(update(Attempt).where(*mine).values(n=Attempt.n - 1))


def _hashed(key: str) -> str:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
