"""Week 1 and cohort in Explore: weeks on Mondays, those in progress marked as their tiles mark them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from zoneinfo import ZoneInfo

from dashapp.tiles.base import Page
from dashapp.ui.charts import label_indices
from dashapp.ui.language.spoken import day, integer, of_base, percent
from data.query.ask import Query

Row = Mapping[str, Any]
#: Labels of weeks that fit side by side on a phone.
_MOST_LABELS: Final = 6
#: Stripes that are seen on each step of the ramp, in either theme.
_STRIPE: Final = {"color": "rgba(128,128,128,.45)", "width": 1}
#: The ends of seven parallel strokes across one cell, from its centre.
_STROKES: Final = tuple(
    (max(-0.45, at - 0.45), min(0.45, at + 0.45), min(0.45, at + 0.45), max(-0.45, at - 0.45))
    for at in (-0.66, -0.44, -0.22, 0.0, 0.22, 0.44, 0.66)
)


def running(rows: Sequence[Row]) -> bool:
    """Whether a week shown is still in progress."""
    return any(row.get("state") == "in_progress" and row["base"] for row in rows)


def week1_lines(rows: Sequence[Row], value: str, opens: Sequence[str], page: Page) -> list[dict[str, Any]]:
    """The complete weeks as a line; from the last of them to those in progress, dotted with open points."""
    values = [row.get(value) if row["base"] else None for row in rows]
    begun = [i for i, row in enumerate(rows) if row["state"] == "in_progress" and row["base"]]
    complete = [i for i, row in enumerate(rows) if row["state"] == "value" and row["base"]]
    tail = [*[i for i in complete if begun and i < begun[0]][-1:], *begun] if begun else []
    said = [_week(row, value, page) for row in rows]

    def line(chosen: Sequence[int], **more: Any) -> dict[str, Any]:
        return {
            "type": "scatter",
            "mode": "lines+markers",
            "meta": "series",
            "x": [rows[i]["cohort"] for i in chosen],
            "y": [values[i] for i in chosen],
            "text": [said[i] for i in chosen],
            "customdata": [opens[i] for i in chosen],
            "hovertemplate": "%{text}<extra></extra>",
            **more,
        }

    symbols = ["circle-open" if i in begun else "circle" for i in tail]
    dotted = {"line": {"dash": "dot"}, "marker": {"symbol": symbols}}
    return [line(complete), *([line(tail, **dotted)] if tail else [])]


def _week(row: Row, value: str, page: Page) -> str:
    head = f"{page.t('cohort')} {day(date.fromisoformat(row['cohort']))}"
    figure = percent(row["rate"]) if value == "rate" else integer(row["n"] or 0)
    return f"{head}<br><b>{figure}</b><br>{_counted(row, page)}"


def _counted(row: Row, page: Page) -> str:
    if not row["base"] or row["n"] is None:
        return ""
    told = of_base(row["n"], row["base"])
    return f"{told}, {page.t('in_progress')}" if row.get("state") == "in_progress" else told


def mondays(rows: Sequence[Row]) -> dict[str, Any]:
    """An axis labelled at the weeks there are, as the product writes days."""
    weeks = [row["cohort"] for row in rows]
    shown = [weeks[i] for i in label_indices(len(weeks), _MOST_LABELS)]
    return {"tickvals": shown, "ticktext": [day(date.fromisoformat(one)) for one in shown]}


def cohort_marks(grid: dict[str, Any], rows: Sequence[Row], page: Page) -> tuple[dict[str, Any], list[Any]]:
    """The grid with what each cell counts told beside it, and the stripes over the cells in progress."""
    by_place = {(row["cohort"], row["week"]): row for row in rows}
    cohorts, weeks = list(dict.fromkeys(row["cohort"] for row in rows)), sorted({row["week"] for row in rows})
    text = [[_counted(by_place[c, w], page) if (c, w) in by_place else "" for w in weeks] for c in cohorts]
    stripes = [
        {"type": "line", "x0": x + x0, "y0": y + y0, "x1": x + x1, "y1": y + y1, "line": _STRIPE}
        for y, cohort in enumerate(cohorts)
        for x, week in enumerate(weeks)
        if (row := by_place.get((cohort, week))) and row.get("state") == "in_progress" and row["base"]
        for x0, y0, x1, y1 in _STROKES
    ]
    told = grid["hovertemplate"].replace("<extra>", "<br>%{hovertext}<extra>")
    figures = [[_figure(by_place.get((c, w))) for w in weeks] for c in cohorts]
    shown = {"text": figures, "texttemplate": "%{text}", "textfont": {"size": 11}}
    return {**grid, **shown, "hovertext": text, "hovertemplate": told}, stripes


def _figure(row: Row | None) -> str:
    """What a cell says, as the tile has it."""
    if row is None or not row["base"] or row["n"] is None:
        return ""
    return percent(row["rate"]) if row.get("rate") is not None else integer(row["n"])


def covered(answers: Mapping[str, Any], asked: Mapping[str, Query], page: Page) -> tuple[date, date]:
    """The days the figures are of: not the page's where a tile has weeks, a forecast or a period of its own."""
    today = page.as_of.astimezone(ZoneInfo(page.timezone)).date()
    for name, answer in answers.items():
        query = asked[name]
        weeks = [
            row["cohort"] for row in (answer.get("rows") or answer.get("points") or []) if "cohort" in row
        ]
        if weeks:
            return date.fromisoformat(min(weeks)), max(today, date.fromisoformat(max(weeks)))
        if query.from_ is not None and query.to is not None:
            return query.from_, query.to
        days = [row["day"] for row in answer.get("days") or []]
        if days:
            return date.fromisoformat(min(days)), date.fromisoformat(max(days))
    return page.period.from_, page.period.to
