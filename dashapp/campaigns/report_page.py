"""The report of one campaign as HTML (the same for desk and portal): figures, steps, variations, links, people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from dashapp.campaigns.figures import AUDIENCES, Answer
from dashapp.campaigns.verdicts import variation_name, verdict_of
from dashapp.ui import charts
from dashapp.ui.environment import render
from dashapp.ui.language import spoken
from dashapp.ui.language.say import language, say
from dashapp.ui.language.texts import has_words, words

_UNNAMED = "(none)"


@dataclass(frozen=True, slots=True)
class Around:
    """What surrounds a report: where an audience can be had as a file ("…/{event}.csv"), or None."""

    audience_file: str | None = None


def report_html(answer: Answer, around: Around) -> Markup:
    """The grid of a report."""
    return render(
        "campaigns/report.html",
        totals=_totals(answer),
        rates=_rates(answer),
        counts=_counts(answer),
        hours=_hours(answer["first_24_hours"]),
        links=_links(answer["top_links"]),
        categories=_categories(answer["replies"]["categories"]),
        steps=_steps(answer),
        audiences=_audiences(answer["audiences"], around),
        masked_note=None,
        empty=not answer["sent"],
    )


def _rate(rate: Mapping[str, Any]) -> dict[str, str]:
    if not rate["base"]:
        return {"rate": "–", "of": say("nothing to count")}
    return {"rate": spoken.percent(rate["rate"]), "of": spoken.of_base(rate["n"], rate["base"])}


def _totals(answer: Answer) -> list[dict[str, str]]:
    """The counts in which a campaign is told first."""
    rows = [
        (say("Recipients"), answer["recipients"], say("people, each once")),
        (
            say("Deliveries|e-mails"),
            answer["deliveries"],
            say("of {sent} e-mails sent, bounces left out", sent=spoken.integer(answer["sent"])),
        ),
        (
            say("Opens"),
            answer["unique_opens"],
            say("unique; {total} in all", total=spoken.integer(answer["total_opens"])),
        ),
        (
            say("Clicks"),
            answer["unique_clicks"],
            say("unique; {total} in all", total=spoken.integer(answer["total_clicks"])),
        ),
    ]
    return [{"label": label, "value": spoken.integer(value), "note": note} for label, value, note in rows]


def _rates(answer: Answer) -> list[dict[str, Any]]:
    """Each rate with n and base; opens and clicks beside the workspace's average and the agency's band."""
    average, band = answer.get("workspace_rates"), answer.get("agency_band")
    rows = []
    for key, label in (
        ("open_rate", say("Open rate")),
        ("click_rate", say("Click rate")),
        ("clicks_per_unique_open", say("Clicks per unique open")),
        ("reply_rate", say("Reply rate")),
        ("positive_reply_rate", say("Positive reply rate")),
        ("unsubscribe_rate", say("Unsubscribe rate")),
        ("bounce_rate", say("Bounce rate")),
    ):
        rate = answer[key]
        notes = []
        if average and key in average and average[key]["base"]:
            notes.append(say("all campaigns {rate}", rate=spoken.percent(average[key]["rate"])))
        if band and band.get(key):
            notes.append(_band(band[key]))
        if rate.get("untracked"):
            notes.append(say("{n} without tracking", n=spoken.integer(rate["untracked"])))
        width = round(100 * (rate["rate"] or 0), 2)
        rows.append(
            {"label": label, **_rate(rate), "notes": [note for note in notes if note], "width": width}
        )
    return rows


def _band(band: Mapping[str, Any]) -> str:
    """The middle half of the agency's workspaces, told anonymously."""
    low, high = band.get("low"), band.get("high")
    if low is None or high is None:
        return ""
    return say(
        "half of the agency's clients {low} to {high}", low=spoken.percent(low), high=spoken.percent(high)
    )


