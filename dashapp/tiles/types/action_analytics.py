"""Action analytics: what was done in the period by type, each opening to how far it came (docs/numbers.md)."""

from __future__ import annotations

from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted
from dashapp.ui.charts import bar
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.format import integer, percent
from data.query.ask import Query


class ActionAnalyticsOptions(Narrowed, Ranged):
    """Whether machines count, too."""

    engagement: Engagement = "human"


def queries(options: ActionAnalyticsOptions, page: Page) -> dict[str, Query]:
    """One question."""
    asked = {**options.narrow(), **page.period.range_options()}
    return {"actions": Query(name="action_analytics", engagement=options.engagement, **asked)}


def titled(options: ActionAnalyticsOptions, page: Page) -> str:
    """The title."""
    return page.t("action_analytics")


def context(options: ActionAnalyticsOptions, answers: Answers, page: Page) -> Context:
    """Template values: a bar for each type in the order of docs/numbers.md, its statuses folded in it."""
    channels, t = answers["actions"]["channels"], page.t
    title = titled(options, page)
    if not channels:
        return {"title": title, "empty": t("no_actions" if page.ever else "empty_ever"), "how": []}
    top = max(channel["n"] for channel in channels)
    total = sum(channel["n"] for channel in channels)
    return {
        "title": title,
        "note": _count(total, page),
        "rows": [
            {
                "key": channel["channel"],
                "icon": PATHS[channel["channel"]],
                "name": t(f"channel_{channel['channel']}"),
                "width": bar(channel["n"], top),
                "count": integer(channel["n"], page.lang),
                "said": _count(channel["n"], page),
                "opens": page.cell("actions", f"={channel['channel']}"),
                "statuses": [_status(channel, one, page) for one in channel["statuses"]],
            }
            for channel in channels
        ],
        "folded": page.surface == "desk" and page.opens,
        "how": counted(queries(options, page)["actions"], page),
    }


def _count(n: int, page: Page) -> str:
    return page.t("n_actions_one") if n == 1 else page.t("n_actions", n=integer(n, page.lang))


def _status(channel: Any, status: Any, page: Page) -> dict[str, Any]:
    return {
        "name": page.t(f"status_{status['status']}"),
        "value": integer(status["n"], page.lang),
        "share": percent(status["n"] / channel["n"], page.lang),
        "width": bar(status["n"], channel["n"]),
        "opens": page.cell("actions", f"={channel['channel']}|{status['status']}"),
    }


TILE = TileType(
    "action_analytics",
    "Action analytics",
    ActionAnalyticsOptions,
    queries,
    context,
    "tiles/action_analytics.html",
    (4, 4),
    about=About(
        "Action analytics",
        "Actions by type, and how many reached each status.",
        "people",
        "actions channels status calls video postcard",
        least=(3, 4),
        most=(12, 8),
    ),
    title=titled,
    explores=False,
)
