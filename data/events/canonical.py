"""The canonical event (docs/events.md): what every source hands on, checked once, here.

`Event` is a NamedTuple, not a pydantic model: it is made 50,000 times a second.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, Final

from data.errors import BadRecord
from data.events.addresses import mailbox
from data.events.event import Event, Parked
from data.events.fields import flag, id_or_none, storable, text_or_none
from data.events.machines import SAID_BY_SOURCE, SAID_HUMAN, machine_reason, scanner_reason
from data.events.mail_providers import named_provider, recipient_provider, sender_provider
from data.events.replies import sentiment
from data.events.times import moment, not_ahead

log = logging.getLogger("vitrine.data")

_MAIL: Final = frozenset(
    {"sent", "delivered", "deferred", "failed", "bounced", "opened", "clicked", "replied", "received"}
    | {"auto_replied", "complained", "unsubscribed", "resubscribed"}
)
#: The channel of events that only one channel has; told by the record itself otherwise, else e-mail.
_OWN_CHANNEL: Final = {
    **dict.fromkeys(("video_opened", "video_watched"), "video"),
    **dict.fromkeys(("mailed", "processed", "in_transit", "local_area", "returned", "rerouted"), "postcard"),
    **dict.fromkeys(("booked", "call_back", "left_message", "bad_number", "not_interested"), "phone"),
    "completed": "other",
}
EVENTS: Final = _MAIL | frozenset(_OWN_CHANNEL)
CHANNELS: Final = frozenset(
    ("email", "video", "postcard", "gift_card", "handwritten_note", "phone", "linkedin", "other")
)
BOUNCE_KINDS: Final = frozenset({"hard", "soft", "block"})
CATEGORIES: Final = frozenset({"marketing", "work_order", "e_signature", "card_payment", "individual"})
#: E-mail events that may name only the lead: they belong to the lead's last message before them (docs/numbers.md).
_LEAD_ALONE: Final = frozenset(
    ("replied", "auto_replied", "received", "unsubscribed", "resubscribed", "complained")
)
#: Keys a provider's module sets; a payload or a file cannot ask for them.
OURS: Final = frozenset({"_lenient", "_senders_clock", "_by_subject"})
#: Keys of a record that say how it came, not what happened.
_NO_CONTENT: Final = frozenset({"raw", "_where", "received_at"}) | OURS
#: Made once: `json.dumps` with options makes an encoder at each call, which costs more than the text.
_as_json = json.JSONEncoder(default=str).encode
_in_order = json.JSONEncoder(sort_keys=True, default=str, separators=(",", ":")).encode
_SEEN: Final = frozenset({"opened", "clicked", "video_opened", "video_watched"})


#: Keys of a record that are read here; anything else is kept in `raw` only.
FIELDS: Final = frozenset(Event._fields)


def canonical(record: Mapping[str, Any], *, received_at: datetime) -> Event:
    """Check one canonical record and complete it; raises BadRecord with the reason to park it.

    `record["raw"]`, when a text, is the original; else the record itself is written as JSON. Types are
    strict: a JSON object or list where a text belongs is refused, ids may be whole numbers.

    Nothing is told before it happens: a stamp some minutes ahead is a clock that is fast, and the event happened
    when it came; one further ahead is refused. (An event of next year would be left out of every answer until then,
    and each would have to be counted from the events.)

    `record["_lenient"]` (set by provider modules, never from a payload): the provider is known to leave out
    the message or the time; the event is kept, counts for no message, and is stamped when it was received.
    """
    get = record.get
    raw = get("raw")
    if type(raw) is not str:
        raw = _as_json(record)
    if "\\u" in raw:
        _check_characters(record)
    name = get("event")
    if type(name) is not str or name not in EVENTS:
        raise BadRecord(_unknown(name))
    channel = get("channel")
    if channel is None or channel == "":
        channel = _OWN_CHANNEL.get(name, "email")
    elif type(channel) is not str or channel not in CHANNELS:
        raise BadRecord(f"unknown channel {str(channel)[:60]!r}")
    lenient = get("_lenient") is True
    stamp = get("occurred_at")
    if lenient and get("_senders_clock") is True:
        stamp = _believable(stamp, received_at)
    stamped_at = received_at if lenient and stamp is None else moment(stamp)
    occurred_at = stamped_at if stamped_at <= received_at else not_ahead(stamped_at, received_at)
    message_id = id_or_none(get("message_id"), "message_id")
    campaign = id_or_none(get("campaign"), "campaign")
    step = id_or_none(get("step"), "step")
    variation = id_or_none(get("variation"), "variation")
    lead = id_or_none(get("lead"), "lead")
    # Ids made of the content go by the spelling as it came: a file taken in before must stay the same file.
    lead_as_told = None if lead is None else lead.lower()
    if lead is not None:
        lead = mailbox(lead)
    user_as_told = text_or_none(get("user"), "user")
    if user_as_told is not None:
        user_as_told = user_as_told.strip().lower() or None
    user = None if user_as_told is None else mailbox(user_as_told)
    sender = text_or_none(get("sender"), "sender")
    category = text_or_none(get("category"), "category")
    bounce_kind = text_or_none(get("bounce_kind"), "bounce_kind")
    reply_text = text_or_none(get("reply_text"), "reply_text")
    reply_category = text_or_none(get("reply_category"), "reply_category")
    user_agent = text_or_none(get("user_agent"), "user_agent")
    ip = text_or_none(get("ip"), "ip")

    if channel == "email" and message_id is None and name in _MAIL:
        if name == "sent" and lead is not None:
            message_id = "~" + _digest([lead_as_told, campaign, step, variation])
        elif lenient:
            pass
        elif name not in _LEAD_ALONE:
            article = "an" if name == "opened" else "a"
            raise BadRecord(f"{article} '{name}' event needs a message_id")
        elif lead is None:
            raise BadRecord(f"a '{name}' event needs a message_id or a lead")

    given = text_or_none(get("sender_provider"), "sender_provider")
    if given is not None:
        from_provider: str | None = named_provider(given, "custom")
    else:
        from_provider = sender_provider(sender) if sender is not None else None
    given = text_or_none(get("recipient_provider"), "recipient_provider")
    if given is not None:
        to_provider: str | None = named_provider(given, "other")
    else:
        to_provider = recipient_provider(lead) if lead is not None else None
    if name == "sent" and channel != "email":
        from_provider = from_provider or "custom"
        to_provider = to_provider or "other"

    # A source that says whether a machine did it is believed, both ways; else the user agent and network say so.
    said = get("machine")
    machine = flag(said, "machine", False)
    why: str | None = None
    if name in _SEEN:
        if machine:
            why = text_or_none(get("machine_reason"), "machine_reason")
            why = why or machine_reason(name, user_agent, ip) or SAID_BY_SOURCE
        elif said is False:
            why = SAID_HUMAN
        else:
            why = machine_reason(name, user_agent, ip)
            machine = why is not None
    elif name == "unsubscribed":
        if machine:
            why = text_or_none(get("machine_reason"), "machine_reason") or SAID_BY_SOURCE
        elif said is not False:
            why = scanner_reason(user_agent)
            machine = why is not None

    feeling: str | None = None
    if reply_category is not None:
        reply_category = reply_category.strip().lower().replace(" ", "_").replace("-", "_") or None
    if name == "replied":
        reply_category, feeling = sentiment(reply_category, reply_text)
    if bounce_kind is not None and bounce_kind not in BOUNCE_KINDS:
        raise BadRecord(f"bounce_kind {bounce_kind[:60]!r} is none of hard, soft and block")

    event_id = id_or_none(get("event_id"), "event_id")
    if event_id is None:
        when = None if stamp is None else stamped_at
        event_id = _derived_id(record, name, channel, when, lead_as_told, user_as_told)
    made = Event(
        event_id,
        name,
        channel,
        occurred_at,
        received_at,
        message_id,
        campaign,
        step,
        variation,
        lead,
        user,
        sender,
        from_provider,
        to_provider,
        text_or_none(get("subject"), "subject"),
        text_or_none(get("url"), "url"),
        category,
        reply_text,
        reply_category,
        bounce_kind,
        text_or_none(get("server_response"), "server_response"),
        user_agent,
        ip,
        machine,
        why,
        flag(get("track_opens"), "track_opens", True),
        flag(get("track_clicks"), "track_clicks", True),
        feeling,
        raw,
    )
    if stamp is None or stamped_at is not occurred_at:
        made._stamp = (None if stamp is None else stamped_at,)
    return made


def canonical_many(
    records: Iterable[Mapping[str, Any]], received_at: datetime, where: str = "element"
) -> tuple[list[Event], list[Parked]]:
    """Check many records; the good ones and, apart, the bad ones with `where` and their reason.

    A record may carry its own `_where` ("events.jsonl:17"); else it is `where` and its number from 1.
    """
    good: list[Event] = []
    bad: list[Parked] = []
    add = good.append
    for number, record in enumerate(records, 1):
        try:
            add(canonical(record, received_at=received_at))
        except BadRecord as error:
            bad.append(parked(record, f"{where} {number}", str(error)))
        except RecursionError:
            bad.append(parked(record, f"{where} {number}", "it is nested too deeply"))
        except Exception as error:  # ours to mend, and no reason to lose its neighbours
            log.error("a record could not be checked", exc_info=error)
            bad.append(
                parked(record, f"{where} {number}", f"it could not be checked ({type(error).__name__})")
            )
    return good, bad


def parked(record: Mapping[str, Any], where: str, why: str) -> Parked:
    """A record that cannot become an event, as it is kept."""
    raw = record.get("raw")
    try:
        text = raw if type(raw) is str else _as_json(record)
    except RecursionError:
        text = f"{{{', '.join(map(repr, list(record)[:100]))}}}"
    return Parked(str(record.get("_where") or where), storable(why), storable(text))


def _believable(stamp: object, received_at: datetime) -> object:
    """The time a mail's own sender put on it; none when that lies after its arrival: the clock is wrong."""
    return stamp if isinstance(stamp, datetime) and stamp <= received_at else None


