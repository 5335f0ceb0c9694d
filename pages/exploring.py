"""A tile's answers as one plot and one table: pure, whatever the tile type draws them as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from dashapp.ui.say import later, say
from dashapp.ui.spoken import weekday_name
from data.spreadsheet import csv_pieces

Answers = Mapping[str, Mapping[str, Any]]
Row = dict[str, Any]
NAMES = {"now": later("This period"), "before": later("Compared with")}


@dataclass(frozen=True)
class Explored:
    """`figure` for Plotly, without colours; `rows` for the CSV, all with the same columns per `part`."""

    figure: dict[str, Any]
    rows: list[Row] = field(default_factory=list)


def explore(answers: Answers, *, absolute: bool = False) -> Explored:
    """Every answer of a tile as series of one plot, and all of its figures as rows.

    `absolute`: counts instead of rates, where an answer has both.
    """
    traces: list[dict[str, Any]] = []
    rows: list[Row] = []
    first_x: list[Any] = []
    rates = False
    for name, answer in answers.items():
        found = _rows_of(answer)
        rows += [{"part": name, **row} for row in found]
        trace = _trace(name, answer, found, absolute=absolute)
        if trace is None:
            continue
        rates = rates or trace.pop("_rates", False)
        if trace["type"] == "scatter":
            # An earlier period is laid over this one, point by point.
            if not first_x:
                first_x = trace["x"]
            elif trace["x"] != first_x and len(trace["x"]) == len(first_x):
                trace |= {"text": trace["x"], "x": first_x, "line": {"dash": "dot"}}
        traces.append(trace)
    axis = {"tickformat": ".0%", "rangemode": "tozero"} if rates else {"rangemode": "tozero"}
    flat = any(trace.get("orientation") == "h" for trace in traces)
    layout: dict[str, Any] = {
        "margin": {"l": 64, "r": 24, "t": 24, "b": 56},
        "hovermode": "closest" if flat else "x unified",
        "showlegend": len(traces) > 1,
        "legend": {"orientation": "h", "y": 1.08},
        "xaxis": {"automargin": True, **(axis if flat else {})},
        "yaxis": {"automargin": True, **({} if flat else axis)},
    }
    return Explored({"data": traces, "layout": layout}, rows)


def _rows_of(answer: Mapping[str, Any]) -> list[Row]:
    """The figures of one answer, one a row."""
    for key in ("groups", "days", "cells", "rows"):
        found = answer.get(key)
        if isinstance(found, Sequence) and not isinstance(found, str):
            return [flat for one in found if isinstance(one, Mapping) for flat in _flat(one)]
    plain = {key: answer[key] for key in ("n", "base", "rate", "total") if key in answer}
    return [plain] if plain else []


def _flat(one: Mapping[str, Any]) -> list[Row]:
    """A row; one with cells of its own (a cohort) becomes one row a cell."""
    cells = one.get("cells")
    outer = {key: value for key, value in one.items() if not isinstance(value, (list, dict))}
    if not isinstance(cells, Sequence):
        return [outer]
    return [{**outer, "column": number, **dict(cell)} for number, cell in enumerate(cells, start=1)]


def _trace(
    name: str, answer: Mapping[str, Any], rows: Sequence[Row], *, absolute: bool
) -> dict[str, Any] | None:
    if not rows:
        return None
    value = "n" if absolute or not any(row.get("rate") is not None for row in rows) else "rate"
    if value not in rows[0] and not any(value in row for row in rows):
        value = next((key for key, one in rows[0].items() if isinstance(one, (int, float))), "")
    series: dict[str, Any] = {
        "name": say(NAMES[name]) if name in NAMES else name.replace("_", " "),
        "_rates": value == "rate",
    }
    values = [row.get(value) for row in rows]
    if "cohort" in rows[0] and "column" in rows[0]:
        return _grid(rows, "cohort", "column", value, say("Week {n}")) | {"_rates": False}
    if "weekday" in rows[0] and "hour" in rows[0]:
        named = [{**row, "weekday": weekday_name(row["weekday"])} for row in rows]
        return _grid(named, "weekday", "hour", value, "{n}:00") | {"_rates": False}
    if "day" in rows[0]:
        return {**series, "type": "bar", "x": [row["day"] for row in rows], "y": values}
    if "key" in rows[0] and answer.get("by") in {"day", "week"}:
        x = [row["key"] for row in rows]
        return {**series, "type": "scatter", "mode": "lines+markers", "x": x, "y": values}
    label = next((key for key, one in rows[0].items() if isinstance(one, str)), None)
    if label is None or not value:
        return None
    names = [str(row.get(label)) for row in rows][::-1]
    return {**series, "type": "bar", "orientation": "h", "y": names, "x": values[::-1]}


def _grid(rows: Sequence[Row], down: str, across: str, value: str, label: str) -> dict[str, Any]:
    ys, xs = list(dict.fromkeys(row[down] for row in rows)), sorted({row[across] for row in rows})
    at = {(row[down], row[across]): row.get(value) for row in rows}
    return {
        "type": "heatmap",
        "x": [label.format(n=x) for x in xs],
        "y": ys,
        "z": [[at.get((y, x)) for x in xs] for y in ys],
        "hoverongaps": False,
    }


def as_csv(rows: Sequence[Row]) -> str:
    """The rows as CSV with one line of names; a cell a spreadsheet would run as a formula is made a text."""
    names = list(dict.fromkeys(name for row in rows for name in row))
    return "".join(csv_pieces(names, [[[row.get(name) for name in names] for row in rows]]))
