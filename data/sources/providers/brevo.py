"""Brevo: events of transactional and marketing e-mails, one or several a request, and arrived mail; a password."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Secrets, Source, inbound
from data.sources.bodies import elements, text_of, why_no_object
from data.sources.fields import first, own, part, per_recipient, text
from data.sources.signing import check_basic

#: By name without its underscores, in lower case: Brevo writes it in two ways.
_EVENTS: Final[dict[str, tuple[str, str | None]]] = {
    "request": ("sent", None),
    "sent": ("sent", None),
    "delivered": ("delivered", None),
    "deferred": ("deferred", None),
    "hardbounce": ("bounced", "hard"),
    "softbounce": ("bounced", "soft"),
    **dict.fromkeys(("blocked", "invalid", "invalidemail", "error"), ("failed", None)),
    **dict.fromkeys(("opened", "open", "uniqueopened", "proxyopen", "uniqueproxyopen"), ("opened", None)),
    **dict.fromkeys(("click", "clicked"), ("clicked", None)),
    **dict.fromkeys(("unsubscribe", "unsubscribed"), ("unsubscribed", None)),
    **dict.fromkeys(("spam", "complaint"), ("complained", None)),
}
#: What tells an event of Brevo's from another provider's.
_OURS: Final = frozenset(
    ("message-id", "ts_event", "ts_epoch", "s_epoch", "camp_id", "date_event", "list_id")
)
#: When it happened, the surest first: `date` is in the account's own time zone and does not say which.
_TIMES: Final = ("ts_epoch", "ts_event", "ts", "s_epoch")
_PROXY: Final = "Brevo says that a proxy loaded it (Apple Mail Privacy Protection)"


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Brevo signs nothing: the secret is the password of user `vitrine`, or comes as a bearer token."""
    check_basic(request, secrets, bearer=True)


def parse(request: HookRequest) -> Delivery:
    """The events, or the mails of an inbound webhook."""
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    foreign = True
    found = elements(text_of(request.body))
    for number, (event, raw) in enumerate(found, 1):
        where = "the body" if len(found) == 1 else f"element {number}"
        if type(event) is not dict:
            parked.append(Parked(where, why_no_object(event), storable(raw)))
            continue
        foreign = foreign and not _is_ours(event)
        if type(items := event.get("items")) is list:
            for item in items:
                records.append(_inbound(part(item), json.dumps({"items": [item]})))
        else:
            records.append(_record(event, raw, where))
    if found and foreign:
        raise NotThisForm("The body holds no event as Brevo sends them.")
    return Delivery(records, parked)


def _is_ours(event: Mapping[str, Any]) -> bool:
    return not event or type(event.get("items")) is list or ("event" in event and not _OURS.isdisjoint(event))


def _record(event: Mapping[str, Any], raw: str, where: str) -> dict[str, Any]:
    given = text(event.get("event"))
    plain = (given or "")[:60].replace("_", "").lower()
    name, kind = _EVENTS.get(plain, (given, None))
    lead = text(event.get("email"))
    tags = event.get("tags") or _tag(event.get("tag"))
    said = own(_custom(event.get("X-Mailin-custom")), tags)
    campaign_id = text(event.get("camp_id"))
    if campaign_id is not None:  # a campaign of Brevo's own, whose e-mails have no id
        said["campaign"] = text(event.get("campaign name")) or said.get("campaign") or campaign_id
    message = said.pop("message_id", None) or (text(event.get("message-id")) or "").strip("<> ") or None
    if message is None and campaign_id is not None:
        message = f"campaign-{campaign_id}"
    proxy = name == "opened" and "proxy" in plain
    return {
        "subject": text(event.get("subject")),
        "sender": text(event.get("sender_email")),
        **said,
        "event": name,
        "event_id": None,  # `id` is the webhook's or the contact's, not the event's
        "occurred_at": next((at for key in _TIMES if (at := event.get(key))), None),
        "message_id": per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": kind,
        "server_response": text(event.get("reason")),
        "user_agent": text(event.get("user_agent")),
        "ip": text(event.get("ip")),
        "url": (text(event.get("link")) or text(event.get("URL"))) if name == "clicked" else None,
        "machine": True if proxy else None,
        "machine_reason": _PROXY if proxy else None,
        "raw": raw,
        "_where": where,
        "_lenient": True,
    }


def _tag(given: Any) -> Any:
    """`tag` is one tag, or the list of them written as JSON."""
    if type(given) is str and given.startswith("["):
        try:
            return json.loads(given)
        except (ValueError, RecursionError):
            return given
    return given


def _custom(given: Any) -> Mapping[str, Any]:
    """The header a sender adds: JSON, or `name:value` separated by bars."""
    if type(given) is not str:
        return part(given)
    if given.lstrip().startswith("{"):
        try:
            return part(json.loads(given))
        except (ValueError, RecursionError):
            return {}
    pairs = (pair.partition(":") for pair in given[:2_000].split("|"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _inbound(item: Mapping[str, Any], raw: str) -> dict[str, Any]:
    headers = inbound.header_pairs(item.get("Headers"))
    message_id = text(item.get("MessageId"))
    return inbound.reply(
        event_id=first(item.get("Uuid")) or (f"inbound:{message_id}" if message_id else None),
        received=None,
        writer=inbound.address(text(part(item.get("From")).get("Address"))),
        subject=text(item.get("Subject")),
        text=text(item.get("RawTextBody")),
        stripped=text(item.get("ExtractedMarkdownMessage")),
        markup=text(item.get("RawHtmlBody")),
        headers=[*headers, ("Date", text(item.get("SentAtDate")) or "")],
        raw=raw,
    )


SOURCE = Source(
    "brevo",
    "Brevo",
    verify,
    parse,
    "Password of HTTP basic auth (user vitrine)",
    steps=(
        "Create the source: you get an address with the password in it.",
        (
            "In Brevo open Transactional → Email → Settings → Webhook → Add a new webhook, and paste the "
            "address as URL to notify."
        ),
        (
            "Choose all events, “Loaded by proxy” too, and save. For campaigns do the same under "
            "Campaigns → Settings → Webhooks."
        ),
        "For replies give the address to Brevo’s inbound parsing as the URL of a webhook of type inbound.",
    ),
    password=True,
    in_address=True,
    address_can_do=True,
    takes_mail=True,
)
