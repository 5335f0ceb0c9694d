"""Geometry of the inline SVG charts: path data and percentages only, no markup and no text.

Lines live in a box of 1000 x 300 units stretched to the plot (`preserveAspectRatio=none`, strokes do not
scale); points, columns and labels are placed in percent of the plot, so nothing is distorted and no style
attribute is needed (the portal's CSP forbids them).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

BOX_WIDTH, BOX_HEIGHT = 1000, 300
Series = Sequence[float | None]


@dataclass(frozen=True, slots=True)
class Scale:
    """A value axis from 0 to `top` with evenly spaced `ticks`, highest first."""

    top: float
    ticks: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Column:
    """A column in percent of the plot."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Point:
    """A point in percent of the plot."""

    x: float
    y: float


def scale(highest: float, *, whole: bool = False, ceiling: float | None = None, steps: int = 4) -> Scale:
    """A round axis that holds `highest`; `whole` for counts, `ceiling` for rates (1.0)."""
    if highest <= 0:
        highest = steps if whole else 0.1
    step = _round_up(highest / steps)
    if whole:
        step = max(1.0, math.ceil(step))
    if ceiling is not None and step * steps > ceiling:
        step = ceiling / steps
    count = max(2, math.ceil(highest / step - 1e-9))
    return Scale(step * count, tuple(step * i for i in range(count, -1, -1)))


def _round_up(value: float) -> float:
    power = 10.0 ** math.floor(math.log10(value))
    for nice in (1, 1.5, 2, 2.5, 3, 4, 5, 7.5, 10):
        if value <= nice * power * (1 + 1e-9):
            return nice * power
    return 10 * power


def x_share(index: int, count: int) -> float:
    """Where point `index` of `count` lies, in percent from the left; a single point in the middle."""
    return 50.0 if count < 2 else round(index * 100 / (count - 1), 2)


def line(values: Series, top: float) -> str:
    """Path data through the values that exist; a gap (None) is bridged: the days beside it are known."""
    points = _points(values, 0, top)
    if len(points) == 1:  # one known value: a flat tick, so that it can be seen
        x, y = points[0]
        points = [(max(0, x - 8), y), (min(BOX_WIDTH, x + 8), y)]
    return "M" + "L".join(f"{x:g},{y:g}" for x, y in points) if points else ""


def area(values: Series, top: float) -> str:
    """Path data of the surface under `line`."""
    points = _points(values, 0, top)
    if len(points) < 2:
        return ""
    body = "L".join(f"{x:g},{y:g}" for x, y in points)
    return f"M{points[0][0]:g},{BOX_HEIGHT}L{body}L{points[-1][0]:g},{BOX_HEIGHT}Z"


def sparkline(values: Series, solid: Series | None = None, tail: Series = ()) -> tuple[str, str, str]:
    """(line, area, tail) of a small trend scaled to its own range; empty strings when all is zero.

    `solid` and `tail`: the parts of `values` that are certain and in progress, where they are told apart.
    """
    known = [v for v in values if v is not None]
    if len(known) < 2 or not any(known):
        return "", "", ""
    low, high = min(known), max(known)
    if high == low:  # a level line, a third up
        low, high = high / 2, high * 2
    room = (high - low) * 0.06
    points = _points(values if solid is None else solid, low - room, high + room)
    last = _points(tail, low - room, high + room)
    body = "L".join(f"{x:g},{y:g}" for x, y in points)
    end = "L".join(f"{x:g},{y:g}" for x, y in last)
    area = f"M{points[0][0]:g},{BOX_HEIGHT}L{body}L{points[-1][0]:g},{BOX_HEIGHT}Z" if points else ""
    return (f"M{body}" if points else ""), area, (f"M{end}" if len(last) > 1 else "")


def _points(values: Series, low: float, high: float) -> list[tuple[float, float]]:
    count = len(values)
    return [
        (
            round(x_share(i, count) * BOX_WIDTH / 100, 1),
            round(BOX_HEIGHT * (1 - (v - low) / (high - low)), 1),
        )
        for i, v in enumerate(values)
        if v is not None
    ]


def points(values: Series, top: float, *, inset: float = 0.0) -> list[Point | None]:
    """Each value as a point in percent of the plot; `inset` percent are kept free left and right."""
    room = (100 - 2 * inset) / 100
    places = [round(inset + x_share(i, len(values)) * room, 2) for i in range(len(values))]
    heights = [None if v is None else round(100 * (1 - v / top), 2) for v in values]
    return [None if y is None else Point(x, y) for x, y in zip(places, heights, strict=True)]


def columns(values: Sequence[float], top: float, *, gap: float = 0.32) -> list[Column]:
    """A column per value; `gap` is the share of each slot left free."""
    slot = 100 / max(1, len(values))
    return [
        Column(
            round(i * slot + slot * gap / 2, 2),
            round(100 * (1 - v / top), 2),
            round(slot * (1 - gap), 2),
            round(100 * v / top, 2),
        )
        for i, v in enumerate(values)
    ]


def label_indices(count: int, most: int) -> list[int]:
    """Which of `count` places get a label: evenly spaced from the first, at most `most` of them."""
    step = max(1, math.ceil(count / most))
    return list(range(0, count, step))


def ramp_step(rate: float, low: float, high: float, steps: int = 7) -> int:
    """The step 1..`steps` of a rate between `low` and `high`; 0 for a true zero."""
    if rate <= 0:
        return 0
    if high <= low:
        return (steps + 1) // 2
    return min(steps, 1 + int((rate - low) / (high - low) * steps))


def stacked(below: Sequence[float], values: Sequence[float], top: float) -> list[Column]:
    """Columns that stand on those of `below`."""
    return [
        Column(column.x, round(column.y - 100 * value / top, 2), column.width, round(100 * value / top, 2))
        for column, value in zip(columns(below, top), values, strict=True)
    ]


def bar(value: float, top: float) -> float:
    """How long a bar is, in percent of its track; what is not zero can be seen."""
    if top <= 0 or value <= 0:
        return 0.0
    return min(100.0, max(0.8, round(100 * value / top, 2)))
