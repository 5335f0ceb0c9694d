"""The oracle of the dashboard's figures: docs/numbers.md read literally, in plain Python, events in, answer out.

It shares no code with the product and takes its messages from the oracle of the rates (reference_messages).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from tests.support.reference.figures import NEGATIVE, NOT_HUMAN, POSITIVE
from tests.support.reference.messages import NONE, Happening, Record, belongs_to, messages_of

PHRASES = (
    "unsubscribe me",
    "spam",
    "take me off your list",
    "remove me from your list",
    "remove me",
    "not interested",
)
SHOWN = {
    "email": {"opened", "clicked", "replied"},
    "video": {"opened", "clicked", "replied", "video_opened", "video_watched"},
    "postcard": {"mailed", "in_transit", "local_area", "processed", "delivered", "returned", "rerouted"},
    "gift_card": {"mailed", "delivered"},
    "handwritten_note": {"mailed"},
    "phone": {"booked", "call_back", "left_message", "bad_number", "not_interested"},
    "linkedin": {"completed"},
    "other": {"completed"},
}
ENGAGED = {"multiple_opens", "reply", "click", "video_watched", "booked"}
ENGAGED_IN_CAMPAIGN = ENGAGED | {"video_opened"}
NOT_INTERESTED = {"unsubscribe", "call_not_interested", "refusal"}
HOT = {"reply", "multiple_opens", "click", "video_watched", "incoming"}


@dataclass
class Thing:
    """One event with the lead, campaign and user it ends up with."""

    at: datetime
    event: str
    channel: str
    action: str
    lead: str | None
    campaign: str
    user: str
    record: Record


@dataclass
class Action:
    """One thing done towards a lead."""

    at: datetime
    channel: str
    id: str
    lead: str | None
    campaign: str
    user: str
    undelivered: bool


class World:
    """What there is at `as_of`, for whoever may see `user`'s or `campaigns`' part of it."""

    def __init__(
        self,
        events: Iterable[Record],
        timezone: str,
        as_of: datetime,
        *,
        user: str | None = None,
        campaigns: set[str] | None = None,
        engagement: str = "human",
    ) -> None:
        self.zone, self.as_of, self.engagement = ZoneInfo(timezone), as_of, engagement
        distinct = {record["event_id"]: record for record in events if _at(record) <= as_of}
        self.events = sorted(distinct.values(), key=lambda record: (_at(record), record["event_id"]))
        #: Of a kind that was tracked for its message, by event id; what was not is in the timeline and in no
        #: figure.
        self.counted: dict[str, bool] = {}
        self.messages = {m.id: m for m in messages_of(self.events, as_of)}
        self.actions = self._mail_actions() + self._other_actions()
        self.things = [thing for record in self.events if (thing := self._thing(record)) is not None]

        def seen(item: Thing | Action) -> bool:
            return (user is None or item.user == user) and (campaigns is None or item.campaign in campaigns)

        self.actions = [action for action in self.actions if seen(action)]
        self.things = [thing for thing in self.things if seen(thing)]

    def _mail_actions(self) -> list[Action]:
        return [
            Action(m.sent_at, "email", m.id, m.lead, m.campaign, m.user, not m.eligible)
            for m in self.messages.values()
        ]

    def _other_actions(self) -> list[Action]:
        groups: dict[tuple[str, str], list[Record]] = {}
        for record in self.events:
            if _channel(record) != "email" and record["event"] != "received":
                groups.setdefault((_channel(record), _action_id(record)), []).append(record)
        actions = []
        for (channel, id_), own in groups.items():
            began = min(map(_at, own))
            own = [r for r in own if r["event"] == "sent"] + [r for r in own if r["event"] != "sent"]
            mail = self.messages.get(id_)

            def told(name: str, own: list[Record] = own, mail: Any = mail) -> str | None:
                found = next((r[name] for r in own if r.get(name) is not None), None)
                return found if found is not None or mail is None else getattr(mail, name)

            lead, user = told("lead"), told("user")
            actions.append(
                Action(
                    began,
                    channel,
                    id_,
                    lead.lower() if lead else None,
                    told("campaign") or NONE,
                    user.lower() if user else NONE,
                    False,
                )
            )
        return actions

    def _thing(self, record: Record) -> Thing | None:
        event, channel, at = record["event"], _channel(record), _at(record)
        if record.get("machine") and (
            event == "unsubscribed" or (self.engagement == "human" and event in {"opened", "clicked"})
        ):
            return None
        lead = record.get("lead", "").lower() or None
        if channel != "email":
            if event == "received":
                return None
            id_ = _action_id(record)
            own = next(a for a in self.actions if (a.channel, a.id) == (channel, id_))
            return Thing(at, event, channel, id_, own.lead, own.campaign, own.user, record)
        message = self.messages.get(record.get("message_id") or "")
        if (record.get("message_id") is None or event == "received") and lead is not None:
            if event == "received":
                before = [m for m in self.messages.values() if m.lead == lead and m.sent_at <= at]
                message = max(before, key=lambda m: m.order, default=None)
            else:
                message = belongs_to(self.messages.values(), lead, at, record.get("campaign"))
        if event == "received":
            if lead is None:
                return None
            campaign = record.get("campaign") or (message.campaign if message else NONE)
            user = (record.get("user") or (message.user if message else NONE)).lower()
            return Thing(at, event, channel, record["event_id"], lead, campaign, user, record)
        if message is None or (event == "bounced" and message.bounced_at is None):
            return None
        if (
            event != "bounced"
            and not message.eligible
            and not (record.get("message_id") and event in {"sent", "failed"})
        ):
            return None
        happening = Happening(at, record["event_id"], event, record.get("message_id"), lead, record)
        if event in {"opened", "clicked"}:
            if self.engagement == "human" and message.is_machine(happening):
                return None
            if record.get("message_id"):
                at = message.counted_at(happening)
        self.counted[record["event_id"]] = message.is_tracked(happening)
        return Thing(at, event, channel, message.id, message.lead, message.campaign, message.user, record)

    def day(self, at: datetime) -> date:
        """The local day of a moment."""
        return at.astimezone(self.zone).date()

    def inside(self, query: Mapping[str, Any]) -> tuple[list[Action], list[Thing]]:
        """Actions and events of the days of the query: the last 7 unless told."""
        last = date.fromisoformat(query["to"]) if query.get("to") else self.day(self.as_of)
        first = date.fromisoformat(query["from"]) if query.get("from") else last - timedelta(days=6)
        actions = [a for a in self.actions if first <= self.day(a.at) <= last]
        return actions, [t for t in self.things if first <= self.day(t.at) <= last]

    def counts(self, thing: Thing) -> bool:
        """Whether the event counts in any figure."""
        return self.counted.get(thing.record["event_id"], True)


def engagements(things: list[Thing]) -> list[tuple[str, str, str, datetime]]:
    """(lead, campaign, kind, when) of everything that says something, for leads that are known."""
    found = []
    opens: dict[tuple[str, str], list[Thing]] = {}
    for thing in things:
        if thing.lead is None:
            continue
        if thing.event == "opened" and thing.channel in {"email", "video"}:
            opens.setdefault((thing.channel, thing.action), []).append(thing)
        kind = _kind(thing)
        if kind is not None:
            found.append((thing.lead, thing.campaign, kind, thing.at))
    for own in opens.values():
        times = sorted(thing.at for thing in own)
        if any(b - a >= timedelta(seconds=60) for a in times for b in times):
            found.append((str(own[0].lead), own[0].campaign, "multiple_opens", times[-1]))
    return found


def _kind(thing: Thing) -> str | None:
    if is_human_reply(thing):
        return "refusal" if is_refusal(thing.record) else "reply"
    if thing.channel == "phone" and thing.event == "not_interested":
        return "call_not_interested"
    if thing.event == "booked" and thing.channel != "phone":
        return None
    plain = {
        "clicked": "click",
        "unsubscribed": "unsubscribe",
        "received": "incoming",
        "booked": "booked",
        "video_opened": "video_opened",
        "video_watched": "video_watched",
    }
    return plain.get(thing.event)


def is_human_reply(thing: Thing) -> bool:
    """A reply a person wrote."""
    return thing.event == "replied" and thing.record.get("reply_category") not in NOT_HUMAN


def is_refusal(record: Record) -> bool:
    """A negative phrase in the text, or the category such a phrase stands for."""
    text = (record.get("reply_text") or "").lower()
    return any(phrase in text for phrase in PHRASES) or record.get("reply_category") in {
        "unsubscribe",
        "not_interested",
    }


def engagement_overview(world: World, query: Mapping[str, Any]) -> dict[str, Any]:
    """docs/numbers.md, engagement overview."""
    actions, things = world.inside(query)
    things = [thing for thing in things if world.counts(thing)]
    contacts = {a.lead for a in actions if a.lead is not None and not a.undelivered}
    engaged = {lead for lead, _, kind, _ in engagements(things) if kind in ENGAGED} & contacts
    return {"contacts": len(contacts), "engaged": len(engaged), "rate": _share(len(engaged), len(contacts))}


def action_analytics(world: World, query: Mapping[str, Any]) -> dict[str, dict[str, int]]:
    """Channel → {"": actions begun in the range, status: how many of them reached it}."""
    actions, _ = world.inside(query)
    found: dict[str, dict[str, int]] = {}
    for action in actions:
        statuses = {
            t.event
            for t in world.things
            if (t.channel, t.action) == (action.channel, action.id)
            and t.event not in {"sent", "received"}
            and world.counts(t)
            and (t.event != "replied" or is_human_reply(t))
        }
        channel = found.setdefault(action.channel, Counter())
        channel[""] += 1
        for status in statuses:
            channel[status] += 1
    return {channel: dict(counts) for channel, counts in found.items()}


def timeline(world: World, query: Mapping[str, Any]) -> list[tuple[str, str, str, int]]:
    """(channel, event, lead, count) per action and event; the order of times is the caller's to check."""
    groups: dict[tuple[str, str, str], list[Thing]] = {}
    for thing in world.inside(query)[1]:
        shown = thing.event in SHOWN[thing.channel] and (thing.event != "replied" or is_human_reply(thing))
        if shown:
            groups.setdefault((thing.channel, thing.action, thing.event), []).append(thing)
    return sorted(
        (channel, event, own[0].lead or NONE, len(own)) for (channel, _, event), own in groups.items()
    )