def _counts(answer: Answer) -> list[dict[str, str]]:
    bounces = answer["bounces"]
    kinds = [
        (say("{n} hard"), bounces["hard"]),
        (say("{n} soft"), bounces["soft"]),
        (say("{n} blocked"), bounces["block"]),
        (say("{n} of unknown kind"), bounces["unknown"]),
    ]
    told = ", ".join(text.format(n=spoken.integer(n)) for text, n in kinds if n)
    rows = [
        (say("Replies"), answer["replies"]["total"], ""),
        (say("Bounces"), bounces["total"], told),
        (say("Unsubscribes"), answer["unsubscribes"], ""),
        (say("Complaints"), answer["complaints"], ""),
    ]
    return [{"label": label, "value": spoken.integer(n), "note": note} for label, n, note in rows]


def _hours(rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Columns of opens and clicks by the hour after sending."""
    highest = max((row["opens"] for row in rows), default=0)
    highest = max(highest, max((row["clicks"] for row in rows), default=0))
    top = charts.scale(highest, whole=True).top
    opens = charts.columns([row["opens"] for row in rows], top)
    clicks = charts.columns([row["clicks"] for row in rows], top, gap=0.6)
    return {
        "any": highest > 0,
        "top": spoken.integer(round(top)),
        "opens": opens,
        "clicks": clicks,
        "rows": [
            {
                "hour": say("hour {n}", n=row["hour"] + 1),
                "opens": spoken.integer(row["opens"]),
                "clicks": spoken.integer(row["clicks"]),
            }
            for row in rows
        ],
    }


def _links(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "url": words(language())("none_link") if row["url"] in (None, "", _UNNAMED) else row["url"],
            "clicks": spoken.integer(row["clicks"]),
            "unique": spoken.integer(row["unique"]),
            "share": spoken.percent(row["share"]),
            "width": round(100 * row["share"], 2),
        }
        for row in rows
    ]


def _categories(rows: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    return [{"name": _category(row["category"]), "n": spoken.integer(row["n"])} for row in rows]


def _category(name: str | None) -> str:
    """A category we know by its name, one a person made up as it is written."""
    t, key = words(language()), f"reply_{name}"
    if name in (None, "", _UNNAMED):
        return t("none_category")
    return t(key) if has_words(key) else str(name).replace("_", " ").capitalize()


def _steps(answer: Answer) -> list[dict[str, Any]]:
    """Each step with its variations and what can be said of their difference."""
    found = []
    for row in answer["steps"]:
        variations = [one for one in answer["variations"] if one["step"] == row["step"]]
        several = len(variations) > 1
        found.append(
            {
                "name": _step_name(row["step"]),
                **_part(row),
                "variations": [{"name": variation_name(one["variation"]), **_part(one)} for one in variations]
                if several
                else [],
                "verdict": verdict_of(row["step"], variations),
            }
        )
    return found


def _part(row: Mapping[str, Any]) -> dict[str, Any]:
    kinds = ("open_rate", "click_rate", "reply_rate", "positive_reply_rate", "bounce_rate")
    return {"sent": spoken.integer(row["sent"]), "cells": [_rate(row[kind]) for kind in kinds]}


def _step_name(step: Any) -> str:
    return say("without a step") if step in (None, _UNNAMED, "") else say("Step {step}", step=str(step))


def _audiences(sizes: Mapping[str, Any], around: Around) -> list[dict[str, Any]]:
    labels = {
        "opened": say("Opened|people"),
        "not_opened": say("Did not open"),
        "clicked": say("Clicked|people"),
        "replied": say("Replied|people"),
        "bounced": say("Bounced|people"),
        "unsubscribed": say("Unsubscribed|people"),
    }
    return [
        {
            "label": labels[event],
            "n": spoken.integer(sizes.get(event) or 0),
            "file": around.audience_file.format(event=event)
            if around.audience_file and sizes.get(event)
            else None,
        }
        for event in AUDIENCES
    ]
