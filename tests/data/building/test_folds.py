"""Folds for those who look: shared by who waits, nobody's fault is another's, a rebuild holds up no one."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest

from data.building.shared_refresh import SharedRefresh
from data.lake.lake import Lake, open_lake

ALICE, BOB, CHARLIE = 1, 2, 999


class Kitchen:
    """Folds by waiting until it is told to go on; remembers who was folded together."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.began, self.go = threading.Semaphore(0), threading.Semaphore(0)
        self.bad: set[int] = set()
        #: Whom another process is quicker with, and how often still.
        self.overtaken: dict[int, int] = {}
        self.folds = SharedRefresh(self.fold)

    def fold(self, lake: Lake, ids: Collection[int]) -> Collection[int]:
        self.groups.append(list(ids))
        self.began.release()
        assert self.go.acquire(timeout=20)
        if self.bad & set(ids):
            raise ValueError(f"one of {sorted(ids)} cannot be folded")
        lost = [one for one in ids if self.overtaken.get(one)]
        for one in lost:
            self.overtaken[one] -= 1
        return lost

    def until(self, count: int) -> None:
        """Until so many more folds have begun."""
        for _ in range(count):
            assert self.began.acquire(timeout=20)

    def end(self, count: int) -> None:
        """Let so many folds come to their end."""
        self.go.release(count)


@pytest.fixture
def kitchen() -> Iterator[Kitchen]:
    made = Kitchen()
    yield made
    made.end(100)


@pytest.fixture
def lake(tmp_path: Path, sqlite_engine: Any) -> Lake:
    return open_lake(sqlite_engine, tmp_path / "north")


def over(*futures: Future[None]) -> None:
    for one in futures:
        one.result(20)


def test_who_comes_while_one_is_under_way_shares_the_next(kitchen: Kitchen, lake: Lake) -> None:
    first = kitchen.folds.request(lake, ALICE)
    kitchen.until(1)
    later = [kitchen.folds.request(lake, i) for i in (BOB, CHARLIE, BOB)]
    assert later[0] is later[2]
    kitchen.end(2)
    over(first, *later)
    assert kitchen.groups == [[ALICE], [BOB, CHARLIE]]


def test_who_looks_again_during_a_fold_gets_one_that_begins_after_that_look(
    kitchen: Kitchen, lake: Lake
) -> None:
    """Her event may have come after the fold had read the inbox."""
    first = kitchen.folds.request(lake, ALICE)
    kitchen.until(1)
    again = kitchen.folds.request(lake, ALICE)
    assert again is not first
    kitchen.end(1)
    over(first)
    kitchen.until(1)
    assert not again.done()
    kitchen.end(1)
    over(again)
    assert kitchen.groups == [[ALICE], [ALICE]]


def test_a_rebuild_goes_alone_and_holds_up_nobody(kitchen: Kitchen, lake: Lake) -> None:
    long = kitchen.folds.request(lake, CHARLIE, alone=True)
    kitchen.until(1)
    others = [kitchen.folds.request(lake, ALICE)]
    kitchen.until(1)
    second = kitchen.folds.request(lake, 1_000, alone=True)
    others.append(kitchen.folds.request(lake, CHARLIE))  # is being built: it comes when that is over
    assert kitchen.groups == [[CHARLIE], [ALICE]]
    kitchen.end(4)
    over(long, second, *others)
    assert sorted(map(tuple, kitchen.groups)) == [(ALICE,), (CHARLIE,), (CHARLIE,), (1_000,)]


def test_a_fault_is_told_to_those_whose_it_is(kitchen: Kitchen, lake: Lake) -> None:
    kitchen.bad = {CHARLIE}
    first = kitchen.folds.request(lake, 5)
    kitchen.until(1)
    fine, faulty = kitchen.folds.request(lake, ALICE), kitchen.folds.request(lake, CHARLIE)
    kitchen.end(4)
    over(first, fine)
    with pytest.raises(ValueError, match=r"one of \[999\] cannot be folded"):
        faulty.result(20)
    assert kitchen.groups == [[5], [ALICE, CHARLIE], [ALICE], [CHARLIE]]


def test_two_lakes_are_never_folded_together(
    kitchen: Kitchen, lake: Lake, tmp_path: Path, sqlite_engine: Any
) -> None:
    south = open_lake(sqlite_engine, tmp_path / "south")
    first = kitchen.folds.request(lake, 5)
    kitchen.until(1)
    rest = [
        kitchen.folds.request(lake, ALICE),
        kitchen.folds.request(south, ALICE),
        kitchen.folds.request(lake, BOB),
    ]
    kitchen.end(3)
    over(first, *rest)
    assert kitchen.groups == [[5], [ALICE, BOB], [ALICE]]


def test_who_was_overtaken_is_folded_again_before_the_others_and_holds_nobody_up(
    kitchen: Kitchen, lake: Lake
) -> None:
    """The worker published Alice's workspace meanwhile, without the event she waits for."""
    kitchen.overtaken = {ALICE: 1}
    alice, bob = kitchen.folds.request(lake, ALICE), kitchen.folds.request(lake, BOB)
    kitchen.until(1)
    charlie = kitchen.folds.request(lake, CHARLIE)
    kitchen.end(1)
    kitchen.until(1)
    kitchen.end(3)
    over(alice, bob, charlie)
    assert [one for group in kitchen.groups for one in group if one != BOB] in (
        [ALICE, ALICE, CHARLIE],
        [ALICE, CHARLIE, ALICE],
    )


def test_who_is_overtaken_again_and_again_is_shown_what_there_is(kitchen: Kitchen, lake: Lake) -> None:
    kitchen.overtaken = {ALICE: 99}
    alice = kitchen.folds.request(lake, ALICE)
    kitchen.end(10)
    over(alice)
    assert kitchen.groups == [[ALICE], [ALICE], [ALICE]]


def test_who_looks_while_another_waits_to_be_folded_again_shares_that_fold(
    kitchen: Kitchen, lake: Lake
) -> None:
    kitchen.overtaken = {ALICE: 1}
    first = kitchen.folds.request(lake, ALICE)
    kitchen.until(1)
    second = kitchen.folds.request(lake, ALICE)
    assert second is not first
    kitchen.end(2)
    over(first, second)
    assert kitchen.groups == [[ALICE], [ALICE]]
