"""Events, and who they came from, behind an hour of the week, a link, a category of replies; actions and people."""

from __future__ import annotations

from typing import Any, Final, Literal

from data.answers.activity import REASONS
from data.answers.facts import Facts
from data.drilldown.place import Place
from data.drilldown.rows import Behind, Mark, Part, row_of
from data.question import Query

FILES: Final = {
    "hours": "behind_hours",
    "top_links": "behind_links",
    "reply_categories": "behind_replies",
    "action_analytics": "behind_actions",
    "engagement_overview": "behind_people",
    "top_campaigns": "behind_people",
}
_PEOPLE: Final = frozenset({"engagement_overview", "top_campaigns"})
#: Kinds of engagements.sql: what engages a campaign's contact, and what says that somebody is not interested.
ENGAGED: Final = ("reply", "click", "video_opened", "video_watched", "multiple_opens", "booked")
NOT_INTERESTED: Final = ("unsubscribe", "not_interested", "refusal")
Unit = Literal["e-mails", "leads", "events", "people", "actions"]


def events_behind(
    facts: Facts, query: Query, place: Place, part: Part, after: Mark | None, limit: int
) -> Behind:
    """A page of what a cell counts. E-mails and people of a link are no share of anything: they have no base."""
    values: dict[str, Any] = {
        "part": part,
        "after_at": None if after is None else after.at,
        "after_key": None if after is None else after.key,
        "limit": limit + 1,
        "weekday": place.weekday,
        "hour": place.hour,
        "link": place.group,
        "measured": place.measured,
        "category": place.group,
        "sentiment": place.sentiment,
    }
    if query.name == "hours":
        values["event"] = query.asked_event
    if query.name == "action_analytics":
        values["status"] = place.status
    if query.name in _PEOPLE:
        facts.make_engagements(query)
        values["kinds"] = list(_kinds(query, place))
        values["category"] = place.group if query.name == "top_campaigns" else None
    found = facts.rows(FILES[query.name], query, **values)
    names = [column[0] for column in facts.connection.description or []]
    rows = [dict(zip(names, row, strict=True)) for row in found]
    n, base = (rows[0]["n"], rows[0]["base"]) if rows else _counts(facts, query, place, part, after)
    more, rows = rows[limit:], rows[:limit]
    return Behind(
        n,
        base if place.measured == "clicks" else None,
        part,
        _unit(query, place),
        [row_of({"messages": 1, **row}) for row in rows],
        str(Mark(rows[-1]["stamped"], rows[-1]["key"])) if more else None,
    )


def _kinds(query: Query, place: Place) -> tuple[str, ...]:
    if query.name == "engagement_overview":
        return (place.group,) if place.group else REASONS
    return NOT_INTERESTED if place.status == "not_interested" else ENGAGED


def _counts(facts: Facts, query: Query, place: Place, part: Part, after: Mark | None) -> tuple[int, int]:
    """Of a page without rows: an empty cell still has its base, a page past the end its first page's figures."""
    if after is not None:
        first = events_behind(facts, query, place, part, None, 1)
        return first.n, first.base or 0
    if part == "n":
        whole = events_behind(facts, query, place, "base", None, 1)
        return 0, whole.base or 0
    return 0, 0


def _unit(query: Query, place: Place) -> Unit:
    if query.name == "reply_categories":
        return "e-mails"
    if query.name == "action_analytics":
        return "e-mails" if place.group == "email" else "actions"
    if query.name in _PEOPLE:
        return "people"
    by_measure: dict[str, Unit] = {"clicks": "events", "unique": "e-mails", "leads": "people"}
    return by_measure[place.measured]
