"""Seats by hand: bounded in all and of one agency, in turn between agencies, and given back whatever happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from dashapp.db.engine import MOST
from dashapp.errors import TooMany
from dashapp.seats import (
    ANSWER,
    DESK,
    DOWNLOAD,
    IMPORT,
    KINDS,
    MOST_INSIDE,
    MOST_OF_ONE,
    OF_ALL,
    OF_ONE,
    ON_THEIR_WAY,
    PAPER,
    SQL,
    TABLE,
    Kind,
    Seats,
    alone,
)
from dashapp.web.serve import THREADS

NORTH, SOUTH, EAST = 1, 2, 3
#: One seat, as many as like may wait.
SINGLE = replace(PAPER, name="single", at_once=1, waiting=9)


class Room:
    """Seats, and people who come, sit until they are told to go, and are known by who they are."""

    def __init__(self) -> None:
        self.seats = Seats()
        self.order: list[str] = []
        self._go: dict[str, threading.Event] = {}
        self._pool = ThreadPoolExecutor(40)

    def come(self, name: str, agency_id: int, kind: Kind) -> Future[None]:
        """Somebody of the agency comes; given back when they sit, wait or were refused."""
        self._go[name] = threading.Event()
        before = self._seen()
        coming = self._pool.submit(self._sit, name, agency_id, kind)
        until(lambda: coming.done() or self._seen() != before)
        return coming

    def go(self, name: str) -> None:
        """They go."""
        self._go[name].set()

    def end(self) -> None:
        """All go."""
        for one in self._go.values():
            one.set()
        self._pool.shutdown()

    def _sit(self, name: str, agency_id: int, kind: Kind) -> None:
        with self.seats.seat(agency_id, kind):
            self.order.append(name)
            assert self._go[name].wait(20)

    def _seen(self) -> tuple[int, int, int]:
        with self.seats._changed:
            return len(self.seats._waiting), self.seats._seated.total(), self.seats._refused.total()


def until(true: Callable[[], object]) -> None:
    """Wait for what another thread does."""
    end = time.monotonic() + 10
    while not true():
        assert time.monotonic() < end
        time.sleep(0.005)


@pytest.fixture
def room() -> Iterator[Room]:
    """An empty room."""
    room = Room()
    yield room
    room.end()


def refused(coming: Future[None]) -> str:
    """The sentence somebody was refused with."""
    with pytest.raises(TooMany) as found:
        coming.result(10)
    assert found.value.retry_after > 0
    return str(found.value)


def test_the_server_has_threads_left_for_portals_hooks_and_health() -> None:
    """Counted: what works and what waits is in MOST_INSIDE; it and all else of the desk is in DESK; 8 are left.
    An imported file is in the hands of a process of its own."""
    heavy = (PAPER, SQL, TABLE, ANSWER)
    assert set(KINDS) == {*heavy, DOWNLOAD, IMPORT, DESK}
    assert sum(kind.at_once for kind in heavy) <= MOST_INSIDE < DESK.at_once
    assert MOST_OF_ONE < MOST_INSIDE
    assert DESK.of_one < DESK.at_once
    assert THREADS - DESK.at_once >= 8
    assert MOST >= 2 * THREADS, "a request that holds a connection to the database may ask for another"
    assert THREADS - DESK.at_once + DESK.at_once - DESK.of_one >= 16, "another agency's desk has threads, too"


def test_agencies_take_turns_and_within_one_it_is_first_come_first_served(room: Room) -> None:
    """North comes five times before South and East come; after its first they are next, each in turn."""
    for name in ("n0", "n1", "n2", "n3", "n4"):
        room.come(name, NORTH, SINGLE)
    for name in ("s0", "s1"):
        room.come(name, SOUTH, SINGLE)
    room.come("e0", EAST, SINGLE)
    for name in ("n0", "s0", "e0", "n1", "s1", "n2", "n3", "n4"):
        until(lambda name=name: room.order[-1:] == [name])  # type: ignore[misc]
        room.go(name)
    assert room.order == ["n0", "s0", "e0", "n1", "s1", "n2", "n3", "n4"]


def test_a_kind_is_full_for_one_agency_and_not_for_another(room: Room) -> None:
    """SQL: one of North runs, one waits, the third is refused; South runs."""
    room.come("n0", NORTH, SQL)
    room.come("n1", NORTH, SQL)
    assert refused(room.come("n2", NORTH, SQL)) == OF_ONE
    room.come("s0", SOUTH, SQL)
    assert room.order == ["n0", "s0"]
    use = room.seats.use()["sql"]
    assert (use.seated, use.waiting, use.waited, use.refused) == (2, 1, 1, 1)


def test_ten_of_one_agency_whatever_they_ask_for(room: Room) -> None:
    """2 of SQL and 8 PDFs are ten; the eleventh is refused, of whatever kind; South is not."""
    for n in range(2):
        room.come(f"sql {n}", NORTH, SQL)
    for n in range(8):
        room.come(f"pdf {n}", NORTH, PAPER)
    for kind in (PAPER, TABLE, ANSWER):
        assert refused(room.come(f"more {kind.name}", NORTH, kind)) == OF_ONE
    room.come("south", SOUTH, TABLE)
    assert room.order[-1] == "south"


def test_who_comes_when_all_is_full_takes_the_last_place_of_whoever_has_most(room: Room) -> None:
    """North has 10 places, South 6: sixteen. East comes: the last of North in line gives way, nobody of South."""
    norths = [room.come(f"n{n}", NORTH, PAPER) for n in range(10)]
    souths = [room.come(f"s{n}", SOUTH, PAPER) for n in range(6)]
    assert room._seen() == (14, 2, 0)
    easts = [room.come("e0", EAST, TABLE)]
    assert refused(norths[9]) == OF_ONE
    assert room.order == ["n0", "s0", "e0"]
    # North 9, South 6, East 1: so East gets three more, and each is the last of North.
    for n in (8, 7, 6):
        easts.append(room.come(f"e{9 - n}", EAST, TABLE))
        assert refused(norths[n]) == OF_ONE
    assert not any(one.done() for one in (*norths[:6], *souths, *easts))
    # Who is of the one with most finds nobody with more.
    assert refused(room.come("n10", NORTH, PAPER)) == OF_ALL


def test_waiting_has_an_end(room: Room) -> None:
    short = replace(SINGLE, patience=0.05)
    room.come("n0", NORTH, SINGLE)
    assert refused(room.come("s0", SOUTH, short)) == OF_ALL
    room.go("n0")
    until(lambda: not room.seats._seated)
    room.come("s1", SOUTH, short)
    assert room.order == ["n0", "s1"]


def test_a_seat_comes_back_when_the_work_fails() -> None:
    seats = Seats()
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), seats.seat(NORTH, SQL):
            raise ZeroDivisionError
    assert not seats._seated
    assert not seats._waiting


def test_a_seat_that_is_held_is_given_back_once() -> None:
    """Two downloads of North; letting one of them go twice gives one seat, not two."""
    seats = Seats()
    first, _second = seats.hold(NORTH, DOWNLOAD), seats.hold(NORTH, DOWNLOAD)
    with pytest.raises(TooMany, match=ON_THEIR_WAY):
        seats.hold(NORTH, DOWNLOAD)
    seats.hold(SOUTH, DOWNLOAD)
    first()
    first()
    seats.hold(NORTH, DOWNLOAD)
    with pytest.raises(TooMany, match=ON_THEIR_WAY):
        seats.hold(NORTH, DOWNLOAD)
    assert seats.use()["download"].seated == 3


def test_seats_that_are_held_have_an_end_in_all() -> None:
    seats = Seats()
    for agency in range(DOWNLOAD.at_once // DOWNLOAD.of_one):
        for _ in range(DOWNLOAD.of_one):
            seats.hold(agency, DOWNLOAD)
    with pytest.raises(TooMany, match=OF_ALL):
        seats.hold(99, DOWNLOAD)


def test_many_at_once_never_more_than_there_are_seats() -> None:
    """400 people of 7 agencies: at no moment more sit than may, and in the end nobody does."""
    seats, lock, inside, worst = Seats(), threading.Lock(), [0], [0]
    kind = replace(TABLE, name="many", at_once=3, of_one=2, waiting=20)

    @contextmanager
    def counted() -> Iterator[None]:
        with lock:
            inside[0] += 1
            worst[0] = max(worst[0], inside[0])
        yield
        with lock:
            inside[0] -= 1

    def sit(n: int) -> bool:
        try:
            with seats.seat(n % 7, kind), counted():
                time.sleep(0.001)
        except TooMany:
            return False
        return True

    with ThreadPoolExecutor(32) as pool:
        sat = sum(pool.map(sit, range(400)))
    assert worst[0] == 3
    assert sat >= MOST_INSIDE
    assert not seats._seated
    assert not seats._waiting


def test_between_processes_there_are_as_many_places_as_files(tmp_path: Path) -> None:
    """A machine bears four statements at once, however many web servers run on it."""
    places = [tmp_path / "turns" / f"sql-seat-{n}.lock" for n in range(3)]
    with alone(*places), alone(*places):
        with alone(*places, patience=0.1), pytest.raises(TooMany, match="Many"), alone(*places, patience=0.1):
            pass
        with alone(*places, patience=0.1):
            pass


def test_between_processes_one_is_alone(tmp_path: Path) -> None:
    """A lock is a file's, not a process's: a second opening of it is as good as a second process."""
    lock = tmp_path / "turns" / "sql-1.lock"
    with alone(lock):
        with pytest.raises(TooMany), alone(lock, patience=0.1):
            pass
        with alone(lock.with_name("sql-2.lock"), patience=0.1):
            pass
    with alone(lock, patience=0.1):
        pass
