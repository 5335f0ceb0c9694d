"""Statements of people: each agency has a seat of its own, and what was asked is in the audit as a whole."""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, select

from dashapp.config import Settings
from dashapp.data_team import statements
from dashapp.db.security import AuditEntry
from dashapp.errors import TooMany
from dashapp.seats import SQL, Use
from dashapp.services import Services
from data.engines.sealed_process import LONGEST_SQL
from data.intake.inbox import Inbox
from data.lake.lake import Lake
from data.scope import Scope

NORTH, SOUTH = 1, 2


def until(true: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.fixture
def running(sqlite_engine: Engine, sqlite_lake: Lake, tmp_path: Path) -> Services:
    """Services whose statements are answered by the test."""
    settings = Settings(
        home=tmp_path,
        database_url="sqlite:///x",
        lake_url=str(tmp_path),
        secret_key="a secret of more than thirty-two bytes",
        public_url="https://reports.example.com",
    )
    return Services(settings, sqlite_engine, sqlite_lake, Inbox(sqlite_engine))


class Desk:
    """Statements begin to run and stay until `end` is set; those that run are known by their text."""

    def __init__(self, running: Services) -> None:
        self.running, self.end, self.runs = running, threading.Event(), list[str]()
        #: Those that may end before all others.
        self.through: set[str] = set()
        self.pool = ThreadPoolExecutor(16)

    def answer(self, lake: object, scope: object, slugs: object, statement: str, limits: object) -> str:
        """In the place of desk_sql."""
        self.runs.append(statement)
        until(lambda: self.end.is_set() or statement in self.through)
        return f"answer to {statement}"

    def ask(self, agency_id: int, statement: str) -> Future[Any]:
        """Somebody of the agency asks; given back when it is decided where they wait."""
        before = self.use()
        asked = self.pool.submit(
            statements.ask,
            self.running,
            "alice@north.example",
            agency_id,
            Scope(frozenset({7})),
            {},
            statement,
        )
        until(lambda: asked.done() or self.use() != before)
        return asked

    def use(self) -> Use:
        """The seats for statements."""
        return self.running.seats.use()[SQL.name]


@pytest.fixture
def desk(running: Services, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """A desk with nobody at it."""
    desk = Desk(running)
    monkeypatch.setattr(statements.desk_sql, "ask", desk.answer)
    yield desk
    desk.end.set()
    desk.pool.shutdown()


def test_alices_agency_takes_one_seat_however_many_of_it_ask(desk: Desk) -> None:
    """By hand: one of North runs, one waits, three are refused; three others have a seat each, the fifth waits."""
    north = [desk.ask(NORTH, "north 0")]
    until(lambda: desk.runs)
    north += [desk.ask(NORTH, f"north {n}") for n in range(1, 5)]
    for refused in north[2:]:
        with pytest.raises(TooMany, match="Others of your agency are waiting"):
            refused.result(10)
    south = desk.ask(SOUTH, "south")
    others = [desk.ask(agency, f"agency {agency}") for agency in (3, 4)]
    fifth = desk.ask(5, "agency 5")
    until(lambda: len(desk.runs) == 4)
    assert sorted(desk.runs) == ["agency 3", "agency 4", "north 0", "south"]
    assert (desk.use().seated, desk.use().waiting, desk.use().refused) == (4, 2, 3)
    desk.through.add("north 0")
    until(lambda: len(desk.runs) == 5)
    assert desk.runs[4] == "agency 5", "North was served, the fifth was not yet"
    desk.end.set()
    assert [one.result(20) for one in north[:2]] == ["answer to north 0", "answer to north 1"]
    assert south.result(20) == "answer to south"
    assert [one.result(20) for one in others] == ["answer to agency 3", "answer to agency 4"]
    assert fifth.result(20) == "answer to agency 5"
    assert (desk.use().seated, desk.use().waiting) == (0, 0), "who is refused or through keeps no place"


def test_a_statement_that_fails_gives_its_place_back(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*_: Any) -> None:
        raise TooMany("no", 5)

    monkeypatch.setattr(statements.desk_sql, "ask", fail)
    for _ in range(5):
        with pytest.raises(TooMany, match="no"):
            desk.ask(NORTH, "north").result(10)
    assert desk.use().seated == 0


def test_the_audit_has_the_whole_statement_or_says_that_it_is_cut(desk: Desk) -> None:
    """What Charlie hides behind two thousand spaces is read too; what no statement can be is told apart."""
    desk.end.set()
    hidden = "SELECT 1" + " " * (LONGEST_SQL - 40) + "FROM segments"
    first, second = ("x" * LONGEST_SQL + end for end in ("abc", "abd"))
    for statement in (hidden, first, second):
        desk.ask(SOUTH, statement).result(10)
    with desk.running.reading() as session:
        kept = session.scalars(select(AuditEntry.detail).order_by(AuditEntry.id)).all()
    assert kept[0] == hidden
    digest = hashlib.sha256(first.encode()).hexdigest()
    assert kept[1] == f"{'x' * LONGEST_SQL} … (cut: {LONGEST_SQL + 3} characters, sha256 {digest})"
    assert kept[1] != kept[2]
