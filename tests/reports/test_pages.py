"""How rows fill pages, worked out by hand: a page is 1,020 px high, 12 of which stay free."""

from __future__ import annotations

from itertools import pairwise

from dashapp.reports.paper.pages import HEIGHT, MOST_COVER, MOST_PLOT, Fit, Measured, fit


def rows(*heights: int, plots: tuple[int, ...] = ()) -> list[Measured]:
    return [Measured(height, n in plots) for n, height in enumerate(heights)]


def test_what_is_on_one_page_stays_there_and_the_cover_grows() -> None:
    """100 + 200 + 300 leave 420 of 1,020: the cover takes its 340, the plot the 68 that are left over 12."""
    assert fit(100, MOST_COVER, rows(200, 300, plots=(1,))) == Fit(340, frozenset(), {1: 68})


def test_two_pages_are_filled_alike() -> None:
    """The shipped view: head 100, figures 107, trend 230, campaigns 275, plots 175, cohorts 265.

    As it flows, the first page holds 712 and the second 440. With campaigns on the second they are 437 and 715, and
    with cover (340) and one plot each (150) 927 and 865: fuller than 1,008 and 590.
    """
    found = fit(100, MOST_COVER, rows(107, 230, 275, 175, 265, plots=(1, 3)))
    assert found == Fit(340, frozenset({2}), {1: 150, 3: 150})


def test_nothing_is_spread_over_more_pages_than_it_needs() -> None:
    """Three rows of 330 and a head of 30 are exactly a page."""
    assert fit(30, MOST_COVER, rows(330, 330, 330)) == Fit(0, frozenset(), {})


def test_rows_that_would_be_cut_begin_a_page_and_none_overflows() -> None:
    heights = (600, 500, 500, 600, 100)
    found = fit(50, 0, rows(*heights, plots=(0, 3)))
    starts = [0, *sorted(found.breaks), len(heights)]
    for first, end in pairwise(starts):
        used = sum(heights[first:end]) + sum(found.plots.get(n, 0) for n in range(first, end))
        assert used + (50 if first == 0 else 0) <= HEIGHT
    assert len(starts) - 1 == 3
    assert max(found.plots.values()) <= MOST_PLOT


def test_a_row_higher_than_a_page_flows_as_it_is() -> None:
    assert fit(100, MOST_COVER, rows(200, 1_500, plots=(0,))) == Fit()
    assert fit(100, MOST_COVER, []) == Fit()
