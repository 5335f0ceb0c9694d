"""Events of one client from a seed: years early and late, twice, out of order, re-categorised, by lead only.

For tests that compare two ways of building the same marts: what counts is that every branch of the SQL has rows.
"""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta
from typing import Any

Record = dict[str, Any]

_START = datetime(2024, 9, 20, tzinfo=UTC)
#: Years early and years late, about a change of the clocks.
_FAR = ("2019-03-31T01:30:00Z", "2025-10-26T00:59:59Z")
_LEADS = (
    "ann@client.example",
    "ben@gmail.com",
    "cleo@outlook.com",
    "crm-17",
    "Zoë@client.example",
    "o'neil \\ ₂",
)
_CATEGORIES = ("interested", "not_now", "not_interested", "out_of_office", "booking_request")


def deliveries(seed: int, messages: int) -> list[list[Record]]:
    """Three deliveries of events of so many messages; the second repeats some of the first."""
    made = random.Random(seed)
    events: list[Record] = []
    for number in range(messages):
        events += _of_message(made, number)
    for number in range(messages // 4):
        events.append(_by_lead(made, number))
    for number, record in enumerate(events):
        record["event_id"] = f"e{number:05}"
    made.shuffle(events)
    first, second = len(events) // 2, len(events) * 3 // 4
    return [
        events[:first],
        events[first:second] + made.sample(events[:first], messages // 5),
        events[second:],
    ]


def _of_message(made: random.Random, number: int) -> list[Record]:
    at = _START + timedelta(hours=made.randrange(24 * 90), seconds=made.choice((0, 0, 1, 1799, 3599)))
    own = _attributes(made)
    found: list[Record] = []
    for _ in range(made.choice((0, 1, 1, 1, 1, 1, 2))):  # some were never seen sent, some twice
        repeat = timedelta(days=made.choice((0, 0, 9)))
        found.append({"event": "sent", "occurred_at": at + repeat, **own, **_tracking(made)})
    for name in made.choices(
        ("delivered", "opened", "clicked", "replied", "bounced", "unsubscribed", "failed", "received"),
        (4, 8, 4, 3, 1, 1, 1, 1),
        k=made.randrange(0 if found else 1, 6),
    ):
        told = made.choice(({}, own, _attributes(made)))
        found.append({"event": name, "occurred_at": _when(made, at), **told, **_details(made, name)})
    if made.random() < 0.1:
        found.append({"event": "delivered", "channel": "postcard", "occurred_at": at, **own})
    return [{**record, "message_id": f"m{number:04}"} for record in found]


def _by_lead(made: random.Random, number: int) -> Record:
    at = _START + timedelta(days=made.randrange(120), hours=made.randrange(24))
    name = made.choice(("replied", "replied", "unsubscribed", "clicked"))
    return {
        "event": name,
        "lead": made.choice(_LEADS),
        "occurred_at": _when(made, at),
        **_details(made, name),
    }


def _when(made: random.Random, at: datetime) -> datetime | str:
    if made.random() < 0.02:
        return made.choice(_FAR)
    week = made.choice((0, 0, 0, 1, 2, 6, 12, 13, 52))
    return at + timedelta(
        weeks=week, seconds=made.choice((-3600, -1, 0, 1, 60, 86_400)), microseconds=made.randrange(3)
    )


def _attributes(made: random.Random) -> Record:
    values = {
        "lead": made.choice((*_LEADS, None)),
        "campaign": made.choice(("Autumn", "Winter", "Été “2024”", None)),
        "step": made.choice((1, 2, "10", None)),
        "variation": made.choice(("A", "B", None)),
        "user": made.choice(("alice@north.example", "bob@north.example", None)),
        "sender": made.choice(("alice@north.example", "alice.north@gmail.com", None)),
        "recipient_provider": made.choice(("gmail", "outlook", None)),
    }
    return {name: value for name, value in values.items() if value is not None}


def _tracking(made: random.Random) -> Record:
    return {name: False for name in ("track_opens", "track_clicks") if made.random() < 0.2}


def _details(made: random.Random, name: str) -> Record:
    details: Record = {}
    if name in ("opened", "clicked") and made.random() < 0.3:
        details["machine"] = True
    if name == "clicked":
        details["_lenient"] = True  # as what is pulled from a provider: it may name the lead alone
    if name == "clicked" and made.random() < 0.8:
        details["url"] = made.choice(("https://north.example/a", "https://north.example/É?q='“"))
    if name == "replied":
        details["reply_category"] = made.choice(_CATEGORIES)
    return details
