"""A tile's answers as one plot and one table: pure, whatever the tile type draws them as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashapp.tiles.base import Page
from dashapp.tiles.figures import rows_of
from dashapp.ui.csv_words import in_words
from dashapp.ui.say import language, say
from dashapp.ui.spoken import day, weekday_name
from data.query import Query
from data.spreadsheet import csv_pieces
from pages.explored_cells import cells_of, counts_base, part_names, row_label

Answers = Mapping[str, Mapping[str, Any]]
Row = dict[str, Any]
#: Characters of a name on an axis; the table has it whole.
_LONGEST = 36
#: The legend of a heat map.
_BAR: dict[str, Any] = {"thickness": 10, "outlinewidth": 0, "len": 0.9}


@dataclass(frozen=True)
class Explored:
    """`figure` for Plotly, without colours; `rows` for the CSV, all with the same columns per `part`.

    `cells`: what the figures of each row open, by column. Each point of the plot has its own as custom data.
    """

    figure: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)


def explore(answers: Answers, asked: Mapping[str, Query], page: Page, *, absolute: bool = False) -> Explored:
    """Every answer of a tile as series of one plot, and all of its figures as rows.

    `asked`: the queries of the answers. `absolute`: counts instead of rates, where an answer has both.
    """
    traces: list[dict[str, Any]] = []
    rows: list[Row] = []
    cells: list[dict[str, str]] = []
    first_x: list[Any] = []
    rates = False
    names = part_names(asked)
    for name, answer in answers.items():
        found = list(rows_of(answer))
        if counts_base(name, asked[name]):
            found = [{"key": row["key"], "base": row["base"]} for row in found]
        opened = [cells_of(name, asked[name], row) for row in found]
        rows += [{"part": name, **row} for row in found]
        cells += opened
        trace = _trace(names[name], asked[name], found, opened, page, absolute=absolute)
        if trace is None or (traces and trace["_rates"] is not rates):
            continue  # how many were sent has no place on an axis of rates; the table has it
        rates = trace.pop("_rates")
        if trace["type"] != "heatmap" and "orientation" not in trace:
            # An earlier period is laid over this one, point by point.
            if not first_x:
                first_x = trace["x"]
            elif trace["x"] != first_x and len(trace["x"]) == len(first_x):
                earlier = (
                    {"line": {"dash": "dot"}} if trace["type"] == "scatter" else {"textposition": "none"}
                )
                trace |= {"text": trace["x"], "x": first_x, **earlier}
        traces.append(trace)
    axis = {"tickformat": ".0%", "rangemode": "tozero"} if rates else {"rangemode": "tozero"}
    flat = any(trace.get("orientation") == "h" for trace in traces)
    layout: dict[str, Any] = {
        "margin": {"l": 64, "r": 24, "t": 24, "b": 56},
        "hovermode": "closest" if flat or any(t["type"] == "heatmap" for t in traces) else "x unified",
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "y": 1.08},
        "xaxis": {"automargin": True, **(axis if flat else {})},
        "yaxis": {"automargin": True, **({} if flat else axis), **_names(traces)},
    }
    if language() == "fr":  # Plotly names months in English only
        layout["separators"] = ", "
        if not flat and all(trace["type"] != "heatmap" for trace in traces):
            layout["xaxis"] |= {"tickformat": "%d/%m", "hoverformat": "%d/%m/%Y"}
    return Explored({"data": traces, "layout": layout}, rows, cells)


def _names(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of an axis with names on it: long ones are cut, and what comes first in the answer stands on top."""
    named = [trace for trace in traces if trace["type"] == "heatmap" or "orientation" in trace]
    if not named:
        return {}
    names = list(dict.fromkeys(name for trace in named for name in trace["y"]))
    cut = [name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…" for name in names]
    return {"type": "category", "autorange": "reversed", "tickvals": names, "ticktext": cut}


def _trace(
    name: str,
    query: Query,
    rows: Sequence[Row],
    opened: Sequence[dict[str, str]],
    page: Page,
    *,
    absolute: bool,
) -> dict[str, Any] | None:
    if not rows:
        return None
    value = "n" if absolute or not any(row.get("rate") is not None for row in rows) else "rate"
    if not any(value in row for row in rows):
        value = next((key for key, one in rows[0].items() if isinstance(one, (int, float))), "")
    series: dict[str, Any] = {"name": name, "_rates": value == "rate"}
    values = [row.get(value) for row in rows]
    # The script takes apart what is counted and what it is a share of (assets/desk_cells.js).
    opens = [f"{'base ' if value == 'base' and one else ''}{one.get(value, '')}" for one in opened]
    if query.name == "cohort":
        dated = [{**row, "cohort": day(date.fromisoformat(row["cohort"]))} for row in rows]
        bar = {"colorbar": {**_BAR, "tickformat": ".0%"}} if value == "rate" else {}
        return _grid(dated, opens, "cohort", "week", value, say("Week {n}")) | {"_rates": False, **bar}
    if query.name == "hours":
        named = [{**row, "weekday": weekday_name(row["weekday"])} for row in rows]
        return _grid(named, opens, "weekday", "hour", value, "{n}:00") | {"_rates": False}
    if "day" in rows[0]:
        return {**series, "type": "bar", "x": [row["day"] for row in rows], "y": values, "customdata": opens}
    over_time = "cohort" if query.name == "week1" else "key" if query.by in {"day", "week"} else ""
    if over_time:
        x = [row[over_time] for row in rows]
        line = {"type": "scatter", "mode": "lines+markers", "x": x, "y": values}
        return {**series, **line, "customdata": opens}
    if not value or not any(isinstance(one, str) for one in rows[0].values()):
        return None
    names = [row_label(query, row, page) for row in rows]
    bars = {"type": "bar", "orientation": "h", "y": names, "x": values, "customdata": opens}
    return {**series, **bars}


def _grid(
    rows: Sequence[Row], opens: Sequence[str], down: str, across: str, value: str, label: str
) -> dict[str, Any]:
    ys, xs = list(dict.fromkeys(row[down] for row in rows)), sorted({row[across] for row in rows})
    at = {(row[down], row[across]): (row.get(value), cell) for row, cell in zip(rows, opens, strict=True)}
    none = (None, "")
    return {
        "type": "heatmap",
        "x": [label.format(n=x) for x in xs],
        "y": ys,
        "z": [[at.get((y, x), none)[0] for x in xs] for y in ys],
        "customdata": [[at.get((y, x), none)[1] for x in xs] for y in ys],
        "hoverongaps": False,
        "hovertemplate": f"%{{y}}, %{{x}}<br><b>%{{z{':.1%' if value == 'rate' else ''}}}</b><extra></extra>",
        "xgap": 2,
        "ygap": 2,
        "colorbar": _BAR,
    }


def as_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV with one line of names; a cell a spreadsheet would run as a formula is made a text."""
    rows = in_words(rows, language())
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "".join(csv_pieces(names, [[[row.get(name) for name in names] for row in rows]]))
