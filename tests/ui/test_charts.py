"""Chart geometry by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.ui import charts


@pytest.mark.parametrize(
    ("highest", "options", "top"),
    [
        (179, {"whole": True}, 200),
        (3, {"whole": True}, 3),
        (0, {"whole": True}, 4),
        (1, {"whole": True}, 2),
        (0.542, {"ceiling": 1.0}, 0.6),
        (0.95, {"ceiling": 1.0}, 1.0),
        (1.0, {"ceiling": 1.0}, 1.0),
        (0.031, {"ceiling": 1.0}, 0.04),
    ],
)
def test_axes_are_round(highest: float, options: dict[str, object], top: float) -> None:
    assert charts.scale(highest, **options).top == pytest.approx(top)  # type: ignore[arg-type]


@given(st.floats(0.0001, 1.0))
def test_a_rate_axis_holds_its_values_and_ends_at_one(highest: float) -> None:
    found = charts.scale(highest, ceiling=1.0)
    assert highest <= found.top * (1 + 1e-9) <= 1.0 + 1e-6
    assert 3 <= len(found.ticks) <= 6
    assert found.ticks[-1] == 0


@given(st.integers(0, 10**9))
def test_a_count_axis_has_whole_ticks(highest: int) -> None:
    found = charts.scale(highest, whole=True)
    assert found.top >= highest
    assert all(float(tick).is_integer() for tick in found.ticks)


def test_a_line_bridges_gaps() -> None:
    assert charts.line([0.0, None, 1.0], 1.0) == "M0,300L1000,0"
    assert charts.area([0.0, 0.5], 1.0) == "M0,300L0,300L1000,150L1000,300Z"


def test_nothing_to_draw_is_an_empty_path() -> None:
    assert charts.line([None, None], 1.0) == ""
    assert charts.sparkline([]) == ("", "", "")
    assert charts.sparkline([0, 0, 0]) == ("", "", "")


def test_one_known_value_shows_as_a_tick() -> None:
    assert charts.line([None, 0.5, None], 1.0) == "M492,150L508,150"


def test_columns_stand_on_the_floor() -> None:
    one, two = charts.columns([50, 100], 100)
    assert (one.y, one.height, two.y, two.height) == (50, 50, 0, 100)
    assert one.x + one.width < two.x


@pytest.mark.parametrize(("rate", "step"), [(0, 0), (0.1, 1), (0.2, 4), (0.3, 7), (0.29, 7)])
def test_ramp_steps(rate: float, step: int) -> None:
    assert charts.ramp_step(rate, 0.1, 0.3) == step


def test_one_value_takes_the_middle_of_the_ramp() -> None:
    assert charts.ramp_step(0.2, 0.2, 0.2) == 4
