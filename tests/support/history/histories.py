"""Random histories of a workspace for property tests, drawn so that boundaries are really hit.

Times come from a coarse grid (local Mondays ± 1 s, hours of the day, the instant the clocks change) and from
whole weeks after a message, so that ties, week edges and seven-day edges are common and not a rarity.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

Record = dict[str, Any]
Query = dict[str, Any]
#: A query and its as of.
Asked = tuple[Query, datetime]

#: Per zone, instants (UTC) at which its clocks change: forward and back. Lord Howe moves by half an hour, Chatham
#: and St John's are no whole hours off, and in Havana and Beirut a day begins at one, or has two midnights.
CLOCK_CHANGES = {
    "Europe/Berlin": ("2024-03-31T01:00:00+00:00", "2024-10-27T01:00:00+00:00"),
    "America/New_York": ("2024-03-10T07:00:00+00:00", "2024-11-03T06:00:00+00:00"),
    "Australia/Lord_Howe": ("2024-04-06T15:00:00+00:00", "2024-10-05T15:30:00+00:00"),
    "America/Havana": ("2024-03-10T05:00:00+00:00", "2024-11-03T05:00:00+00:00"),
    "America/St_Johns": ("2024-03-10T05:30:00+00:00", "2024-11-03T04:30:00+00:00"),
    "Asia/Beirut": ("2024-03-30T22:00:00+00:00", "2024-10-26T21:00:00+00:00"),
    "Pacific/Chatham": ("2024-04-06T14:00:00+00:00", "2024-09-28T14:00:00+00:00"),
}
WEEKS = 14

LEADS = ("ann@client.example", "Ann@Client.Example", "ben@gmail.com", "cleo@outlook.com", "crm-17", None)
CAMPAIGNS = ("Autumn", "Winter", None)
STEPS = (1, 2, "10", None)
USERS = ("alice@north.example", "Alice@North.example", "bob@north.example", None)
SENDER_PROVIDERS = ("gmail", "outlook", "custom")
RECIPIENT_PROVIDERS = ("gmail", "outlook", "other")
DATA_TYPES = ("open", "click", "reply", "positive_reply", "negative_reply", "bounce", "unsubscribe")
GROUPINGS = ("day", "week", "campaign", "step", "user", "sender_provider", "recipient_provider")
REPLY_CATEGORIES = (
    "interested",
    "booking_request",
    "not_now",
    "not_interested",
    "out_of_office",
    "auto_reply",
)
REPLY_TEXTS = (None, "Thank you, I will read it.", "We are not interested in this.")
LATER = ("delivered", "opened", "opened", "clicked", "replied", "replied", "bounced", "unsubscribed")
RARE = ("deferred", "failed", "received", "complained", "resubscribed", "auto_replied", "sent")
#: Seconds after its message at which an event falls: before it, with it, around whole weeks of elapsed time.
WAITS = tuple(
    [-3600, 0, 2, 3, 4, 5, 6, 12, 60, 66, 70, 86_400]
    + [week * 604_800 + second for week in (1, 2, 3, 6) for second in (-1, 0, 1)]
)


@dataclass(frozen=True)
class History:
    """What happened, in the up to three deliveries in which it arrived, and what is asked of it."""

    timezone: str
    deliveries: list[list[Record]]
    queries: list[Asked]

    def arrived(self, number: int) -> list[Record]:
        """The delivery of that number from 0; empty when there were fewer."""
        return self.deliveries[number] if number < len(self.deliveries) else []

    def so_far(self, number: int) -> list[Record]:
        """Everything up to and with that delivery."""
        return [record for delivery in self.deliveries[: number + 1] for record in delivery]

    @property
    def events(self) -> list[Record]:
        """All deliveries as one."""
        return self.so_far(len(self.deliveries))


class _Calendar:
    """The fourteen local weeks around one change of the clocks."""

    def __init__(self, timezone: str, change: str) -> None:
        self.zone = ZoneInfo(timezone)
        self.change = datetime.fromisoformat(change)
        day = self.change.astimezone(self.zone).date()
        self.first_monday = day - timedelta(days=day.weekday(), weeks=WEEKS // 2)
        self.instants = st.one_of(
            st.builds(self._edge, st.integers(0, WEEKS), st.sampled_from((-1, 0, 1))),
            st.builds(self._at_hour, st.integers(0, WEEKS * 7 - 1), st.sampled_from((0, 2, 9, 9, 23))),
            st.sampled_from((-3600, -1, 0, 1, 1800, 3600)).map(
                lambda seconds: self.change + timedelta(seconds=seconds)
            ),
        )
        self.days = st.integers(-3, WEEKS * 7 + 3).map(
            lambda number: self.first_monday + timedelta(days=number)
        )

    def _edge(self, week: int, second: int) -> datetime:
        return self._local(self.first_monday + timedelta(weeks=week), 0) + timedelta(seconds=second)

    def _at_hour(self, day: int, hour: int) -> datetime:
        return self._local(self.first_monday + timedelta(days=day), hour)

    def _local(self, day: date, hour: int) -> datetime:
        return datetime.combine(day, time(hour), self.zone).astimezone(UTC)


@st.composite
def histories(draw: st.DrawFn, max_messages: int = 9, max_queries: int = 6) -> History:
    """A history of 1 to 40 events or so with its queries."""
    timezone = draw(st.sampled_from(sorted(CLOCK_CHANGES)))
    calendar = _Calendar(timezone, draw(st.sampled_from(CLOCK_CHANGES[timezone])))
    events: list[Record] = []
    starts: list[datetime] = []
    for number in range(draw(st.integers(1, max_messages))):
        at = draw(st.sampled_from(starts)) if starts and draw(st.integers(0, 3)) == 0 else None
        starts.append(at or draw(calendar.instants))
        events += draw(_message_events(f"m{number}", starts[-1], calendar))
    for number in range(draw(st.integers(0, 4))):
        events.append(draw(_event_by_lead(f"by-lead-{number}", starts, calendar)))
    for number, record in enumerate(events):
        record["event_id"] = f"e{number:02}"
    repeated = draw(st.lists(st.sampled_from(events), max_size=4)) if events else []
    arrival = draw(st.permutations(events + repeated))
    deliveries = draw(_split(list(arrival)))
    asked = st.tuples(_queries(calendar), _moments_asked_of(starts, calendar))
    return History(timezone, deliveries, draw(st.lists(asked, min_size=2, max_size=max_queries)))


@st.composite
def _message_events(draw: st.DrawFn, message_id: str, at: datetime, calendar: _Calendar) -> list[Record]:
    own = draw(_attributes())
    records = []
    if draw(st.integers(0, 5)):
        sent = {"event": "sent", "occurred_at": at, "message_id": message_id, **own}
        for tracking in ("track_opens", "track_clicks"):
            if draw(st.integers(0, 3)) == 0:
                sent[tracking] = False
        records.append(sent)
    names = st.sampled_from(LATER * 3 + RARE)
    for name in draw(st.lists(names, min_size=0 if records else 1, max_size=5)):
        wait = st.sampled_from(WAITS).map(lambda seconds: at + timedelta(seconds=seconds))
        when = draw(st.one_of(wait, wait, calendar.instants))
        record = {"event": name, "occurred_at": when, "message_id": message_id}
        told = draw(st.sampled_from(("nothing", "own", "own", "else")))
        if told != "nothing":
            record.update(own if told == "own" else draw(_attributes()))
        records.append({**record, **draw(_details(name))})
    if draw(st.integers(0, 9)) == 0:  # another channel never counts, whatever it calls its message
        postcard = {"event": "delivered", "channel": "postcard", "occurred_at": draw(calendar.instants)}
        records.append({**postcard, "message_id": message_id, **own})
    return records


@st.composite
def _attributes(draw: st.DrawFn) -> Record:
    found = {
        "lead": draw(st.sampled_from(LEADS)),
        "campaign": draw(st.sampled_from(CAMPAIGNS)),
        "step": draw(st.sampled_from(STEPS)),
        "user": draw(st.sampled_from(USERS)),
        "sender_provider": draw(st.sampled_from((*SENDER_PROVIDERS, None))),
        "recipient_provider": draw(st.sampled_from((*RECIPIENT_PROVIDERS, None))),
        "sender": draw(st.sampled_from((None, "alice@north.example", "alice.north@gmail.com"))),
    }
    return {name: value for name, value in found.items() if value is not None}


@st.composite
def _details(draw: st.DrawFn, name: str) -> Record:
    """What only some events carry."""
    details: Record = {}
    if name in ("opened", "clicked", "replied", "unsubscribed") and draw(st.integers(0, 3)) == 0:
        details["machine"] = draw(st.booleans()) if name in ("opened", "clicked") else True
    if name == "clicked" and draw(st.integers(0, 3)):
        details["url"] = draw(st.sampled_from(("https://x.io/a", "https://x.io/b")))
    if name == "bounced":
        kind = draw(st.sampled_from(("hard", "soft", "block", None)))
        details |= {"bounce_kind": kind} if kind else {}
    if name == "replied":
        category = draw(st.sampled_from((*REPLY_CATEGORIES, None)))
        text = draw(st.sampled_from(REPLY_TEXTS))
        details |= {"reply_category": category} if category else {}
        details |= {"reply_text": text} if text else {}
    return details


@st.composite
def _event_by_lead(draw: st.DrawFn, _label: str, starts: list[datetime], calendar: _Calendar) -> Record:
    """A reply or the like that names no message, often at the very second of one."""
    name = draw(
        st.sampled_from(("replied", "replied", "unsubscribed", "auto_replied", "received", "complained"))
    )
    when = draw(st.one_of(st.sampled_from(starts), calendar.instants))
    lead = draw(st.sampled_from([lead for lead in LEADS if lead is not None]))
    record: Record = {"event": name, "occurred_at": when, "lead": lead}
    campaign = draw(st.sampled_from(CAMPAIGNS))
    return {**record, **({"campaign": campaign} if campaign else {}), **draw(_details(name))}


@st.composite
def _split(draw: st.DrawFn, arrival: list[Record]) -> list[list[Record]]:
    """One to three deliveries; some may be empty."""
    cuts = sorted(draw(st.lists(st.integers(0, len(arrival)), max_size=2)))
    edges = [0, *cuts, len(arrival)]
    return [arrival[start:end] for start, end in pairwise(edges)]


@st.composite
def _queries(draw: st.DrawFn, calendar: _Calendar) -> Query:
    """A query with any of its options, as on the command line."""
    query: Query = {"name": draw(st.sampled_from(("cohort", "week1", "sent_emails", "rate", "rate")))}
    if query["name"] != "sent_emails":
        query["data_type"] = draw(st.sampled_from(DATA_TYPES))
        query["attribution"] = draw(st.sampled_from(("email", "lead")))
        query["engagement"] = draw(st.sampled_from(("human", "all")))
    if query["name"] in ("cohort", "week1"):
        query["clock"] = draw(st.sampled_from(("calendar", "elapsed")))
    for name, values in (
        ("sender_provider", SENDER_PROVIDERS),
        ("recipient_provider", RECIPIENT_PROVIDERS),
        ("campaign", ("Autumn", "Winter", "(none)", "never heard of")),
        ("user", ("alice@north.example", "Alice@North.example", "bob@north.example")),
    ):
        if draw(st.integers(0, 5)) == 0:
            query[name] = draw(st.sampled_from(values))
    if query["name"] in ("rate", "sent_emails") and draw(st.booleans()):
        first, last = sorted((draw(calendar.days), draw(calendar.days)))
        query |= {"from": first.isoformat()} if draw(st.integers(0, 3)) else {}
        query |= {"to": last.isoformat()} if draw(st.integers(0, 3)) else {}
    if query["name"] == "rate" and draw(st.booleans()):
        query["by"] = draw(st.sampled_from(GROUPINGS))
    return query


def _moments_asked_of(starts: list[datetime], calendar: _Calendar) -> st.SearchStrategy[datetime]:
    """Instants to ask as of: in the middle of it, at whole weeks after a message, at the end, long after."""
    last = max(starts)
    after = st.sampled_from([last + timedelta(days=days) for days in (7, 20, 50, 77, 200)])
    weeks_old = st.builds(
        lambda start, wait: start + timedelta(seconds=wait), st.sampled_from(starts), st.sampled_from(WAITS)
    )
    return st.one_of(after, after, weeks_old, calendar.instants)


@st.composite
def taken_in(draw: st.DrawFn, events: list[Record]) -> list[tuple[str, list[Record]]]:
    """The events cut into up to six deliveries, with a refresh, a merge or a rebuild after each."""
    cuts = sorted(draw(st.lists(st.integers(0, len(events)), min_size=2, max_size=5)))
    how = st.sampled_from(("refresh", "refresh", "refresh", "merge some", "merge all", "rebuild"))
    return [
        (draw(how), events[start:end]) for start, end in zip([0, *cuts], [*cuts, len(events)], strict=True)
    ]
