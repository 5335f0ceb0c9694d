"""A tile's answers as one plot and one table: pure, whatever the tile type draws them as."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from dashapp.languages import LANGUAGES
from dashapp.tiles.base import Page
from dashapp.tiles.parts.series import counterpart
from dashapp.tiles.table import as_text, rows_of
from dashapp.ui.language.say import language, say
from dashapp.ui.language.spoken import day, weekday_name
from data.query.ask import Query
from pages.plots.cells import cells_of, counts_base, part_names, row_label
from pages.plots.dressing import PERCENT, coloured, names_of, one_tail_in_legend, spaced_percent
from pages.plots.weeks import cohort_marks, mondays, running, week1_lines

Answers = Mapping[str, Mapping[str, Any]]
Row = dict[str, Any]
#: Above the plot however many lines it needs, and never over it.
_LEGEND: dict[str, Any] = {
    "orientation": "h",
    "x": 0,
    "xanchor": "left",
    "y": 1.02,
    "yanchor": "bottom",
    "bgcolor": "rgba(0,0,0,0)",
}
#: The legend of a heat map.
_BAR: dict[str, Any] = {"thickness": 10, "outlinewidth": 0, "len": 0.9}

#: How weeks in progress are marked, by the kind of plot.
_WEEKS: dict[str, str] = {"week line": "dotted", "cohort grid": "hatch"}


@dataclass(frozen=True)
class Explored:
    """`figure` for Plotly, without colours; `rows` for the CSV, all with the same columns per `part`.

    `cells`: what the figures of each row open, by column. Each point of the plot has its own as custom data.
    """

    figure: dict[str, Any]
    rows: list[Row] = field(default_factory=list)
    cells: list[dict[str, str]] = field(default_factory=list)
    #: How weeks in progress are marked: "dotted" or "hatch"; "" where there are none.
    going: str = ""


def explore(
    answers: Answers,
    asked: Mapping[str, Query],
    page: Page,
    *,
    absolute: bool = False,
    order: Sequence[Any] = (),
) -> Explored:
    """Every answer of a tile as series of one plot, and all of its figures as rows.

    `asked`: the queries of the answers. `absolute`: counts instead of rates, where an answer has both. `order`:
    the groups as the tile ranks them; others come after.
    """
    place = {key: i for i, key in enumerate(order)}
    traces: list[dict[str, Any]] = []
    rows: list[Row] = []
    cells: list[dict[str, str]] = []
    rates = False
    going = ""
    special: dict[str, Any] = {}
    names = part_names(asked, page)
    for name, answer in answers.items():
        found = list(rows_of(answer))
        if counts_base(name, asked[name]):
            found = [{"key": row["key"], "base": row["base"]} for row in found]
        if place:
            found = sorted(found, key=lambda row: place.get(row.get("key"), len(place)))
        opened = [cells_of(name, asked[name], row) for row in found]
        rows += [{"part": name, **row} for row in found]
        cells += opened
        trace = _trace(names[name], asked[name], found, opened, page, absolute=absolute)
        if trace is None or (traces and trace["_rates"] is not rates):
            continue  # how many were sent has no place on an axis of rates; the table has it
        rates = trace.pop("_rates")
        drawn = asked[name].figure.plot
        if drawn == "week line":
            value = "rate" if rates else "n"
            traces += week1_lines(found, value, trace["customdata"], page)
            special["xaxis"] = mondays(found)
        elif drawn == "cohort grid":
            trace, special["shapes"] = cohort_marks(trace, found, page)
            traces.append(trace)
        else:
            certain, tail = _in_progress(_earlier(trace, name, asked, page), answer, page)
            traces += [certain, *tail]
        if drawn in _WEEKS and running(found):
            going = _WEEKS[drawn]
    one_tail_in_legend(traces, page)
    coloured(traces)
    axis = {"tickformat": PERCENT, "rangemode": "tozero"} if rates else {"rangemode": "tozero"}
    flat = any(trace.get("orientation") == "h" for trace in traces)
    over_days = not flat and "xaxis" not in special and all(one["type"] != "heatmap" for one in traces)
    layout: dict[str, Any] = {
        # Plotly measures its texts in the font they are shown in, or cuts them.
        "font": {"family": "Inter, system-ui, sans-serif", "size": 12},
        "margin": {"l": 56, "r": 24, "t": 24, "b": 32},
        "hovermode": "x unified" if over_days else "closest",
        "showlegend": len(traces) > 1 and going != "dotted",
        "legend": _LEGEND,
        "xaxis": {"automargin": True, **(axis if flat else {}), **special.get("xaxis", {})},
        "yaxis": {"automargin": True, **({} if flat else axis), **names_of(traces)},
    }
    if "shapes" in special:
        layout["shapes"] = special["shapes"]
    formats = LANGUAGES[page.lang].formats
    layout["separators"] = formats.decimal + formats.thousands
    if formats.percent_gap:
        spaced_percent(traces, layout["xaxis" if flat else "yaxis"], page.lang)
    if over_days:  # Plotly names months in English only
        layout["xaxis"] |= {
            "tickformat": formats.plot_day,
            "hoverformat": formats.plot_hover,
        }
    return Explored({"data": traces, "layout": layout}, rows, cells, going)


def _in_progress(
    trace: dict[str, Any], answer: Mapping[str, Any], page: Page
) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The trace without the days that may still change, and those as a dotted one; of columns today's is pale."""
    if trace.get("_before") or "orientation" in trace or trace["type"] == "heatmap":
        return trace, []
    if trace["type"] == "bar":
        today = page.today.isoformat()
        return trace | {"marker": {"opacity": [0.4 if day == today else 1 for day in trace["x"]]}}, []
    young = frozenset(answer.get("progress", {}).get("groups", ()))
    first = next((i for i, day in enumerate(trace["x"]) if day in young), None)
    if first is None:
        return trace, []
    lists = ("x", "y", "customdata")
    certain = trace | {name: trace[name][:first] for name in lists}
    # The dotted line begins at the last certain point, so that the two meet.
    tail = trace | {name: trace[name][max(0, first - 1) :] for name in lists}
    return certain, [
        tail
        | {"name": f"{trace['name']}, {page.t('in_progress')}", "line": {"dash": "dot"}, "_tail": True}
        | {"marker": {"symbol": "circle-open"}}
    ]


