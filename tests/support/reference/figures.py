"""The oracle of every e-mail figure: docs/numbers.md read literally, in plain Python.

It shares no code with the product: events are lists of canonical records (docs/events.md) as a source would send
them, everything is computed again for each question, and readability beats speed everywhere. One thing is
taken from the product's contract instead of METRICS: what the canonical form makes of absent providers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.reference.messages import Happening, Message, Record, messages_of

COHORTS = 12
WEEK = timedelta(days=7)
POSITIVE = {"interested", "more_information", "booking_request"}
NEGATIVE = {"unsubscribe", "not_the_right_person", "not_interested", "no_need"}
NOT_HUMAN = {"out_of_office", "auto_reply"}


@dataclass
class Unit:
    """What is counted: a message or a journey. `hit` is the time of its first qualifying event."""

    t0: datetime
    face: Message
    in_base: bool
    untracked: bool
    hit: datetime | None


def answer(
    events: Iterable[Record], timezone: str, query: Mapping[str, Any], as_of: datetime
) -> dict[str, Any]:
    """The answer to `query` (option names as on the command line, `_` for `-`), without the echoed options.

    `events` may hold duplicates in any order. `as_of` is aware. Raises KeyError for a name it does not know.
    """
    zone = ZoneInfo(timezone)
    answers: dict[str, Callable[..., dict[str, Any]]] = {
        "cohort": _cohort,
        "week1": _week1,
        "sent_emails": _sent_emails,
        "rate": _rate,
    }
    messages = messages_of(events, as_of)
    return answers[query["name"]](messages, zone, query, as_of.astimezone(UTC))


# --- from messages to units ----------------------------------------------------------------------------


def units_of(messages: list[Message], query: Mapping[str, Any]) -> list[Unit]:
    """Every unit of the query's attribution that passes its filters, in the base or not."""
    data_type = query.get("data_type", "open")
    engagement = query.get("engagement", "human")
    if query.get("attribution", "email") == "email":
        groups = [[message] for message in messages]
    else:
        groups = list(_journeys(messages).values())
    units = []
    for group in groups:
        unit = _bounce_unit(group) if data_type == "bounce" else _engaged_unit(group, data_type, engagement)
        if unit is not None and _passes(unit.face, query):
            units.append(unit)
    return units


def _journeys(messages: list[Message]) -> dict[object, list[Message]]:
    """Messages of one lead in one campaign, in the order sent; a message without a lead stands alone."""
    journeys: dict[object, list[Message]] = {}
    for message in messages:
        key = ("message", message.id) if message.lead is None else (message.lead, message.campaign)
        journeys.setdefault(key, []).append(message)
    return journeys


def _bounce_unit(group: list[Message]) -> Unit:
    """For `bounce` every unit is in the base; it is bounced when the last of its messages became so."""
    first = min(group, key=lambda message: message.order)
    bounces = [message.bounced_at for message in group]
    moments = [moment for moment in bounces if moment is not None]
    hit = max(moments) if len(moments) == len(group) else None
    return Unit(t0=first.sent_at, face=first, in_base=True, untracked=False, hit=hit)


def _engaged_unit(group: list[Message], data_type: str, engagement: str) -> Unit | None:
    """None when every message of the unit bounced: it is then in no base but that of `bounce`."""
    eligible = [message for message in group if message.eligible]
    if not eligible:
        return None
    first = min(eligible, key=lambda message: message.order)
    untracked = data_type in ("open", "click") and not any(m.tracks[data_type] for m in eligible)
    return Unit(
        t0=first.sent_at,
        face=first,
        in_base=not untracked,
        untracked=untracked,
        hit=_first_hit(eligible, data_type, engagement),
    )


