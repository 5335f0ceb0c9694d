"""How high the rows of a laid-out document are, read off where their first and last lines came to stand."""

from __future__ import annotations

from typing import Any

from dashapp.reports.paper.pages import MOST_COVER, Fit, Measured, fit

#: px from the upper edge of the paper to its first line.
TOP = 12 * 96 / 25.4

PagePosition = tuple[int, float]


def fits_of(document: Any, grids: int) -> dict[int, Fit]:
    """How the rows of each grid fill their pages; the first grid's head is the cover where that is on its page."""
    places: dict[str, PagePosition] = {}
    for number, page in enumerate(document.pages):
        for name, at in page.anchors.items():
            places[name] = (number, at[1] - TOP)
    return {number: _fit_of(number, places, grids) for number in range(grids)}


def _fit_of(number: int, places: dict[str, PagePosition], grids: int) -> Fit:
    rows: list[Measured] = []
    while (start := places.get(f"row-{number}-{len(rows)}")) is not None:
        end, plots = _end(f"end-{number}-{len(rows)}", places)
        if end is None or end[0] != start[0]:
            return Fit()  # higher than a page
        rows.append(Measured(end[1] - start[1], plots))
    if not rows:
        return Fit()
    return fit(places[f"row-{number}-0"][1], MOST_COVER if grids == 1 else 0.0, rows)


def _end(name: str, places: dict[str, PagePosition]) -> tuple[PagePosition | None, bool]:
    plots = places.get(f"{name}-plots")
    return (plots, True) if plots is not None else (places.get(name), False)