def hot_leads(world: World, query: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everyone with a score, hottest first."""
    rows: dict[str, dict[str, Any]] = {}
    for lead, _, kind, at in engagements([t for t in world.inside(query)[1] if world.counts(t)]):
        if kind in HOT:
            row = rows.setdefault(lead, {"lead": lead, "score": 0, "latest": at, "reasons": Counter()})
            row["score"] += 1
            row["latest"] = max(row["latest"], at)
            row["reasons"][kind] += 1
    return sorted(rows.values(), key=lambda row: (-row["score"], -row["latest"].timestamp(), row["lead"]))


def campaigns(world: World, query: Mapping[str, Any]) -> dict[str, tuple[int, int, int]]:
    """Campaign → contacts, engaged, not interested, of every campaign with an action ever; what belongs
    to none is no campaign."""
    actions, things = world.inside(query)
    kinds = engagements([thing for thing in things if world.counts(thing)])
    found = {}
    for campaign in {action.campaign for action in world.actions} - {"(none)"}:
        contacts = {
            a.lead for a in actions if a.campaign == campaign and a.lead is not None and not a.undelivered
        }

        def of(wanted: set[str], campaign: str = campaign, contacts: set[Any] = contacts) -> int:
            return len({lead for lead, c, kind, _ in kinds if c == campaign and kind in wanted} & contacts)

        found[campaign] = (len(contacts), of(ENGAGED_IN_CAMPAIGN), of(NOT_INTERESTED))
    return found


def hours(world: World, event: str) -> Counter[tuple[int, int]]:
    """(ISO weekday, hour) → e-mail events, of all time."""
    if event == "sent":
        times = [action.at for action in world.actions if action.channel == "email"]
    else:
        times = [
            thing.at
            for thing in world.things
            if thing.channel == "email"
            and thing.event == event
            and world.counts(thing)
            and (event != "replied" or is_human_reply(thing))
        ]
    local = [at.astimezone(world.zone) for at in times]
    return Counter((at.isoweekday(), at.hour) for at in local)


def links(world: World) -> dict[str, tuple[int, int, int]]:
    """Link → clicks, messages with one, people with one."""
    clicks = [t for t in world.things if t.channel == "email" and t.event == "clicked" and world.counts(t)]
    found = {}
    for url in {t.record.get("url") or NONE for t in clicks}:
        own = [t for t in clicks if (t.record.get("url") or NONE) == url]
        found[url] = (len(own), len({t.action for t in own}), len({t.lead for t in own if t.lead}))
    return found


def reply_moods(world: World) -> Counter[str]:
    """Sentiment of the first human reply of each message."""
    firsts: dict[str, Thing] = {}
    for thing in world.things:
        if is_human_reply(thing) and thing.channel == "email":
            firsts.setdefault(thing.action, thing)
    return Counter(_mood(thing.record) for thing in firsts.values())


def _mood(record: Record) -> str:
    """By the category where there is one, else by the phrases; what neither settles is neutral."""
    category, text = record.get("reply_category"), (record.get("reply_text") or "").lower()
    if category in POSITIVE:
        return "positive"
    refused = category is None and any(phrase in text for phrase in PHRASES)
    return "negative" if category in NEGATIVE or refused else "neutral"


def _share(n: int, base: int) -> float | None:
    return n / base if base else None


def _at(record: Record) -> datetime:
    value = record["occurred_at"]
    return (datetime.fromisoformat(value) if isinstance(value, str) else value).astimezone(UTC)


def _channel(record: Record) -> str:
    own = {
        **dict.fromkeys(("video_opened", "video_watched"), "video"),
        **dict.fromkeys(("booked", "call_back", "left_message", "bad_number", "not_interested"), "phone"),
        **dict.fromkeys(
            ("mailed", "processed", "in_transit", "local_area", "returned", "rerouted"), "postcard"
        ),
        "completed": "other",
    }
    return str(record.get("channel") or own.get(record["event"], "email"))


def _action_id(record: Record) -> str:
    return str(record.get("message_id") or f"~{record['event_id']}")
