"""When two shares differ: Newcombe's own examples, and the guard that needs enough units."""

from __future__ import annotations

import pytest

from data.answers.difference import Share, difference, wilson


def test_newcombes_example() -> None:
    """Table II of his paper: 56 of 70 against 48 of 80, method 10: 0.0524 to 0.3339."""
    found = difference(Share(56, 70), Share(48, 80))
    assert found.value == pytest.approx(0.2, abs=1e-9)
    assert (found.low, found.high) == (pytest.approx(0.0524, abs=5e-5), pytest.approx(0.3339, abs=5e-5))
    assert found.real


def test_small_counts() -> None:
    """Table II: 9 of 10 against 3 of 10 is 0.1705 to 0.8090, and still too few to be told a difference."""
    found = difference(Share(9, 10), Share(3, 10))
    assert (found.low, found.high) == (pytest.approx(0.1705, abs=5e-5), pytest.approx(0.8090, abs=5e-5))
    assert not found.real


def test_nothing_is_everything_and_no_difference() -> None:
    assert wilson(Share(0, 0), 1.96) == (0.0, 1.0)
    assert not difference(Share(0, 0), Share(5, 100)).real


def test_more_comparisons_ask_for_more() -> None:
    """30 of 500 against 15 of 500: 3 points; real alone, not as one of twenty."""
    assert difference(Share(30, 500), Share(15, 500)).real
    assert not difference(Share(30, 500), Share(15, 500), comparisons=20).real
