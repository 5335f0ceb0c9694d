"""The one memory of a process: made once, kept within its budget, given up fairly, and counted."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest

from data.cache import MOST_WAITS, OVERHEAD, SHARES, Kept, Memory, Uncached, Use


def body(size: int) -> bytes:
    """Something that takes `size` bytes with its place."""
    return b"x" * (size - OVERHEAD)


def test_the_ceiling_of_a_process_is_what_is_documented() -> None:
    """docs/performance.md: 128 MB, half of what the largest name may take at most."""
    assert sum(SHARES.values()) == 128_000_000
    assert Memory().budget == 128_000_000


def test_a_mark_takes_the_place_of_the_one_before() -> None:
    kept: Kept[bytes] = Kept("a", Memory({"a": 100_000}))
    assert kept.get("key", lambda: b"one", mark=1) == b"one"
    assert kept.get("key", lambda: b"other", mark=1) == b"one"
    assert kept.get("key", lambda: b"two", mark=2) == b"two"
    assert kept.peek("key", 1) is None
    assert kept.peek("key", 2) == b"two"
    assert kept.size == 3 + OVERHEAD


def test_idle_room_is_lent_and_given_back() -> None:
    """Two names of 10,000 each. One takes 16,000 while the other sleeps; when that wakes, the first gives up."""
    memory = Memory({"greedy": 10_000, "late": 10_000})
    for number in range(8):
        memory.keep("greedy", number, body(2_000))
    assert memory.use()["greedy"] == Use(16_000, 8, 0, 0, 0)
    for number in range(5):
        memory.keep("late", number, body(2_000))
    use = memory.use()
    assert (use["greedy"].bytes, use["late"].bytes) == (10_000, 10_000)
    assert (use["greedy"].evictions, use["late"].evictions) == (3, 0)
    assert memory.peek("greedy", 2) is None, "the least recently used went first"
    assert memory.peek("greedy", 3) is not None
    memory.keep("late", 5, body(2_000))
    assert memory.use()["late"].bytes == 10_000, "who is over its own share gives, not the other"
    assert memory.peek("late", 0) is None


def test_the_budget_is_never_exceeded_whatever_comes() -> None:
    memory = Memory({"a": 20_000, "b": 10_000})
    for number in range(500):
        memory.keep("ab"[number % 2], number % 37, body(OVERHEAD + number * 7 % 9_000))
        use = memory.use()
        assert use["a"].bytes + use["b"].bytes <= 30_000
    memory.keep("a", "one", body(2_000))
    memory.keep("a", "one", body(15_001))
    assert memory.peek("a", "one") is None, (
        "half the budget is the most one thing may take; what was there is old"
    )


def test_hits_misses_and_evictions_are_counted_by_name() -> None:
    memory = Memory({"a": 4_000, "b": 4_000})
    kept: Kept[bytes] = Kept("a", memory)
    kept.get("one", lambda: body(2_000))
    kept.get("one", lambda: body(2_000))
    kept.peek("two")
    for key in ("two", "three", "four", "five"):
        kept.get(key, lambda: body(2_000))
    assert memory.use() == {"a": Use(8_000, 4, 1, 6, 1), "b": Use(0, 0, 0, 0, 0)}


def at_once(looks: Sequence[Any]) -> None:
    threads = [threading.Thread(target=look) for look in looks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert not any(thread.is_alive() for thread in threads)


def test_many_who_ask_at_once_cost_one_making() -> None:
    """Fifty threads, ten keys: each key is made once, and everybody gets it."""
    kept: Kept[bytes] = Kept("a", Memory({"a": 1_000_000}))
    made, found, start = Counter[int](), Counter[bytes](), threading.Barrier(50)

    def look(key: int) -> None:
        def make() -> bytes:
            made[key] += 1
            return b"%d" % key

        start.wait(30)
        for _ in range(20):
            found[kept.get(key, make)] += 1

    at_once([lambda key=number % 10: look(key) for number in range(50)])
    assert made == dict.fromkeys(range(10), 1)
    assert found == {b"%d" % key: 100 for key in range(10)}


def test_who_waits_gets_what_is_not_kept_and_who_comes_later_does_not() -> None:
    kept: Kept[bytes] = Kept("a", Memory({"a": 100_000}))
    begun, go, calls = threading.Event(), threading.Event(), Counter[str]()
    found: list[bytes] = []

    def half() -> Uncached[bytes]:
        calls["half"] += 1
        begun.set()
        assert go.wait(30)
        return Uncached(b"half")

    first = threading.Thread(target=lambda: found.append(kept.get("key", half)))
    first.start()
    assert begun.wait(30)
    second = threading.Thread(target=lambda: found.append(kept.get("key", half)))
    second.start()
    go.set()
    first.join(30)
    second.join(30)
    assert found == [b"half", b"half"]
    assert kept.peek("key") is None
    assert kept.get("key", lambda: b"whole") == b"whole"


def test_a_maker_that_hangs_is_waited_for_once_and_by_one_at_a_time() -> None:
    """Twenty wait for a maker that hangs: all get a value, and most of them one that somebody else made."""
    kept: Kept[bytes] = Kept("a", Memory({"a": 100_000}, patience_s=0.2))
    begun, go, made, found = threading.Event(), threading.Event(), Counter[str](), list[bytes]()

    def hangs() -> bytes:
        begun.set()
        assert go.wait(30)
        return b"late"

    def works() -> bytes:
        made["anew"] += 1
        return b"anew"

    hanging = threading.Thread(target=lambda: found.append(kept.get("key", hangs)))
    hanging.start()
    assert begun.wait(30)
    at_once([lambda: found.append(kept.get("key", works))] * 20)
    assert (found, made["anew"]) == ([b"anew"] * 20, 1)
    go.set()
    hanging.join(30)
    assert found[-1] == b"late", "who hung has what they made, and takes nobody's place"
    assert kept.get("key", works) == b"late"


def test_nobody_waits_more_than_twice_when_every_maker_hangs() -> None:
    memory = Memory({"a": 100_000}, patience_s=0.05)
    kept: Kept[bytes] = Kept("a", memory)
    go = threading.Event()

    def hangs() -> bytes:
        assert go.wait(30)
        return b"late"

    threads = [threading.Thread(target=lambda: kept.get("key", hangs)) for _ in range(MOST_WAITS + 2)]
    for thread in threads:
        thread.start()
    assert kept.get("key", lambda: b"mine") == b"mine"
    go.set()
    for thread in threads:
        thread.join(30)
    assert memory._making == {}, "every claim is given back"


def test_a_maker_that_leaves_something_out_is_told_and_does_not_loop() -> None:
    kept: Kept[bytes] = Kept("a", Memory({"a": 100_000}))
    calls = Counter[str]()

    def half(wanted: Sequence[str]) -> dict[str, bytes]:
        calls["half"] += 1
        return {"one": b"1"}

    with pytest.raises(LookupError, match="two"):
        kept.get_many({"one": "k1", "two": "k2"}, half)
    assert calls["half"] == 1
    assert kept.peek("k1") == b"1"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_maker_that_dies_lets_go_of_those_who_wait() -> None:
    """Even by what is no error, such as the end of its thread."""
    kept: Kept[bytes] = Kept("a", Memory({"a": 100_000}))
    begun, go, found = threading.Event(), threading.Event(), list[bytes]()

    def dies() -> bytes:
        begun.set()
        assert go.wait(30)
        raise SystemExit

    first = threading.Thread(target=lambda: kept.get("key", dies))
    first.start()
    assert begun.wait(30)
    second = threading.Thread(target=lambda: found.append(kept.get("key", lambda: b"made")))
    second.start()
    go.set()
    first.join(30)
    second.join(30)
    assert found == [b"made"]


def test_what_fails_is_raised_and_leaves_nothing_behind() -> None:
    kept: Kept[bytes] = Kept("a", Memory({"a": 100_000}))

    def broken() -> bytes:
        raise OSError("the file is gone")

    for _ in range(2):
        with pytest.raises(OSError, match="the file is gone"):
            kept.get("key", broken)
    assert kept.get("key", lambda: b"made") == b"made"


def test_two_owners_of_one_name_share_the_room_and_nothing_else() -> None:
    memory = Memory({"a": 100_000})
    alices: Kept[bytes] = Kept("a", memory)
    charlies: Kept[bytes] = Kept("a", memory)
    alices.keep(("alice", 1), b"Harbour")
    assert charlies.get(("charlie", 1), lambda: b"Colossus") == b"Colossus"
    assert alices.peek(("alice", 1)) == b"Harbour"
    assert charlies.size == alices.size == 15 + 2 * OVERHEAD