def _unknown(name: object) -> str:
    if name is None or name == "":
        return "event is missing"
    if type(name) is not str:
        return f"event must be a text, not a {type(name).__name__}"
    return f"unknown event {storable(name)[:60]!r}"


def _check_characters(record: Mapping[str, Any]) -> None:
    """JSON can escape what no file or database can hold; such a record is parked, not crashed on."""
    for key, value in record.items():
        if type(value) is str and key != "raw" and key in FIELDS:
            if "\0" in value:
                raise BadRecord(f"{key} holds a NUL character")
            try:
                value.encode("utf-8")
            except UnicodeEncodeError:
                raise BadRecord(f"{key} holds half a surrogate pair") from None


def _digest(parts: object) -> str:
    return blake2b(_in_order(parts).encode("utf-8", "replace"), digest_size=16).hexdigest()


def _derived_id(
    record: Mapping[str, Any],
    name: str,
    channel: str,
    occurred_at: datetime | None,
    lead: str | None,
    user: str | None,
) -> str:
    """An id from the content: a record has one id, whatever the order of its keys or its file format."""
    content: dict[str, Any] = {
        key: value if type(value) is dict or type(value) is list or type(value) is bool else str(value)
        for key, value in record.items()
        if value is not None and value != "" and key not in _NO_CONTENT
    }
    content.update(event=name, channel=channel, lead=lead, user=user)
    content["occurred_at"] = None if occurred_at is None else occurred_at.isoformat()
    return "c-" + _digest(content)
