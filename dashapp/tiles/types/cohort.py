"""Cohort: 12 weeks of sending x 12 weeks after, cumulative (docs/numbers.md)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, ChosenClock, ChosenRate, Engagement, Narrowed, View
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.parts.rates import metric_label
from dashapp.ui.charts import ramp_step
from dashapp.ui.format import NOTHING, compact, day, integer, of_base, percent, percent_short
from data.query.ask import Query


class CohortOptions(Narrowed):
    """Which rate, per what, and on which clock."""

    data_type: ChosenRate = "reply"
    view: View = "percentage"
    attribution: ChosenAttribution = "email"
    clock: ChosenClock = "calendar"
    engagement: Engagement = "human"


def queries(options: CohortOptions, page: Page) -> dict[str, Query]:
    """One query: the grid that ends with the current week."""
    return {"cohort": Query(name="cohort", **options.model_dump(exclude={"view"}))}


def titled(options: CohortOptions, page: Page) -> str:
    """The title."""
    return page.t("cohort_title", metric=metric_label(options.data_type, options.view, page))


def context(options: CohortOptions, answers: Answers, page: Page) -> Context:
    """Template values; the ramp spans the rates shown, a true zero stands outside it."""
    rows = answers["cohort"]["rows"]
    title = titled(options, page)
    if not any(row["base"] for row in rows):
        return {"title": title, "empty": page.t("empty_ever"), "how": []}
    key = "n" if options.view == "absolute" else "rate"
    text = compact if options.view == "absolute" else percent_short
    shown = [c[key] for row in rows for c in row["cells"] if row["base"] and c[key]]
    zero = any(c[key] == 0 for row in rows for c in row["cells"] if row["base"])
    low, high = (min(shown), max(shown)) if shown else (0.0, 0.0)
    weeks = max((len(row["cells"]) for row in rows), default=0)
    return {
        "title": title,
        "empty": None,
        "note": page.t("cohort_note" if options.attribution == "lead" else "cohort_note_email"),
        "legend": _legend(low, high, options.view, page) if shown else None,
        "zero": text(0, page.lang) if zero and shown else None,
        "weeks": [page.t("week_short", k=k) for k in range(1, weeks + 1)],
        "rows": [
            {
                "label": day(date.fromisoformat(row["cohort"]), page.lang),
                "base": integer(row["base"], page.lang),
                "untracked": page.t("untracked", n=integer(row["untracked"], page.lang))
                if row.get("untracked")
                else None,
                "opens": page.cell("cohort", f"w:{row['cohort']}:{weeks}") if row["base"] else "",
                "cells": [
                    _cell(cell, row, low, high, options.view, page)
                    for cell in row["cells"]
                    if cell["state"] != "future"
                ],
                # The weeks to come are one cell: a phone spends as long on an empty one as on a full one.
                "future": sum(cell["state"] == "future" for cell in row["cells"]),
            }
            for row in rows
        ],
        "not_yet": page.t("not_yet"),
        "how": counted(queries(options, page)["cohort"], page, _untracked(rows, options, page)),
    }


def _legend(low: float, high: float, view: str, page: Page) -> tuple[str, ...]:
    """What the ramp's ends stand for; one text where every cell has the one step `ramp_step` gives equal rates."""
    short, full = (compact, integer) if view == "absolute" else (percent_short, percent)
    if low == high:
        return (short(low, page.lang),)
    ends = (short(low, page.lang), short(high, page.lang))
    return ends if ends[0] != ends[1] else (full(low, page.lang), full(high, page.lang))  # type: ignore[arg-type]


def _cell(
    cell: Mapping[str, Any], row: Mapping[str, Any], low: float, high: float, view: str, page: Page
) -> dict[str, str]:
    """{css, text, title, opens} of one cell; `title` is the full n, base and rate."""
    state, base = cell["state"], row["base"]
    if state == "no_base" or not base:
        return {"css": "none", "text": NOTHING, "title": page.t("no_base"), "opens": ""}
    said = f"{percent(cell['rate'], page.lang)}: {of_base(cell['n'], base, page.lang)}"
    value = cell["n"] if view == "absolute" else cell["rate"]
    css = f"q{ramp_step(value, low, high)}"
    if state == "in_progress":
        css += " going"
        said += f", {page.t('in_progress')}"
    text = compact(value, page.lang) if view == "absolute" else percent_short(value, page.lang)
    opens = page.cell("cohort", f"w:{row['cohort']}:{cell['week']}")
    return {"css": css, "text": text, "title": said, "opens": opens}


def _untracked(rows: Sequence[Mapping[str, Any]], options: CohortOptions, page: Page) -> str:
    """What of the weeks shown was sent without tracking; empty where nothing was."""
    lost = sum(row.get("untracked") or 0 for row in rows)
    if not lost:
        return ""
    unit = page.t(f"unit_{options.attribution}")
    return page.t("how_untracked", n=integer(lost, page.lang), unit=unit) + "."


TILE = TileType(
    "cohort",
    "Cohorts",
    CohortOptions,
    queries,
    context,
    "tiles/cohort.html",
    (12, 6),
    about=About(
        "Metrics by cohort",
        "Twelve weeks of sending, and what came of each week by week.",
        "cohort",
        "weekly stats heat map retention",
        least=(6, 6),
        most=(12, 8),
        options={"data_type": "reply", "attribution": "lead"},
    ),
    title=titled,
)
