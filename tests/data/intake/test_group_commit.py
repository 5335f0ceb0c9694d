"""How callers share commits: counted in commits, with stores that take as long as the test wants."""

from __future__ import annotations

import threading
import time

import pytest

from data.intake import group_commit
from data.intake.group_commit import GroupCommit


class Door:
    """Stores by sleeping; remembers each group."""

    def __init__(self, takes_s: float) -> None:
        self.groups: list[list[str]] = []
        self.takes_s = takes_s
        self.queue: GroupCommit[str, str] = GroupCommit(self.store, lambda _item: 1, 1_000)

    def store(self, group: list[str]) -> list[str]:
        self.groups.append(group)
        time.sleep(self.takes_s)
        return [item.upper() for item in group]


def test_callers_who_come_again_and_again_share_one_commit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(group_commit, "MOST_PATIENCE_S", 10.0)
    door = Door(0.2)
    answers: list[str] = []

    def caller(name: str) -> None:
        answers.extend(door.queue.submit(f"{name}{n}") for n in range(5))

    callers = [threading.Thread(target=caller, args=(name,)) for name in ("alice", "bob", "charlie", "guest")]
    for one in callers:
        one.start()
    for one in callers:
        one.join()
    assert sorted(answers) == sorted(item.upper() for group in door.groups for item in group)
    assert len(answers) == len(set(answers)) == 20
    # One alone, then all four each time, then the three who are left. In two halves it would be ten.
    assert len(door.groups) <= 7, [len(group) for group in door.groups]


def test_a_caller_alone_waits_for_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    door = Door(0.01)
    made: list[threading.Lock] = []
    closed = group_commit._closed
    monkeypatch.setattr(group_commit, "_closed", lambda: made.append(closed()) or made[-1])
    for n in range(5):
        assert door.queue.submit(f"alice{n}") == f"ALICE{n}"
    assert made == []  # nothing to wait at was ever made
    assert door.groups == [[f"alice{n}"] for n in range(5)]


def test_who_does_not_come_back_is_not_waited_for_twice() -> None:
    door = Door(0.01)
    door.queue._expected, door.queue._patience = 8, 0.001
    assert door.queue.submit("bob") == "BOB"
    assert door.queue._expected == 1
    assert door.queue.submit("bob again") == "BOB AGAIN"
    assert [len(group) for group in door.groups] == [1, 1]
