"""Whatever colour an agency gives, its portal can be read."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashapp.errors import Refused
from dashapp.ui.brand import PRIMARY_SERIES, SURFACES, brand_css, brand_vars, contrast, is_reddish, over

HEXES = st.integers(0, 0xFFFFFF).map(lambda n: f"#{n:06x}")
NAMED = ("#0f766e", "#d6336c", "#ffd400", "#1a1a80", "#ff0000", "#808080", "#000000", "#ffffff")


@pytest.mark.parametrize("value", NAMED)
def test_named_brands_are_readable(value: str) -> None:
    _check(value)


@given(HEXES)
def test_every_brand_is_readable(value: str) -> None:
    _check(value)


def _check(value: str) -> None:
    for theme, found in brand_vars(value).items():
        assert contrast(found["--brand"], SURFACES[theme]) >= 4.5
        assert contrast(found["--series"], SURFACES[theme]) >= 4.5
        assert contrast(found["--on-brand"], found["--brand"]) >= 4.5
        for step in range(1, 8):
            cell, ink = found[f"--q{step}"], found[f"--qt{step}"]
            assert contrast(cell, ink) >= 4.5
            hatch = re.fullmatch(r"rgba\((\d+),\d+,\d+,([\d.]+)\)", found[f"--qh{step}"])
            assert hatch is not None
            assert contrast(over(cell, float(hatch[2]), int(hatch[1])), ink) >= 4.5


def test_black_on_white_is_21() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == 1


@pytest.mark.parametrize("value", ["#ff0000", "#d6336c", "#b42318", "#7f1d1d", "#e03131"])
def test_a_reddish_brand_does_not_draw_the_series(value: str) -> None:
    assert is_reddish(value)
    for theme, found in brand_vars(value).items():
        assert found["--series"] == PRIMARY_SERIES[theme]
        assert found["--brand"] != found["--series"]


@pytest.mark.parametrize("value", ["#0f766e", "#ffd400", "#1a1a80", "#808080", "#000000", "#7048e8"])
def test_other_brands_draw_their_own(value: str) -> None:
    assert not is_reddish(value)
    for found in brand_vars(value).values():
        assert found["--series"] == found["--brand"]


@pytest.mark.parametrize("value", ["", "red", "#fff", "#12345g", "#0f766e}body{", "0f766e\n", "#0f766e;"])
def test_only_six_digits_reach_the_style_sheet(value: str) -> None:
    with pytest.raises(Refused):
        brand_css(value)


def test_digits_without_the_mark_are_taken() -> None:
    assert brand_vars("0F766E") == brand_vars("#0f766e")
