"""Limits on attempts: exact over threads and processes, per key, per window. On both databases."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import attempts
from dashapp.db.security import Attempt
from dashapp.errors import TooMany

NOON = 1_700_000_000.0 - 1_700_000_000 % 900  # the start of a window of 15 minutes


def test_the_fourth_of_three_is_too_many_until_the_window_is_over(engine) -> None:
    for _ in range(3):
        attempts.attempt(engine, "login", "alice", 3, 900, clock=NOON)
    with pytest.raises(TooMany) as caught:
        attempts.attempt(engine, "login", "alice", 3, 900, clock=NOON + 600)
    assert caught.value.retry_after == 300
    attempts.attempt(engine, "login", "bob", 3, 900, clock=NOON)
    attempts.attempt(engine, "share", "alice", 3, 900, clock=NOON)
    attempts.attempt(engine, "login", "alice", 3, 900, clock=NOON + 900)


def test_a_success_forgets(engine) -> None:
    for _ in range(3):
        attempts.attempt(engine, "login", "alice", 3, 900, clock=NOON)
    attempts.forget(engine, "login", "alice")
    attempts.attempt(engine, "login", "alice", 3, 900, clock=NOON)


def test_what_is_taken_back_is_one_attempt_of_this_window(engine) -> None:
    for _ in range(3):
        attempts.attempt(engine, "login-ip", "10.0.0.1", 3, 900, clock=NOON)
    for later in (0, 900):
        attempts.take_back(engine, "login-ip", "10.0.0.1", 900, clock=NOON + later)
    attempts.take_back(engine, "login-ip", "10.0.0.2", 900, clock=NOON)
    attempts.attempt(engine, "login-ip", "10.0.0.1", 3, 900, clock=NOON)
    with pytest.raises(TooMany):
        attempts.attempt(engine, "login-ip", "10.0.0.1", 3, 900, clock=NOON)


def test_of_forty_at_once_exactly_ten_pass(engine) -> None:
    def one(_: int) -> bool:
        try:
            attempts.attempt(engine, "login", "alice", 10, 900, clock=NOON)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(one, range(40))) == 10


def test_keys_are_stored_hashed(engine) -> None:
    attempts.attempt(engine, "login", "alice@north.example|10.0.0.1", 3, 900, clock=NOON)
    with Session(engine) as session:
        row = session.scalars(select(Attempt)).one()
        assert "alice" not in row.key
        assert len(row.key) == 64
