"""What the product's engine promises of a commit."""

from __future__ import annotations

import pytest

from dashapp.db.engine import make_engine

FULL = 2  # https://www.sqlite.org/pragma.html#pragma_synchronous


@pytest.mark.usefixtures("durable_commits")
def test_a_commit_on_sqlite_is_on_the_disk_before_it_returns(sqlite_url: str) -> None:
    engine = make_engine(sqlite_url)
    with engine.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == FULL
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
    engine.dispose()
