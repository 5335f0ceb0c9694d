"""All there is to tell of one campaign."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from data.figures.base import ACTIVITY, Figure, Words
from data.figures.lines import Lines, LineWriter, words

_COUNTS: Final = (
    "sent",
    "recipients",
    "deliveries",
    "unique_opens",
    "total_opens",
    "unique_clicks",
    "total_clicks",
    "unsubscribes",
    "complaints",
)


def _lines(answer: Mapping[str, Any], pen: LineWriter) -> Lines:
    lines = [pen.line(words(name), pen.integer(answer[name])) for name in _COUNTS]
    lines += [pen.rate(words(name), answer[name]) for name in answer if name.endswith("_rate")]
    lines.append(pen.rate("clicks per unique open", answer["clicks_per_unique_open"]))
    lines += [pen.line(f"bounces, {kind}", pen.integer(n)) for kind, n in answer["bounces"].items()]
    lines += [
        pen.line(f"reply: {words(row['category'])}", pen.integer(row["n"]))
        for row in answer["replies"]["categories"]
    ]
    lines += [pen.rate(f"step {row['step']}, opened", row["open_rate"]) for row in answer["steps"]]
    lines += [
        pen.rate(f"step {row['step']} {row['variation']}, opened", row["open_rate"])
        for row in answer["variations"]
    ]
    lines += [
        pen.line(row["url"], pen.integer(row["clicks"]), pen.percent(row["share"]))
        for row in answer["top_links"]
    ]
    if answer["workspace_rates"] is not None:
        lines += [pen.rate(f"workspace {words(k)}", rate) for k, rate in answer["workspace_rates"].items()]
    return lines


FIGURE: Final = Figure(
    "campaign_report",
    ACTIVITY | {"engagement", "limit"},
    dates="sent",
    words=Words(
        "Campaign report",
        (
            "Each rate is the share of the campaign's e-mails, over its own base; totals count repeats "
            "too. Clicks per unique open: of the e-mails opened, those also clicked."
        ),
        "e-mails",
        "up",
        "E-mails that did not bounce; for opens and clicks those sent with tracking on; for bounces all.",
        (
            (
                "The agency band is shown from five workspaces on, as rounded quartiles that tell nobody's "
                "own figure.",
            )
        ),
    ),
    lines=_lines,
    lists=10,
    needs_campaign=True,
    across=True,
    loose=("replied", "unsubscribed"),
)
