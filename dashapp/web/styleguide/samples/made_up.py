"""The made-up client all samples are of: North's Harbour, weekday sends, quiet weekends, five campaigns."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from dashapp.crm.tasks import Task
from data.query.ask import Query

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Sample:
    """What a figure answers beside what all answers have; `nothing`: of a client without events, given `full`."""

    full: Callable[[Query], dict[str, Any]]
    nothing: Callable[[Body], Body]


AS_OF = datetime(2026, 10, 28, 12, 5, tzinfo=UTC)
TODAY = AS_OF.date()
CAMPAIGNS = {
    "Clinics – Northern Germany, second wave": 0.31,
    "Dental practices 2026": 0.27,
    "Reactivation: no reply since spring": 0.19,
    "Vets": 0.14,
    "Physiotherapists & osteopaths – trade fair follow-up": 0.09,
}
#: Other groupings: the share of the total each key has.
KEYS: Mapping[str, Mapping[str, float]] = {
    "campaign": CAMPAIGNS,
    "step": {"1": 0.52, "2": 0.29, "3": 0.14, "4": 0.05},
    "variation": {"A": 0.5, "B": 0.36, "(none)": 0.14},
    "user": {"alice@north.example": 0.41, "bob@north.example": 0.35, "dora@north.example": 0.24},
    "sender": {
        "alice@mail.north.example": 0.3,
        "bob@mail.north.example": 0.27,
        "hello@outreach.north.example": 0.25,
        "dora@mail.north.example": 0.18,
    },
    "sender_provider": {"gmail": 0.55, "outlook": 0.3, "custom": 0.15},
    "recipient_provider": {"gmail": 0.44, "outlook": 0.31, "other": 0.25},
}
PEOPLE = (
    ("mara.lind", "northlight"),
    ("jonas.berg", "fjordclinic"),
    ("ines.costa", "praiavet"),
    ("tom.ray", "oak"),
)
TASKS = tuple(
    Task(
        number,
        channel,
        title,
        lead,
        "Dental practices 2026",
        who,
        TODAY - timedelta(days=late),
        "none",
        "Wants the autumn menu." if done else "",
        "booked" if done else None,
        AS_OF if done else None,
        1,
        who == "alice@north.example",
    )
    for number, (channel, title, lead, who, late, done) in enumerate(
        (
            (
                "phone",
                "Call Mara about the tasting",
                "mara.lind@northlight.example",
                "alice@north.example",
                2,
                False,
            ),
            (
                "linkedin",
                "Connect with Jonas",
                "jonas.berg@fjordclinic.example",
                "bob@north.example",
                0,
                False,
            ),
            ("other", "Send the price list", None, "alice@north.example", 0, False),
            ("phone", "Call Ines", "ines.costa@praiavet.example", "alice@north.example", 0, True),
        ),
        start=1,
    )
)
SHARES = {
    "open": 0.46,
    "click": 0.051,
    "reply": 0.083,
    "positive_reply": 0.031,
    "negative_reply": 0.022,
    "bounce": 0.018,
    "unsubscribe": 0.006,
}


def noise(*seed: object) -> float:
    """−0.5..0.5, the same for the same seed."""
    number = sum((i + 3) * ord(c) for i, c in enumerate(repr(seed)))
    return math.sin(number * 12.9898) * 43758.5453 % 1 - 0.5


def sent_on(day: date) -> int:
    """E-mails sent on a day."""
    if day.weekday() >= 5:
        return 0
    growth = 1 + (day - TODAY).days / 220
    return max(0, round(168 * growth * (1 + 0.5 * noise(day.isoformat())) - 12 * day.weekday()))


def ratio(n: int, base: int) -> dict[str, Any]:
    return {"n": n, "base": base, "rate": n / base if base else None}


def days_of(query: Query) -> list[date]:
    first, last = query.from_ or TODAY - timedelta(days=83), query.to or TODAY
    return [first + timedelta(days=i) for i in range((last - first).days + 1)]
