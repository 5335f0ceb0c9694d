"""A cell's key: which part of an answer is meant. Written by the tiles, read here, never believed.

`` (empty)                all of the answer, the headline
`=Autumn menu`            a group of `rate`; a category (`=interested|positive`) or sentiment (`=|positive`)
`d:2026-10-01..2026-10-07`  units that start on these local days; one day of the forecast
`w:2026-09-07:3`          a cohort up to its week 3; `w:2026-09-07` a cohort's first week
`h:1:9`, `h:1:`           a weekday (1 = Monday) at an hour; all of a weekday
`clicks=…`, `unique=…`, `leads=…`  a link by its clicks, its e-mails, its people
`=email`, `=email|opened`  the actions of a type; those of them that reached a status
`=reply`, `=Autumn menu|engaged`  of the contacts, those with a kind of engagement; of a campaign's
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal

from data.answers.activity import CHANNELS, REASONS, STATUSES
from data.errors import BadQuery
from data.question import Query

Measured = Literal["clicks", "unique", "leads"]
_DAYS: Final = re.compile(r"d:(\d{4}-\d\d-\d\d)(?:\.\.(\d{4}-\d\d-\d\d))?")
_WEEK: Final = re.compile(r"w:(\d{4}-\d\d-\d\d)(?::([1-9]|1[0-2]))?")
_HOUR: Final = re.compile(r"h:([1-7]):(\d|1\d|2[0-3]|)")
_LINK: Final = re.compile(r"(clicks|unique|leads)=(.*)", re.DOTALL)
_DASHBOARD: Final = frozenset({"engagement_overview", "action_analytics", "top_campaigns"})
#: How a campaign's contacts took it.
_TAKEN: Final = frozenset({"engaged", "not_interested"})
#: Longer than any campaign or link we store.
MAX_KEY: Final = 5_000


@dataclass(frozen=True, slots=True)
class Place:
    """Where in an answer. Everything None: all of it."""

    group: str | None = None
    first: date | None = None
    last: date | None = None
    cohort: date | None = None
    week: int | None = None
    weekday: int | None = None
    hour: int | None = None
    measured: Measured = "clicks"
    sentiment: str | None = None
    #: A status of an action; of a campaign's contacts "engaged" or "not_interested".
    status: str | None = None

    @property
    def whole(self) -> bool:
        """Whether all of the answer is meant."""
        return self == Place()


def place_of(query: Query, key: str) -> Place:
    """The place `key` names in the answer to `query`. Raises BadQuery when it names none there."""
    found = None if len(key) > MAX_KEY else _place(query, key)
    if found is None:
        raise BadQuery("There is no such cell in {name}.", name=query.name)
    return found


def _place(query: Query, key: str) -> Place | None:
    if not key:
        return Place()
    if query.name in {"rate", "sent_emails"} and (match := _DAYS.fullmatch(key)):
        first, last = _day(match[1]), _day(match[2] or match[1])
        return None if first is None or last is None or first > last else Place(first=first, last=last)
    if query.name == "future_emails" and (match := _DAYS.fullmatch(key)) and match[2] is None:
        day = _day(match[1])
        return None if day is None else Place(first=day, last=day)
    if query.name == "rate" and key[0] == "=" and query.by not in {None, "day", "week"}:
        return Place(group=key[1:])
    if query.name in {"cohort", "week1"} and (match := _WEEK.fullmatch(key)):
        cohort = _day(match[1])
        if cohort is None or cohort.weekday() or (query.name == "week1" and match[2] not in {None, "1"}):
            return None
        return Place(cohort=cohort, week=int(match[2] or 1))
    if query.name == "hours" and (match := _HOUR.fullmatch(key)):
        return Place(weekday=int(match[1]), hour=int(match[2]) if match[2] else None)
    if query.name == "top_links" and (match := _LINK.fullmatch(key)):
        return Place(group=match[2], measured=match[1])  # type: ignore[arg-type]
    if key[0] == "=" and query.name in _DASHBOARD:
        return _dashboard(query, key[1:])
    if query.name == "reply_categories" and key[0] == "=":
        category, bar, sentiment = key[1:].rpartition("|")
        return Place(group=category or None, sentiment=sentiment) if bar else None
    return None


def _dashboard(query: Query, key: str) -> Place | None:
    if query.name == "engagement_overview":
        return Place(group=key) if key in REASONS else None
    if query.name == "top_campaigns":
        campaign, _, status = key.rpartition("|")
        return Place(group=campaign, status=status) if campaign and status in _TAKEN else None
    channel, bar, status = key.partition("|")
    if channel not in CHANNELS or (bar and status not in STATUSES):
        return None
    return Place(group=channel, status=status or None)


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
