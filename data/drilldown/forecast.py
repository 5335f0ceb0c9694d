"""The e-mails a forecast is made of: whose, which step, from which mailbox, why then, and what held it back.

The forecast places numbers (data/answers/future.py); here its queues are walked e-mail by e-mail: first due, first
out, so the rows of a day are as many as its figure says.
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any, Final

from data.answers.facts import Facts
from data.answers.future import Sending, look_ahead, walk
from data.drilldown.position import CellPosition
from data.drilldown.rows import DrilldownPage, Mark, Part, UpcomingEmail
from data.question import Query

#: Sorts what leaves after the days told behind all that leaves on them.
_LATER: Final = date(2299, 12, 31)


def forecast_behind(
    facts: Facts, query: Query, place: CellPosition, part: Part, after: Mark | None, limit: int
) -> DrilldownPage:
    """A page of what goes out on the day of `place` (without one: on all days), or waits at its end."""
    ahead = look_ahead(facts, query)
    days = ahead.days
    if not days:
        return DrilldownPage(0, None, part, "e-mails", [], None, held=0)
    walk(facts, ahead)
    shown: Part = "held" if part == "held" else "n"
    values: dict[str, Any] = {
        "part": shown,
        "from_day": place.first or days[1].day,
        "to_day": place.last or days[-1].day,
        "after_day": None if after is None else after.at.date(),
        "after_key": None if after is None else after.key,
        "limit": limit + 1,
        "later": _LATER,
    }
    found = facts.unrelated("behind_forecast", values)
    names = [column[0] for column in facts.bare.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    ((n, held),) = facts.unrelated("behind_forecast_counts", values)
    more, rows = rows[limit:], rows[:limit]
    until = values["to_day"] if shown == "held" else None
    return DrilldownPage(
        n,
        None,
        shown,
        "e-mails",
        [_coming(row, days, until) for row in rows],
        str(Mark(datetime.combine(rows[-1]["at"], time()), rows[-1]["key"])) if more else None,
        held=held,
    )


def _coming(row: dict[str, Any], days: list[Sending], until: date | None) -> UpcomingEmail:
    """`until`: the day at whose end it waits; else what it waited for until it left."""
    held = ["window"] if row["past_window"] else []
    if row["due_on"] is not None and row["due_on"] < row["due_day"] and not row["past_window"]:
        held.append("late")
    for one in days:
        if one.day < row["due_day"] or (until is not None and one.day > until):
            continue
        if row["goes_on"] is not None and one.day >= row["goes_on"]:
            break
        held.append(one.holds[row["queue"]])
    return UpcomingEmail(
        lead=row["lead"],
        campaign=row["campaign"],
        step=row["step"],
        sender=row["sender"],
        user=row["user"],
        why=row["origin"],
        due_on=row["due_on"],
        goes_on=row["goes_on"],
        held=tuple(dict.fromkeys(held)),
    )
