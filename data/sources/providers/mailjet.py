"""Mailjet: events, one or grouped in a list, and mail from the Parse API; a password in the address."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from data.errors import NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Secrets, Source, inbound
from data.sources.bodies import elements, text_of, why_no_object
from data.sources.fields import own, part, text
from data.sources.headers import first_of
from data.sources.signing import check_basic

_EVENTS: Final = {
    "sent": "delivered",  # the recipient's server took it
    "open": "opened",
    "click": "clicked",
    "bounce": "bounced",
    "blocked": "failed",
    "spam": "complained",
    "unsub": "unsubscribed",
}
#: What tells an event of Mailjet's from another provider's.
_OURS: Final = frozenset(("MessageID", "Message_GUID", "mj_campaign_id", "mj_contact_id", "time"))
#: A bounce that passes by itself: Mailjet tries again.
_TRIED_AGAIN: Final = frozenset({"greylisted", "system issue", "protocol issue", "connection issue"})
_BLOCKS: Final = frozenset({"relay/access denied", "sender blocked", "content blocked", "policy issue"})
#: Mailjet did not send it at all.
_NEVER_SENT: Final = frozenset(
    (
        *("preblocked", "blacklisted", "spam reporter", "duplicate in campaign", "typofix"),
        *("bad or empty template", "error in template language"),
    )
)


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Mailjet signs nothing: the secret is the password of user `vitrine`."""
    check_basic(request, secrets)


def parse(request: HookRequest) -> Delivery:
    """The events; one object that has a mail's headers is a mail from the Parse API."""
    found = elements(text_of(request.body))
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    ours = not found
    for number, (event, raw) in enumerate(found, 1):
        where = "the body" if len(found) == 1 else f"element {number}"
        if type(event) is not dict:
            parked.append(Parked(where, why_no_object(event), storable(raw)))
            continue
        mail = "event" not in event and "Headers" in event
        ours = ours or not event or mail or ("event" in event and not _OURS.isdisjoint(event))
        records.append(_inbound(event, raw) if mail else _record(event, raw, where))
    if not ours:
        raise NotThisForm("The body holds no event as Mailjet sends them.")
    return Delivery(records, parked)


def _record(event: Mapping[str, Any], raw: str, where: str) -> dict[str, Any]:
    given = text(event.get("event"))
    name: str | None = _EVENTS.get(given or "", given)
    error, kind = text(event.get("error")), None
    if name == "bounced":
        name, kind = _of_bounce(error, event.get("hard_bounce") is True)
    said = own(_payload(event.get("Payload")), event.get("customcampaign"))
    return {
        **said,
        "event": name,
        "event_id": None,
        "occurred_at": event.get("time"),
        "message_id": said.get("message_id")
        or text(event.get("MessageID"))
        or text(event.get("Message_GUID")),
        "lead": text(event.get("email")),
        "bounce_kind": kind,
        "server_response": text(event.get("comment")) or text(event.get("smtp_reply")) or error,
        "user_agent": text(event.get("agent")),
        "ip": text(event.get("ip")),
        "url": text(event.get("url")) if name == "clicked" else None,
        "raw": raw,
        "_where": where,
        "_lenient": True,
    }


def _of_bounce(error: str | None, hard: bool) -> tuple[str, str | None]:
    if error in _NEVER_SENT:
        return "failed", None
    if error in _TRIED_AGAIN and not hard:
        return "deferred", None
    if error in _BLOCKS:
        return "bounced", "block"
    return "bounced", "hard" if hard else "soft"


def _payload(given: Any) -> Mapping[str, Any]:
    """What the sender added, as JSON; a plain text says nothing by our names."""
    if type(given) is not str or not given.lstrip().startswith("{"):
        return part(given)
    try:
        return part(json.loads(given))
    except (ValueError, RecursionError):
        return {}


def _inbound(mail: Mapping[str, Any], raw: str) -> dict[str, Any]:
    headers = inbound.header_pairs(mail.get("Headers"))
    own_id = first_of(headers, "message-id")
    return inbound.reply(
        event_id=f"inbound:{own_id.strip()}" if own_id else None,
        received=None,
        writer=inbound.address(text(mail.get("From")) or first_of(headers, "from")),
        subject=text(mail.get("Subject")),
        text=text(mail.get("Text-part")),
        stripped=None,
        markup=text(mail.get("Html-part")),
        headers=headers,
        raw=raw,
    )


SOURCE = Source(
    "mailjet",
    "Mailjet",
    verify,
    parse,
    "Password of HTTP basic auth (user vitrine)",
    steps=(
        "Create the source: you get an address with the password in it.",
        (
            "In Mailjet open Account settings → Event notifications (webhooks), and paste the address at "
            "every event."
        ),
        "Switch on “Group events” for each of them, and save.",
        "For replies give the address to the Parse API (parseroute) as Url.",
    ),
    password=True,
    in_address=True,
    address_can_do=True,
    takes_mail=True,
    dropped=re.compile(rb"(?:Inline)?Attachment\d+"),
)
