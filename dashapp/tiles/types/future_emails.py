"""Future e-mails: what goes out in the next seven days, and what the mailboxes' limits hold back."""

from __future__ import annotations

from datetime import date
from typing import Any

from dashapp.tiles.base import Answers, Context, Options, Page, TileType
from dashapp.tiles.gallery import About
from dashapp.tiles.options import Campaign
from dashapp.tiles.parts.definition import counted
from dashapp.ui import charts
from dashapp.ui.format import compact, integer, weekday, weekday_name
from data.query.ask import Query


class FutureEmailsOptions(Options):
    """Whose e-mails."""

    campaign: Campaign = None


def queries(options: FutureEmailsOptions, page: Page) -> dict[str, Query]:
    """The forecast; it has a range of its own."""
    return {"future": Query(name="future_emails", campaign=options.campaign or None)}


def titled(options: FutureEmailsOptions, page: Page) -> str:
    """The title."""
    return page.t("future_emails")


def context(options: FutureEmailsOptions, answers: Answers, page: Page) -> Context:
    """Template values; what is held back stands on top of each column, hatched."""
    answer = answers["future"]
    title = titled(options, page)
    days = answer["days"]
    if answer["total"] is None or not days:
        return {"title": title, "empty": page.t("future_unknown"), "how": []}
    held = max(day["held_back"] for day in days)
    if not answer["total"] and not held:
        return {"title": title, "empty": page.t("future_none"), "how": []}
    tops = [day["n"] + day["held_back"] for day in days]
    scale = charts.scale(max(tops), whole=True)
    columns = charts.columns([day["n"] for day in days], scale.top)
    caps = charts.stacked([day["n"] for day in days], [day["held_back"] for day in days], scale.top)
    centres = [round(c.x + c.width / 2, 2) for c in columns]
    dates = [date.fromisoformat(day["day"]) for day in days]
    return {
        "title": title,
        "note": page.t("next_days"),
        "headline": integer(answer["total"], page.lang),
        "opens": page.cell("future"),
        "points": [page.cell("future", f"d:{day['day']}") for day in days] if page.opens else None,
        "base_note": page.t("held_back", n=integer(held, page.lang)) if held else page.t("nothing_held"),
        "ticks": [compact(v, page.lang) for v in scale.ticks],
        "columns": columns,
        "caps": caps,
        "labels": [
            (centres[i], weekday_name(found.isoweekday(), page.lang)) for i, found in enumerate(dates)
        ],
        "tips": [_tip(centres[i], columns[i].y, dates[i], day, page) for i, day in enumerate(days)],
        "any_held": held > 0,
        "past": _past(answer.get("past") or [], page),
        "how": _how(answer, page),
    }


def _tip(x: float, y: float, at: date, day: Any, page: Page) -> list[object]:
    notes = [page.t("held_tip", n=integer(day["held_back"], page.lang))] if day["held_back"] else []
    return [x, y, weekday(at, page.lang), integer(day["n"], page.lang), *notes]


def _past(past: list[Any], page: Page) -> str:
    """Forecast against actual of the days that are over."""
    if not past:
        return ""
    forecast = sum(day["forecast"] for day in past)
    actual = sum(day["actual"] for day in past)
    return page.t(
        "forecast_actual" if len(past) > 1 else "forecast_actual_one",
        days=len(past),
        forecast=integer(forecast, page.lang),
        actual=integer(actual, page.lang),
    )


def _how(answer: Any, page: Page) -> list[tuple[str, str]]:
    rows = counted(Query(name="future_emails"), page)
    missing = answer.get("missing") or []
    if missing:
        names = ", ".join(page.t(f"plan_{kind}") for kind in missing)
        rows.append((page.t("how_left_out"), page.t("how_missing", names=names)))
    return rows


TILE = TileType(
    "future_emails",
    "Future e-mails",
    FutureEmailsOptions,
    queries,
    context,
    "tiles/future_emails.html",
    (6, 3),
    workspace_only=True,
    about=About(
        "Future e-mails",
        "What is due in the next seven days.",
        "time",
        "forecast scheduled planned pipeline",
        least=(4, 3),
        most=(12, 5),
    ),
    title=titled,
)
