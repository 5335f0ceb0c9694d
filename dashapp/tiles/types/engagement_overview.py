"""Engagement overview: who received something in the period, and how many of them engaged, by kind."""

from __future__ import annotations

from typing import Any

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted
from dashapp.ui.charts import bar
from dashapp.ui.format import integer, percent
from data.query.ask import Query


class EngagementOverviewOptions(Narrowed, Ranged):
    """Whether machines count, too."""

    engagement: Engagement = "human"


def queries(options: EngagementOverviewOptions, page: Page) -> dict[str, Query]:
    """One question."""
    asked = {**options.narrow(), **page.period.range_options()}
    return {"overview": Query(name="engagement_overview", engagement=options.engagement, **asked)}


def titled(options: EngagementOverviewOptions, page: Page) -> str:
    """The title."""
    return page.t("engagement_overview")


def context(options: EngagementOverviewOptions, answers: Answers, page: Page) -> Context:
    """Template values: the share, its base, and the kinds; a contact may have several of them."""
    answer, t = answers["overview"], page.t
    title = titled(options, page)
    if not answer["contacts"]:
        return {"title": title, "empty": t("no_contacts" if page.ever else "empty_ever"), "how": []}
    reasons: dict[str, Any] = answer["reasons"]
    top = max(reasons.values())
    said = t(
        "of_contacts",
        n=integer(answer["engaged"], page.lang),
        base=integer(answer["contacts"], page.lang),
    )
    return {
        "title": title,
        "headline": percent(answer["rate"], page.lang),
        "headline_opens": page.cell("overview"),
        "unit": t("positively_engaged"),
        "said": said,
        "rows": [
            {
                "name": t(f"reason_{reason}"),
                "width": bar(n, top) if top else 0,
                "value": integer(n, page.lang),
                "opens": page.cell("overview", f"={reason}") if n else "",
            }
            for reason, n in reasons.items()
        ],
        "how": [
            *counted(queries(options, page)["overview"], page, f"{said}."),
            (t("phrases"), t("phrases_are")),
        ],
    }


TILE = TileType(
    "engagement_overview",
    "Engagement overview",
    EngagementOverviewOptions,
    queries,
    context,
    "tiles/engagement_overview.html",
    (4, 4),
    about=About(
        "Engagement overview",
        "Contacts reached, the share of them that engaged, and how.",
        "people",
        "contacts engaged opens replies",
        least=(3, 4),
        most=(12, 8),
    ),
    title=titled,
    explores=False,
)
