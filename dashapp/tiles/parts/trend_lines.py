"""A trend's lines: what each is made of, its values, the labels below and the tooltip of a point."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashapp.tiles.base import Page
from dashapp.tiles.parts.rates import figure, n_of_base
from dashapp.tiles.parts.series import Bucket, drawn_rates
from dashapp.ui import charts
from dashapp.ui.format import integer


@dataclass(frozen=True, slots=True)
class Line:
    """One series: what is asked and drawn."""

    key: str
    metric: str
    name: str
    asked: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Series:
    """A line with its figures."""

    line: Line
    answer: Any
    now: list[Bucket]
    before: list[Bucket]


def values_of(found: list[Bucket], counts: bool) -> list[float | None]:
    return [b.n for b in found] if counts else drawn_rates(found)


def earlier_values(found: list[Bucket], counts: bool) -> list[float | None]:
    """The same of the period compared with, without the days that have no counterpart."""
    return [None if b.going else v for v, b in zip(values_of(found, counts), found, strict=True)]


def labels_of(found: list[Bucket], lang: str) -> list[tuple[float, str]]:
    return [
        (charts.x_share(i, len(found)), found[i].short(lang)) for i in charts.label_indices(len(found), 8)
    ]


def tip_of(
    i: int,
    point: charts.Point | None,
    series: list[Series],
    earlier: list[bool],
    counts: bool,
    page: Page,
) -> list[object]:
    """[x %, y % or null, heading, value, note…] of one point for the tooltip; one note a line where several."""
    first = series[0]
    bucket = first.now[i]
    x = charts.x_share(i, len(first.now))
    if len(series) > 1:
        said = [f"{s.line.name} {value_words(s.now[i], counts, page)}" for s in series]
        if bucket.going:
            said.append(page.t("in_progress"))
        return [x, None, bucket.label(page.lang), said[0], *said[1:]]
    notes = []
    if bucket.base and first.line.metric != "sent":
        notes.append(n_of_base({"n": bucket.n, "base": bucket.base}, page))
    if bucket.going:
        notes.append(page.t("in_progress"))
    if earlier[0] and i < len(first.before) and not first.before[i].going:
        notes.append(page.t("prev_tip", value=value_words(first.before[i], counts, page)))
    place = None if point is None else point.y
    return [x, place, bucket.label(page.lang), value_words(bucket, counts, page), *notes]


def value_words(bucket: Bucket, counts: bool, page: Page) -> str:
    if counts:
        return integer(bucket.n, page.lang)
    found = {"n": bucket.n, "base": bucket.base, "rate": bucket.rate}
    return figure(found, "percentage", page) if bucket.base else page.t("none_sent")