def _earlier(trace: dict[str, Any], name: str, asked: Mapping[str, Query], page: Page) -> dict[str, Any]:
    """A trace of the period compared with, each day over its counterpart: as many days from the first; dashed."""
    period, _, line = name.partition(" ")
    now = asked.get(f"now {line}" if line else "now")
    before = asked[name]
    if period != "before" or now is None:
        return trace
    trace = {**trace, "_before": True}
    if "orientation" in trace or now.from_ is None or before.from_ is None:
        return trace
    apart = now.from_ - before.from_
    if now.from_ == page.period.from_ and before.from_ == page.previous.from_:
        apart = counterpart(page.period, page.previous)
    days = [date.fromisoformat(one) for one in trace["x"]]
    figure = "%{y:.1%}" if before.figure.is_rate else "%{y}"
    return trace | {
        # Columns stand for themselves: what is compared with is a stroke over each, not a line between them.
        **(
            {"type": "scatter", "mode": "markers", "marker": {"symbol": "line-ew-open", "size": 14}}
            if trace["type"] == "bar"
            else {"type": "scatter", "mode": "lines"}
        ),
        "x": [str(one + apart) for one in days],
        "text": [f"{weekday_name(one.isoweekday())} {day(one)}" for one in days],
        "line": {"dash": "dash", "width": 1.5},
        "hovertemplate": f"{figure} (%{{text}})",
    }


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
    if query.figure.plot == "cohort grid":
        dated = [{**row, "cohort": day(date.fromisoformat(row["cohort"]))} for row in rows]
        bar = {"colorbar": {**_BAR, "tickformat": PERCENT}} if value == "rate" else {}
        return _grid(dated, opens, "cohort", "week", value, say("Week {n}")) | {"_rates": False, **bar}
    if query.figure.plot == "hour grid":
        named = [{**row, "weekday": weekday_name(row["weekday"])} for row in rows]
        return _grid(named, opens, "weekday", "hour", value, "{n}:00") | {"_rates": False}
    if "day" in rows[0]:
        return {**series, "type": "bar", "x": [row["day"] for row in rows], "y": values, "customdata": opens}
    over_time = "cohort" if query.figure.plot == "week line" else "key" if query.by in {"day", "week"} else ""
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
    """The rows as CSV in the reader's language; a cell a spreadsheet would run as a formula is made a text."""
    return as_text(rows, language())
