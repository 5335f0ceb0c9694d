"""What Plotly is told about traces that are drawn already: colours, names, and how figures are written."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from textwrap import wrap
from typing import Any

from dashapp.tiles.base import Page
from dashapp.ui.format import percent_sign

#: A name on an axis has two lines of so many characters: a phone needs room for the plot. The table has it whole.
LINE = 18
#: Of an axis: a decimal where ticks are half a per cent apart, none where it would be a zero.
PERCENT = ".1~%"


def one_tail_in_legend(traces: Sequence[dict[str, Any]], page: Page) -> None:
    """What several dotted lines mean is said once, not beside each name."""
    tails = [trace for trace in traces if trace.get("_tail")]
    for i, trace in enumerate(tails if len(tails) > 1 else ()):
        trace |= {"name": page.t("in_progress"), "showlegend": i == 0}


def spaced_percent(traces: Sequence[dict[str, Any]], axis: dict[str, Any], lang: str) -> None:
    """Most languages set a space before the percent sign, which Plotly's own format cannot."""
    suffix = percent_sign(lang)

    def hundredfold(value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return [hundredfold(one) for one in value]
        return value * 100 if isinstance(value, (int, float)) else value

    on_axis = axis.get("tickformat") == PERCENT
    if on_axis:
        axis |= {"tickformat": ".1~f", "ticksuffix": suffix}
    for trace in traces:
        bar = trace.get("colorbar", {})
        if bar.get("tickformat") == PERCENT:
            trace["colorbar"] = {**bar, "tickformat": ".1~f", "ticksuffix": suffix}
            trace["z"] = hundredfold(trace["z"])
        elif on_axis:
            values = "x" if trace.get("orientation") == "h" else "y"
            trace[values] = hundredfold(trace[values])
        else:
            continue
        if "hovertemplate" in trace:
            trace["hovertemplate"] = trace["hovertemplate"].replace(":.1%}", f":.1f}}{suffix}")


def coloured(traces: Sequence[dict[str, Any]]) -> None:
    """The token each trace is painted in (assets/explore.js), as tiles paint their lines."""
    parts = [trace for trace in traces if not trace.get("_before") and "meta" not in trace]
    tails = {i: trace for i, trace in enumerate(parts) if trace.pop("_tail", False)}
    lines = [trace for i, trace in enumerate(parts) if i not in tails]
    several = len(lines) > 1
    for i, trace in enumerate(lines):
        first = "c1" if trace["type"] == "scatter" else "series"
        trace["meta"] = (first if i % 5 == 0 else f"c{i % 5 + 1}") if several else "series"
    for i, trace in enumerate([trace for trace in traces if trace.pop("_before", False)]):
        dashed = several and trace["type"] == "scatter"
        trace["meta"] = lines[i % len(lines)]["meta"] if dashed and lines else "c-prev"
    for i, trace in tails.items():  # as the line it goes on from
        trace["meta"] = parts[i - 1]["meta"]


def names_of(traces: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Of an axis with names on it: long ones are cut, and what comes first in the answer stands on top.

    Plotly takes a name for markup, so that its `<` must be escaped.
    """
    named = [trace for trace in traces if trace["type"] == "heatmap" or "orientation" in trace]
    if not named:
        return {}
    names = list(dict.fromkeys(name for trace in named for name in trace["y"]))
    lines = [wrap(name, LINE, max_lines=2, placeholder="…") for name in names]
    text = ["<br>".join(escape(line, quote=False) for line in one) for one in lines]
    return {"type": "category", "autorange": "reversed", "tickvals": names, "ticktext": text}
