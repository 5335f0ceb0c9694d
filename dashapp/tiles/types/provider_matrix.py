"""Provider matrix: one rate from each sender provider to each recipient provider, as a heat map."""

from __future__ import annotations

from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import (
    Campaign,
    ChosenAttribution,
    ChosenRate,
    Engagement,
    Narrowed,
    Ranged,
    View,
)
from dashapp.tiles.parts.definition import counted_rate
from dashapp.tiles.parts.groups import keyed
from dashapp.tiles.parts.rates import metric_label, nothing_sent
from dashapp.ui.charts import ramp_step
from dashapp.ui.format import NOTHING, compact, of_base, of_base_short, percent, percent_short
from data.query.ask import Query

SENDERS = ("gmail", "outlook", "custom")
RECIPIENTS = ("gmail", "outlook", "other")


class ProviderMatrixOptions(Narrowed, Ranged):
    """The rate of the cells. A provider chosen leaves the other rows or columns out."""

    campaign: Campaign = None
    data_type: ChosenRate = "open"
    view: View = "percentage"
    attribution: ChosenAttribution = "email"
    engagement: Engagement = "human"


def queries(options: ProviderMatrixOptions, page: Page) -> dict[str, Query]:
    """A row of the matrix a query."""
    rows = SENDERS if options.sender_provider == "any" else (options.sender_provider,)
    return {
        sender: Query.model_validate(
            {
                "name": "rate",
                "data_type": options.data_type,
                "attribution": options.attribution,
                "engagement": options.engagement,
                "campaign": options.campaign,
                "sender_provider": sender,
                "recipient_provider": options.recipient_provider,
                "by": "recipient_provider",
                **page.period.range_options(),
            }
        )
        for sender in rows
    }


def titled(options: ProviderMatrixOptions, page: Page) -> str:
    """The title."""
    return page.t("matrix_title", metric=metric_label(options.data_type, options.view, page))


def context(options: ProviderMatrixOptions, answers: Answers, page: Page) -> Context:
    """Template values; pairs nothing was sent between show "–", a true zero stands outside the ramp."""
    title = titled(options, page)
    if not any(answer["base"] for answer in answers.values()):
        return {"title": title, "empty": nothing_sent(page), "how": []}
    columns = RECIPIENTS if options.recipient_provider == "any" else (options.recipient_provider,)
    key = "n" if options.view == "absolute" else "rate"
    found = {sender: keyed(answer) for sender, answer in answers.items()}
    shown = [g[key] for row in found.values() for g in row.values() if g["base"] and g[key]]
    low, high = (min(shown), max(shown)) if shown else (0.0, 0.0)
    text = compact if options.view == "absolute" else percent_short
    return {
        "title": title,
        "legend": (text(low, page.lang), text(high, page.lang)) if len(set(shown)) > 1 else None,
        "columns": [page.t(f"provider_{name}") for name in columns],
        "rows": [
            {
                "label": page.t(f"provider_{sender}"),
                "cells": [
                    _cell(
                        found[sender].get(name),
                        low,
                        high,
                        options.view,
                        page,
                        page.cell(sender, f"={name}"),
                    )
                    for name in columns
                ],
                "total": _cell(answers[sender], low, high, options.view, page, page.cell(sender)),
            }
            for sender in answers
        ],
        "how": counted_rate(next(iter(queries(options, page).values())), _together(answers), page),
    }


def _together(answers: Answers) -> dict[str, Any]:
    found = {key: sum(answer[key] for answer in answers.values()) for key in ("n", "base")}
    lost = sum(answer.get("untracked") or 0 for answer in answers.values())
    return {**found, "rate": None, "untracked": lost}


def _cell(group: Any, low: float, high: float, view: str, page: Page, opens: str) -> dict[str, str]:
    if group is None or not group["base"]:
        return {"css": "none", "text": NOTHING, "sub": "", "title": page.t("no_base"), "opens": ""}
    value = group["n"] if view == "absolute" else group["rate"]
    return {
        "css": f"q{ramp_step(value, low, high)}",
        "text": compact(value, page.lang) if view == "absolute" else percent_short(value, page.lang),
        "sub": of_base_short(group["n"], group["base"], page.lang),
        "title": f"{percent(group['rate'], page.lang)}: {of_base(group['n'], group['base'], page.lang)}",
        "opens": opens,
    }


TILE = TileType(
    "provider_matrix",
    "Provider matrix",
    ProviderMatrixOptions,
    queries,
    context,
    "tiles/provider_matrix.html",
    (6, 3),
    about=About(
        "Provider matrix",
        "Which sender provider reaches which recipient provider.",
        "compare",
        "gmail outlook deliverability heat map",
        least=(6, 3),
        most=(8, 5),
    ),
    title=titled,
)
