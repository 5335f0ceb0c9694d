"""Random events of every channel for the dashboard's figures: small worlds in which ties and edges are common."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import strategies as st

Record = dict[str, Any]

ZONES = (
    "Europe/Berlin",
    "America/New_York",
    "Asia/Kolkata",
    "Australia/Lord_Howe",
    "Asia/Beirut",  # whose Sunday has two midnights
    "Pacific/Chatham",
)
#: Sunday 27 October 2024, 01:00 UTC: Berlin's clocks go back; New York's a week later.
MIDDLE = datetime(2024, 10, 27, 1, 0, tzinfo=UTC)
LEADS = ("ann@x.io", "Ann@X.io", "ben@x.io", "cleo@x.io")
CAMPAIGNS = ("Autumn", "Winter", None)
USERS = ("alice@north.example", "bob@north.example", None)
TEXTS = (None, "Thank you, yes.", "Remove me, please.", "We are not interested.", "Is this spam?")
CATEGORIES = (None, "interested", "not_now", "no_need", "not_interested", "out_of_office")
LATER = (
    "opened",
    "opened",
    "opened",
    "clicked",
    "replied",
    "unsubscribed",
    "delivered",
    "bounced",
    "complained",
    "failed",
)
OTHERS = (
    ("video", ("sent", "video_opened", "video_watched", "opened", "opened", "clicked", "replied")),
    ("postcard", ("mailed", "in_transit", "delivered", "returned")),
    ("phone", ("booked", "not_interested", "left_message")),
    ("linkedin", ("completed",)),
    ("gift_card", ("mailed", "delivered")),
)
#: Seconds after the start of an action: around the 60 seconds of multiple opens, and days on.
WAITS = (0, 1, 4, 5, 6, 11, 16, 59, 60, 61, 3_600, 86_400, 3 * 86_400, 7 * 86_400)


@dataclass(frozen=True)
class Told:
    """Events of a workspace, and what is asked of them."""

    timezone: str
    events: list[Record]
    as_of: datetime
    first: str
    last: str
    user: str | None
    campaigns: frozenset[str] | None
    engagement: str


@st.composite
def tellings(draw: st.DrawFn) -> Told:
    """A world of up to 12 actions of any channel with what came of them."""
    instants = st.builds(
        lambda days, seconds: MIDDLE + timedelta(days=days, seconds=seconds),
        st.integers(-9, 9),
        st.sampled_from((-3_600, -1, 0, 1, 3_600, 36_000, 79_200)),
    )
    events: list[Record] = []
    for number in range(draw(st.integers(1, 8))):
        events += draw(_mail(f"m{number}", draw(instants)))
    for number in range(draw(st.integers(0, 4))):
        channel, names = draw(st.sampled_from(OTHERS))
        events += draw(_other(f"o{number}", channel, names, draw(instants)))
    for _ in range(draw(st.integers(0, 3))):
        name = draw(st.sampled_from(("received", "replied", "unsubscribed")))
        by_lead = {"event": name, "occurred_at": draw(instants), "lead": draw(st.sampled_from(LEADS))}
        events.append({**by_lead, **draw(_details(name))})
    events = distinct(events)
    for number, record in enumerate(events):
        record["event_id"] = f"e{number:03}"
    order = draw(st.permutations(events + events[:2]))
    day = MIDDLE.date()
    first, last = sorted(
        (
            day + timedelta(days=draw(st.integers(-9, 9))),
            day + timedelta(days=draw(st.integers(-9, 9))),
        )
    )
    return Told(
        draw(st.sampled_from(ZONES)),
        list(order),
        MIDDLE + timedelta(days=draw(st.sampled_from((0, 3, 10, 30)))),
        first.isoformat(),
        last.isoformat(),
        draw(st.sampled_from((None, None, "alice@north.example"))),
        draw(st.sampled_from((None, None, frozenset({"Autumn"}), frozenset({"Winter", "(none)"})))),
        draw(st.sampled_from(("human", "all"))),
    )


def distinct(events: list[Record]) -> list[Record]:
    """Those that do not say what another one says: what happened, to which message or whom, in which second.

    Such two are one event, whatever their ids (data/intake/identity.py), and the reference counts what it is given.
    """
    kept: list[Record] = []
    messages, leads, strays = set(), set(), set()
    for record in events:
        what = (
            record["event"],
            record.get("channel"),
            int(record["occurred_at"].timestamp()),
            record.get("url"),
        )
        message, lead = record.get("message_id"), record.get("lead")
        by_lead = (what, lead)
        if message is None and (by_lead in leads or by_lead in strays):
            continue
        if message is not None and ((what, message) in messages or (lead is not None and by_lead in strays)):
            continue
        kept.append(record)
        if message is None:
            strays.add(by_lead)
        else:
            messages.add((what, message))
            if lead is not None:
                leads.add(by_lead)
    return kept


@st.composite
def _who(draw: st.DrawFn) -> Record:
    found = {
        "lead": draw(st.sampled_from((*LEADS, None))),
        "campaign": draw(st.sampled_from(CAMPAIGNS)),
        "user": draw(st.sampled_from(USERS)),
    }
    return {name: value for name, value in found.items() if value is not None}


@st.composite
def _details(draw: st.DrawFn, name: str) -> Record:
    details: Record = {}
    if name in ("opened", "clicked") and draw(st.integers(0, 4)) == 0:
        details["machine"] = draw(st.booleans())
    if name == "unsubscribed" and draw(st.integers(0, 4)) == 0:
        details["machine"] = True
    if name == "bounced":
        kind = draw(st.sampled_from(("hard", "soft", "block", None)))
        details |= {"bounce_kind": kind} if kind else {}
    if name == "clicked":
        details["url"] = draw(st.sampled_from(("https://x.io/a", "https://x.io/b")))
    if name == "replied":
        text, category = draw(st.sampled_from(TEXTS)), draw(st.sampled_from(CATEGORIES))
        details |= {"reply_text": text} if text else {}
        details |= {"reply_category": category} if category else {}
    return details


@st.composite
def _mail(draw: st.DrawFn, message: str, at: datetime) -> list[Record]:
    sent = {"event": "sent", "occurred_at": at, "message_id": message, **draw(_who())}
    for tracking in ("track_opens", "track_clicks"):
        if draw(st.integers(0, 4)) == 0:
            sent[tracking] = False
    records = [sent]
    for name in draw(st.lists(st.sampled_from(LATER), max_size=5)):
        when = at + timedelta(seconds=draw(st.sampled_from(WAITS)))
        records.append({"event": name, "occurred_at": when, "message_id": message, **draw(_details(name))})
    return records


@st.composite
def _other(draw: st.DrawFn, action: str, channel: str, names: tuple[str, ...], at: datetime) -> list[Record]:
    who, records = draw(_who()), []
    tied = draw(st.booleans())
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=4)):
        when = at + timedelta(seconds=draw(st.sampled_from(WAITS)))
        record = {"event": name, "channel": channel, "occurred_at": when, **draw(_details(name))}
        records.append({**record, **({"message_id": action} if tied else {}), **who})
    return records
