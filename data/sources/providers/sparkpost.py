"""SparkPost: arrays of wrapped events, and relayed mail; protected by HTTP basic auth."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from data.errors import NotThisForm, Unreadable
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Secrets, Source, inbound
from data.sources.bodies import elements, reason_of, text_of, why_no_object
from data.sources.fields import own, part, per_recipient, text
from data.sources.headers import first_of
from data.sources.mail_process import from_mime
from data.sources.providers.bounce_classes import of_class
from data.sources.signing import check_basic

_EVENTS: Final = {
    "injection": "sent",
    "delivery": "delivered",
    "delay": "deferred",
    "bounce": "bounced",
    "out_of_band": "bounced",
    "policy_rejection": "failed",
    "generation_failure": "failed",
    "generation_rejection": "failed",
    "spam_complaint": "complained",
    "list_unsubscribe": "unsubscribed",
    "link_unsubscribe": "unsubscribed",
    **dict.fromkeys(("open", "initial_open", "amp_open", "amp_initial_open"), "opened"),
    **dict.fromkeys(("click", "amp_click"), "clicked"),
}
_RELAYED: Final = "relay_message"


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """SparkPost signs nothing: the secret is the password of user `vitrine`."""
    check_basic(request, secrets)


def parse(request: HookRequest) -> Delivery:
    """The array's events. An empty one is only a ping, and none of any kind is no delivery of SparkPost's."""
    found = elements(text_of(request.body))
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    ours = not found
    for number, (element, raw) in enumerate(found, 1):
        where = f"element {number}"
        wrapped = element.get("msys") if type(element) is dict else None
        if type(wrapped) is not dict:
            why = why_no_object(element) if type(element) is not dict else "the element has no msys"
            parked.append(Parked(where, why, storable(raw)))
            continue
        ours = True
        for kind, event in wrapped.items():
            try:
                record = _inbound(part(event), raw) if kind == _RELAYED else _record(part(event), kind, raw)
            except Unreadable as error:
                parked.append(Parked(where, reason_of(error), storable(raw)))
                continue
            records.append(record | {"_where": where})
    if not ours:
        raise NotThisForm("The body is no list of events as SparkPost sends it.")
    return Delivery(records, parked)


def _record(event: Mapping[str, Any], of: str, raw: str) -> dict[str, Any]:
    given = text(event.get("type")) or of
    name: str | None = _EVENTS.get(given, given)
    kind = None
    if name == "bounced":
        name, kind = of_class(text(event.get("bounce_class")), "soft")
    lead = text(event.get("raw_rcpt_to")) or text(event.get("rcpt_to"))
    said = own(part(event.get("rcpt_meta")), event.get("campaign_id") or event.get("rcpt_tags"))
    message = (
        said.pop("message_id", None) or text(event.get("transmission_id")) or text(event.get("message_id"))
    )
    ahead = part(event.get("user_agent_parsed")).get("is_prefetched") is True
    return {
        "subject": text(event.get("subject")),
        "sender": text(event.get("friendly_from")),
        **said,
        "event": name,
        "event_id": text(event.get("event_id")),
        "occurred_at": event.get("timestamp"),
        "message_id": per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": kind,
        "server_response": text(event.get("raw_reason")) or text(event.get("reason")),
        "user_agent": text(event.get("user_agent")),
        "ip": text(event.get("ip_address")) if name in ("opened", "clicked") else None,
        "url": text(event.get("target_link_url")) if name == "clicked" else None,
        "machine": True if ahead else None,
        "machine_reason": "SparkPost says that it was loaded ahead of being read" if ahead else None,
        "track_opens": _off(event.get("open_tracking")) if name == "sent" else None,
        "track_clicks": _off(event.get("click_tracking")) if name == "sent" else None,
        "raw": raw,
        "_lenient": True,
    }


def _off(given: object) -> bool | None:
    return False if given is False else None


def _inbound(event: Mapping[str, Any], raw: str) -> dict[str, Any]:
    content = part(event.get("content"))
    plain, markup = text(content.get("text")), text(content.get("html"))
    mail = text(content.get("email_rfc822"))
    if plain is None and markup is None and mail is not None:
        whole = mail.encode("utf-8", "surrogateescape")
        if content.get("email_rfc822_is_base64") is True:
            try:
                whole = base64.b64decode(whole)
            except (binascii.Error, ValueError):
                raise Unreadable("The mail is said to be base64, and is not.") from None
        return from_mime(whole, None, raw)
    headers = inbound.header_pairs(content.get("headers"))
    own_id = first_of(headers, "message-id")
    return inbound.reply(
        event_id=f"inbound:{own_id.strip()}" if own_id else None,
        received=None,
        writer=inbound.address(text(event.get("friendly_from")) or first_of(headers, "from"))
        or inbound.address(text(event.get("msg_from"))),
        subject=text(content.get("subject")),
        text=plain,
        stripped=None,
        markup=markup,
        headers=headers,
        raw=raw,
    )


SOURCE = Source(
    "sparkpost",
    "SparkPost",
    verify,
    parse,
    "Password of HTTP basic auth (user vitrine)",
    steps=(
        "Create the source: you get an address and a secret.",
        "In SparkPost open Configuration → Webhooks → Create Webhook, and paste the address as Target URL.",
        "As Authentication choose Basic Auth, with the user vitrine and the secret as password.",
        "Choose all message, engagement, generation and unsubscribe events except Initial Open, and save.",
        (
            "For replies create a relay webhook (API only), with the user vitrine and the secret in the "
            "target."
        ),
    ),
    password=True,
    address_can_do=True,
    takes_mail=True,
    dropped=re.compile(rb"email_rfc822"),
)
