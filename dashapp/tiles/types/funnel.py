"""Funnel: sent, opened, clicked, replied, positive, each of what was sent."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import ChosenAttribution, Engagement, Label, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted, formula_of, here_of
from dashapp.tiles.parts.rates import nothing_sent
from dashapp.ui.charts import bar
from dashapp.ui.format import integer, percent
from data.query.ask import Query

STAGES: tuple[Literal["open", "click", "reply", "positive_reply"], ...] = (
    "open",
    "click",
    "reply",
    "positive_reply",
)


class FunnelOptions(Narrowed, Ranged):
    """What a stage counts; `clicks` leaves the second one out for senders who do not track links."""

    attribution: ChosenAttribution = "lead"
    engagement: Engagement = "human"
    clicks: Annotated[bool, Label("Show clicks")] = True


def queries(options: FunnelOptions, page: Page) -> dict[str, Query]:
    """Each stage by day, as the key figures ask it, so that a page asks it once; bounces for all that was sent."""
    asked: dict[str, Any] = {
        "name": "rate",
        "attribution": options.attribution,
        "engagement": options.engagement,
        "by": "day",
        "marks": True,
        **options.narrow(),
        **page.period.range_options(),
    }
    return {stage: Query(data_type=stage, **asked) for stage in ("bounce", *_stages(options))}


def _stages(options: FunnelOptions) -> list[Literal["open", "click", "reply", "positive_reply"]]:
    return [stage for stage in STAGES if options.clicks or stage != "click"]


def titled(options: FunnelOptions, page: Page) -> str:
    """The title."""
    return page.t("funnel")


def context(options: FunnelOptions, answers: Answers, page: Page) -> Context:
    """Template values; a stage's bar is its count of all sent, its rate is of the units it can be measured on."""
    sent = answers["bounce"]["base"]
    title = titled(options, page)
    if not sent:
        return {"title": title, "empty": nothing_sent(page), "how": []}
    unit = page.t(f"unit_{options.attribution}")
    asked = queries(options, page)
    stages = [
        {
            "name": page.t(f"stage_sent_{options.attribution}"),
            "count": integer(sent, page.lang),
            "rate": "",
            "sub": unit,
            "width": 100.0,
            "css": "",
            "opens": page.cell("bounce"),
            "part": "base",
        }
    ]
    for stage in _stages(options):
        answer = answers[stage]
        stages.append(
            {
                "name": page.t(f"count_{stage}"),
                "count": integer(answer["n"], page.lang),
                "rate": percent(answer["rate"], page.lang),
                "sub": page.t("of_measured", n=integer(answer["base"], page.lang)),
                "width": bar(answer["n"], sent),
                "css": f" f{len(stages)}",
                "opens": page.cell(stage),
                "part": "n",
            }
        )
    return {
        "title": title,
        "note": page.t(f"per_{options.attribution}"),
        "stages": stages,
        "how": [
            (page.t("how_formula"), page.t("how_funnel")),
            *(
                (
                    page.t(f"count_{stage}"),
                    f"{formula_of(asked[stage], page)} {here_of(asked[stage], answers[stage], page)}",
                )
                for stage in _stages(options)
            ),
            *counted(asked["open"], page)[-2:],
        ],
    }


TILE = TileType(
    "funnel",
    "Funnel",
    FunnelOptions,
    queries,
    context,
    "tiles/funnel.html",
    (4, 4),
    about=About(
        "Funnel",
        "From sent to a positive reply, stage by stage.",
        "key",
        "conversion stages sent opened clicked replied positive",
        least=(3, 4),
    ),
    title=titled,
)