def _first_hit(eligible: list[Message], data_type: str, engagement: str) -> datetime | None:
    """The first qualifying event over the messages of a unit."""
    all_of_them = sorted(
        (
            (message.counted_at(h), message.id, h.event_id, h, message)
            for message in eligible
            for h in message.happenings
            if message.is_tracked(h)
        ),
        key=lambda entry: entry[:3],
    )
    if data_type in ("open", "click"):
        name = {"open": "opened", "click": "clicked"}[data_type]
        times = [
            at
            for at, _, _, h, message in all_of_them
            # One that names only its lead is activity of the message, not an opening of it.
            if h.name == name and h.message_id and (engagement == "all" or not message.is_machine(h))
        ]
        return times[0] if times else None
    if data_type == "unsubscribe":
        times = [
            at for at, _, _, h, _ in all_of_them if h.name == "unsubscribed" and not h.record.get("machine")
        ]
        return times[0] if times else None
    replies = [h for *_, h, _ in all_of_them if _is_human_reply(h)]
    if not replies:
        return None
    wanted = {"reply": None, "positive_reply": "positive", "negative_reply": "negative"}[data_type]
    return replies[0].at if wanted in (None, sentiment(replies[0].record)) else None


def _is_human_reply(happening: Happening) -> bool:
    return happening.name == "replied" and happening.record.get("reply_category") not in NOT_HUMAN


def sentiment(record: Record) -> str:
    """The sentiment of a human reply. Its text is only looked at when it has no category (docs/numbers.md)."""
    category = record.get("reply_category")
    if category in POSITIVE:
        return "positive"
    if category in NEGATIVE or (
        category is None and "not interested" in (record.get("reply_text") or "").lower()
    ):
        return "negative"
    return "neutral"


def _passes(face: Message, query: Mapping[str, Any]) -> bool:
    """Whether the message that stands for the unit has the attributes asked for."""
    for name in ("sender_provider", "recipient_provider"):
        if query.get(name, "any") not in ("any", getattr(face, name)):
            return False
    if query.get("campaign") not in (None, face.campaign):
        return False
    return query.get("user") is None or query["user"].lower() == face.user


# --- from units to answers -----------------------------------------------------------------------------


def monday(moment: datetime, zone: ZoneInfo) -> date:
    """The Monday of the local week `moment` lies in."""
    day = moment.astimezone(zone).date()
    return day - timedelta(days=day.weekday())


