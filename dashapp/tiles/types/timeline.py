"""Timeline: what happened, newest first, equal events of one action in one line (docs/numbers.md)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from pydantic import Field

from dashapp.tiles.base import Answers, Context, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Engagement, Label, Narrowed, Ranged
from dashapp.tiles.parts.definition import counted
from dashapp.tiles.parts.groups import user_name
from dashapp.ui.desk.icons import PATHS
from dashapp.ui.format import integer, moment
from data.query.ask import Query

#: How a line's event is coloured.
_TONES: Mapping[str, str] = {
    **dict.fromkeys(("replied", "booked", "clicked", "video_watched", "completed"), "good"),
    **dict.fromkeys(("not_interested", "bad_number", "returned"), "bad"),
}


class TimelineOptions(Narrowed, Ranged):
    """How many lines at first."""

    engagement: Engagement = "human"
    rows: Annotated[int, Field(ge=5, le=50), Label("Rows")] = 12


def queries(options: TimelineOptions, page: Page) -> dict[str, Query]:
    """The newest lines, one more than are shown: it tells whether there are older ones."""
    asked = {**options.narrow(), **page.period.range_options()}
    return {
        "timeline": Query(name="timeline", limit=options.rows + 1, engagement=options.engagement, **asked)
    }


def titled(options: TimelineOptions, page: Page) -> str:
    """The title."""
    return page.t("timeline")


def context(options: TimelineOptions, answers: Answers, page: Page) -> Context:
    """Template values. Times are told in the reader's own zone by assets/desk_timeline.js."""
    groups = answers["timeline"]["groups"]
    title = titled(options, page)
    if not groups:
        return {"title": title, "empty": page.t("no_timeline" if page.ever else "empty_ever"), "how": []}
    shown = groups[: options.rows]
    return {
        "title": title,
        "rows": [line_of(group, page) for group in shown],
        "after": place_of(shown[-1]) if len(groups) > len(shown) and page.opens else "",
        "how": counted(queries(options, page)["timeline"], page),
    }


def line_of(group: Mapping[str, Any], page: Page) -> dict[str, Any]:
    """One line; `key` names its group for the callbacks (callbacks/timeline/page.py)."""
    at = datetime.fromisoformat(group["at"])
    event, lead = group["event"], group["lead"]
    return {
        "key": json.dumps([group["channel"], group["action"], event]) if page.opens else "",
        "icon": PATHS[group["channel"]],
        "channel": page.t(f"channel_{group['channel']}"),
        "event": page.t(f"status_{event}"),
        "tone": _TONES.get(event, ""),
        "lead": page.t("nobody_named") if lead == "(none)" else lead,
        "known": lead != "(none)",
        "campaign": "" if group["campaign"] == "(none)" else group["campaign"],
        "user": "" if group["user"] == "(none)" else user_name(group["user"], page),
        "count": integer(group["count"], page.lang) if group["count"] > 1 else "",
        "times": page.t("times_happened", n=integer(group["count"], page.lang)),
        "shows": event == "replied" and group["count"] == 1,
        "at": group["at"],
        "when": moment(at, page.timezone, page.lang, twelve=page.twelve),
    }


def place_of(group: Mapping[str, Any]) -> str:
    """Where the lines after this one begin (data/answers/timeline.py `PageEnd`)."""
    at = group["at"].removesuffix("Z")
    return json.dumps(
        [at, group["channel"], group["event"], group["lead"], group["action"]], ensure_ascii=False
    )


TILE = TileType(
    "timeline",
    "Timeline",
    TimelineOptions,
    queries,
    context,
    "tiles/timeline.html",
    (8, 8),
    about=About(
        "Timeline",
        "What happened, newest first.",
        "people",
        "activity feed history events replies",
        least=(4, 4),
        most=(12, 12),
    ),
    title=titled,
    names_people=True,
    explores=False,
)
