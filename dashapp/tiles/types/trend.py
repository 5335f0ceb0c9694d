"""Trend: up to five rates, or the e-mails sent, over the period, with the previous period dashed."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator, model_validator

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import (
    RATES,
    ChosenAttribution,
    Engagement,
    Label,
    Metric,
    Narrowed,
    Ranged,
    Rate,
    View,
    label_of,
    named,
    same_age_is_usual,
)
from dashapp.tiles.parts.definition import counted, counted_rate
from dashapp.tiles.parts.notes import marked, notes_on, said_of
from dashapp.tiles.parts.rates import (
    before_options,
    begins_earlier,
    compared,
    figure,
    in_progress,
    metric_label,
    n_of_base_units,
    nothing_sent,
    untracked,
)
from dashapp.tiles.parts.series import aligned, buckets, emphasis, pooled, rate_rows, sent_rows
from dashapp.tiles.parts.trend_lines import Line, Series, earlier_values, labels_of, tip_of, values_of
from dashapp.ui import charts
from dashapp.ui.format import axis_percent, compact, integer
from data.query.ask import Query

MOST_SERIES = 5


class TrendOptions(Narrowed, Ranged):
    """What is drawn, and whether the previous period is drawn with it."""

    metric: Metric = "open"
    more: Annotated[
        list[Rate],
        Field(max_length=MOST_SERIES - 1),
        Label("Also", RATES, "Up to five lines in all."),
    ] = Field(default_factory=list)
    split: Annotated[
        Literal["none", "sender_provider", "recipient_provider"],
        Label(
            "A line for each",
            (
                ("none", "Nothing"),
                ("sender_provider", "Sender provider"),
                ("recipient_provider", "Recipient provider"),
            ),
        ),
    ] = "none"
    view: View = "percentage"
    attribution: ChosenAttribution = "email"
    engagement: Engagement = "human"
    compare: Annotated[bool, Label("Show the previous period")] = True
    comparison: Annotated[
        Literal["previous", "by_now"],
        Label(
            "Previous period",
            (
                ("previous", "At the same age"),
                ("by_now", "As it is by now"),
            ),
        ),
    ] = "previous"

    @field_validator("comparison", mode="before")
    @classmethod
    def _age(cls, value: Any) -> Any:
        return same_age_is_usual(value)

    @model_validator(mode="after")
    def _one_axis(self) -> Self:
        if self.more and self.metric == "sent" and self.view == "percentage":
            raise ValueError("E-mails sent and rates do not share an axis; choose the absolute view")
        if self.more and self.split != "none":
            raise ValueError("Choose several data types or a line for each provider, not both")
        if len({self.metric, *self.more}) != 1 + len(self.more):
            raise ValueError("A data type is drawn once")
        return self

    @property
    def counts(self) -> bool:
        """Whether the axis counts."""
        return self.view == "absolute" or self.metric == "sent"


def _lines(options: TrendOptions, page: Page) -> list[Line]:
    if options.split == "none":
        return [
            Line(metric, metric, metric_label(metric, options.view, page), options.narrow())
            for metric in (options.metric, *options.more)
        ]
    label = label_of(type(options).model_fields[options.split].metadata)
    assert label is not None
    chosen = getattr(options, options.split)
    return [
        Line(value, options.metric, text, {**options.narrow(), options.split: value})
        for value, text in named(label.choices, page.lang).items()
        if value != "any" and chosen in {"any", value}
    ]


def queries(options: TrendOptions, page: Page) -> dict[str, Query]:
    """Each line by day, and the previous period when compared."""
    found = {}
    lines = _lines(options, page)
    for line in lines:
        if line.metric == "sent":
            asked: dict[str, Any] = {"name": "sent_emails", **line.asked}
        else:
            asked = {
                "name": "rate",
                "data_type": line.metric,
                "attribution": options.attribution,
                "engagement": options.engagement,
                "by": "day",
                **line.asked,
            }
        suffix = "" if len(lines) == 1 else f" {line.key}"
        found[f"now{suffix}"] = Query(**asked, marks=True, **page.period.range_options())
        if options.compare and compared(options.comparison, page):
            counts = line.metric == "sent"
            found[f"before{suffix}"] = Query(
                **asked, **before_options(options.comparison, page, counts=counts)
            )
    return found


def titled(options: TrendOptions, page: Page) -> str:
    """The title."""
    if options.more:
        return page.t("over_time_several")
    return page.t("over_time", metric=metric_label(options.metric, options.view, page))


def context(options: TrendOptions, answers: Answers, page: Page) -> Context:
    """Template values; points of 7 days in long periods."""
    lines = _lines(options, page)
    title = titled(options, page)
    series = [_series(line, answers, page, alone=len(lines) == 1) for line in lines]
    if not any(b.n or b.base for s in series for b in s.now):
        # A flat zero line would claim something was measured.
        return {"title": title, "empty": nothing_sent(page), "how": []}
    counts, single = options.counts, len(series) == 1
    drawn = [(values_of(s.now, counts), earlier_values(s.before, counts)) for s in series]
    scale = charts.scale(
        max(v for pair in drawn for values in pair for v in [*values, 0.0] if v is not None),
        whole=counts,
        ceiling=None if counts else 1.0,
    )
    earlier = [any(b.n or b.base for b in s.before) for s in series]
    noted = notes_on(page, options.campaign)
    parts = [emphasis(values, s.now) for s, (values, _) in zip(series, drawn, strict=True)]
    first = series[0]
    return {
        "title": title,
        "note": page.t("per_week" if pooled(page.period) else "per_day"),
        "headline": _headline(first, options, page),
        "opens": page.cell(_asked(first, single)),
        "points": [
            page.cell(_asked(first, single), b.key) if b.base or b.n or first.line.metric == "sent" else ""
            for b in first.now
        ]
        if page.opens
        else None,
        "base_note": None if first.line.metric == "sent" else _base_note(first, options, page),
        "untracked": None if counts else untracked(first.answer, options.metric, page),
        "ticks": [compact(v, page.lang) if counts else axis_percent(v, page.lang) for v in scale.ticks],
        "single": single,
        "area": charts.area(parts[0][0], scale.top) if single else "",
        "lines": [
            {
                "css": "" if single else f" ser{i + 1}",
                "name": s.line.name,
                "total": _headline(s, options, page),
                "opens": page.cell(_asked(s, single)),
                "now": charts.line(parts[i][0], scale.top) if any(v is not None for v in parts[i][0]) else "",
                "going": charts.line(parts[i][1], scale.top)
                if any(v is not None for v in parts[i][1])
                else "",
                "before": charts.line(old, scale.top) if earlier[i] else "",
            }
            for i, (s, (_, old)) in enumerate(zip(series, drawn, strict=True))
        ],
        "has_previous": any(earlier),
        "no_previous": page.t("no_full_earlier") if _cut_short(first, answers, page) else "",
        "has_going": any(v is not None for _, tail in parts for v in tail),
        "labels": labels_of(first.now, page.lang),
        "tips": [
            [*tip_of(i, point, series, earlier, counts, page), *said_of(first.now[i], noted)]
            for i, point in enumerate(charts.points(drawn[0][0], scale.top))
        ],
        "how": _how(options, series, page),
        **marked(first.now, noted, page),
    }


def _asked(series: Series, single: bool) -> str:
    return "now" if single else f"now {series.line.key}"


def _series(line: Line, answers: Answers, page: Page, *, alone: bool) -> Series:
    suffix = "" if alone else f" {line.key}"
    rows = sent_rows if line.metric == "sent" else rate_rows
    pool = pooled(page.period)
    answer, old = answers[f"now{suffix}"], answers.get(f"before{suffix}")
    if begins_earlier(answer.get("since"), page):
        old = None  # a part of a period is none to compare with
    return Series(
        line,
        answer,
        buckets(
            page.period,
            rows(answer),
            pool=pool,
            going={page.today.isoformat()} if line.metric == "sent" else in_progress(answer, page),
        ),
        [] if old is None else aligned(page.period, page.previous, rows(old), pool=pool),
    )


def _cut_short(first: Series, answers: Answers, page: Page) -> bool:
    """Whether there is no previous line because the data begin within that period."""
    return any(name.startswith("before") for name in answers) and begins_earlier(
        first.answer.get("since"), page
    )


def _headline(series: Series, options: TrendOptions, page: Page) -> str:
    if series.line.metric == "sent":
        return integer(series.answer["total"], page.lang)
    return figure(series.answer, options.view, page)


def _base_note(series: Series, options: TrendOptions, page: Page) -> str:
    said = n_of_base_units(series.answer, options.attribution, page)
    return said if not (options.more or options.split != "none") else f"{series.line.name}: {said}"


def _how(options: TrendOptions, series: list[Series], page: Page) -> list[tuple[str, str]]:
    first = series[0]
    query = next(iter(queries(options, page).values()))
    if first.line.metric == "sent":
        return counted(query, page)
    rows = counted_rate(query, first.answer, page)
    rows += [(s.line.name, n_of_base_units(s.answer, options.attribution, page) + ".") for s in series[1:]]
    return [*rows, (page.t("how_recent"), page.t("trend_partial"))]


TILE = TileType(
    "trend",
    "Trend",
    TrendOptions,
    queries,
    context,
    "tiles/trend.html",
    (8, 3),
    about=About(
        "Trend",
        "Up to five lines over the period, the previous one dashed.",
        "time",
        "line chart series compare open reply",
        least=(4, 3),
        most=(12, 6),
    ),
    title=titled,
)