def week_number(unit: Unit, clock: str, zone: ZoneInfo) -> int | None:
    """The week (1, 2, …) of the unit's first qualifying event; what comes before t0 falls in week 1."""
    if unit.hit is None:
        return None
    if clock == "elapsed":
        return max(1, (unit.hit - unit.t0) // WEEK + 1)
    return max(1, (monday(unit.hit, zone) - monday(unit.t0, zone)).days // 7 + 1)


def _share(n: int, base: int) -> float | None:
    return n / base if base else None


def _rows(
    messages: list[Message], zone: ZoneInfo, query: Mapping[str, Any], as_of: datetime
) -> list[dict[str, Any]]:
    clock = query.get("clock", "calendar")
    now = monday(as_of, zone)
    units = units_of(messages, query)
    rows = []
    for back in range(COHORTS - 1, -1, -1):
        cohort = now - back * WEEK
        members = [unit for unit in units if monday(unit.t0, zone) == cohort]
        base = [unit for unit in members if unit.in_base]
        cells = []
        for week in range(1, COHORTS + 1):
            state = _state(base, week, back + 1, clock, as_of)
            n = None
            if state != "future":
                n = sum(1 for u in base if (number := week_number(u, clock, zone)) and number <= week)
            rate = None if n is None else _share(n, len(base))
            cells.append({"week": week, "n": n, "rate": rate, "state": state})
        untracked = sum(1 for unit in members if unit.untracked)
        row = {"cohort": cohort.isoformat(), "base": len(base), "untracked": untracked, "cells": cells}
        rows.append(row)
    return rows


def _state(base: list[Unit], week: int, current: int, clock: str, as_of: datetime) -> str:
    """The state of a cell; `current` is the calendar week the cohort is in now."""
    if not base:
        return "no_base" if week <= current else "future"
    if clock == "calendar":
        if week > current:
            return "future"
        return "in_progress" if week == current else "value"
    if as_of - min(unit.t0 for unit in base) < (week - 1) * WEEK:
        return "future"
    return "in_progress" if any(as_of - unit.t0 < week * WEEK for unit in base) else "value"


def _cohort(
    messages: list[Message], zone: ZoneInfo, query: Mapping[str, Any], as_of: datetime
) -> dict[str, Any]:
    return {"rows": _rows(messages, zone, query, as_of)}


def _week1(
    messages: list[Message], zone: ZoneInfo, query: Mapping[str, Any], as_of: datetime
) -> dict[str, Any]:
    rows = _rows(messages, zone, query, as_of)
    points = []
    for row in rows:
        cell = row["cells"][0]
        point = {"cohort": row["cohort"], "n": cell["n"], "base": row["base"]}
        points.append({**point, "rate": cell["rate"], "state": cell["state"]})
    complete = [point for point in points if point["state"] == "value"]
    n = sum(point["n"] for point in complete)
    base = sum(point["base"] for point in complete)
    return {"headline": {"n": n, "base": base, "rate": _share(n, base)}, "points": points}


def _sent_emails(
    messages: list[Message], zone: ZoneInfo, query: Mapping[str, Any], as_of: datetime
) -> dict[str, Any]:
    sent_on = [m.sent_at.astimezone(zone).date() for m in messages if _passes(m, query)]
    first = _day(query.get("from")) or min(sent_on, default=None)
    last = _day(query.get("to")) or as_of.astimezone(zone).date()
    days = []
    if first is not None:
        for number in range((last - first).days + 1):
            day = first + timedelta(days=number)
            days.append({"day": day.isoformat(), "n": sent_on.count(day)})
    return {"total": sum(entry["n"] for entry in days), "days": days}


def _rate(
    messages: list[Message], zone: ZoneInfo, query: Mapping[str, Any], as_of: datetime
) -> dict[str, Any]:
    first, last = _day(query.get("from")), _day(query.get("to"))
    units = []
    for unit in units_of(messages, query):
        day = unit.t0.astimezone(zone).date()
        if (first is None or first <= day) and (last is None or day <= last):
            units.append(unit)
    result = {**_counts(units), "untracked": sum(1 for unit in units if unit.untracked)}
    by = query.get("by")
    if by is not None:
        told = [*units, *_lost(messages, query, first, last, zone)]
        keys = sorted({_key(unit, by, zone) for unit in told})
        result["groups"] = [
            {"key": key, **_counts([unit for unit in units if _key(unit, by, zone) == key])} for key in keys
        ]
    return result


def _lost(
    messages: list[Message], query: Mapping[str, Any], first: date | None, last: date | None, zone: ZoneInfo
) -> list[Unit]:
    """Units that are in no base, for nothing of them arrived: their groups are listed, with base 0."""
    per_mail = query.get("attribution", "email") == "email"
    groups = [[message] for message in messages] if per_mail else list(_journeys(messages).values())
    found = []
    for group in groups:
        unit = _bounce_unit(group)
        day = unit.t0.astimezone(zone).date()
        inside = (first is None or first <= day) and (last is None or day <= last)
        gone = not any(message.eligible for message in group) and (per_mail or unit.hit is not None)
        if gone and inside and _passes(unit.face, query):
            found.append(unit)
    return found


def _counts(units: list[Unit]) -> dict[str, Any]:
    base = [unit for unit in units if unit.in_base]
    n = sum(1 for unit in base if unit.hit is not None)
    return {"n": n, "base": len(base), "rate": _share(n, len(base))}


def _key(unit: Unit, by: str, zone: ZoneInfo) -> str:
    if by == "day":
        return unit.t0.astimezone(zone).date().isoformat()
    if by == "week":
        return monday(unit.t0, zone).isoformat()
    return str(getattr(unit.face, by))


def _day(value: date | str | None) -> date | None:
    return date.fromisoformat(value) if isinstance(value, str) else value
