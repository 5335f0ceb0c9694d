"""Writes that nobody waits for: merged, written together, and all of them there once they are flushed."""

from __future__ import annotations

import operator
import threading
from collections.abc import Mapping

from dashapp.access.deferred import Deferred


def test_a_flush_returns_when_the_write_under_way_is_over_too() -> None:
    """Else what the timer has taken is lost where the process ends, and a reader sees a part."""
    written: dict[str, int] = {}
    taken, go_on = threading.Event(), threading.Event()

    def write(values: Mapping[str, int]) -> None:
        taken.set()
        assert go_on.wait(30)
        written.update(values)

    deferred: Deferred[str, int] = Deferred(write, operator.add, what="numbers", delay_s=0.0)
    deferred.add("a", 1)  # the timer takes it and hangs in the database
    assert taken.wait(30)
    seen: list[dict[str, int]] = []
    flushing = threading.Thread(target=lambda: (deferred.flush(), seen.append(dict(written))))
    flushing.start()
    flushing.join(0.2)
    assert flushing.is_alive(), "it did not wait"
    go_on.set()
    flushing.join(30)
    assert seen == [{"a": 1}]


def test_what_waits_is_merged_and_written_once() -> None:
    written: list[dict[str, int]] = []
    deferred: Deferred[str, int] = Deferred(
        lambda values: written.append(dict(values)), operator.add, what="numbers", delay_s=3_600
    )
    for key in ("a", "b", "a"):
        deferred.add(key, 1)
    deferred.flush()
    deferred.flush()
    assert written == [{"a": 2, "b": 1}]
