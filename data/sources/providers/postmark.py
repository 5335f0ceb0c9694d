"""Postmark: one JSON object a request, protected by HTTP basic auth; bounces, opens, clicks, inbound mail."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any, Final

from data.errors import NotThisForm
from data.sources import Delivery, HookRequest, Secrets, Source, inbound
from data.sources.bodies import one_object, text_of
from data.sources.fields import own, part, per_recipient, text
from data.sources.signing import check_basic

#: What a bounce record means: (event, kind). Postmark files much under "bounce" that is no dead address.
_BOUNCES: Final[dict[str, tuple[str, str | None]]] = {
    "HardBounce": ("bounced", "hard"),
    "BadEmailAddress": ("bounced", "hard"),
    "SoftBounce": ("bounced", "soft"),
    "DnsError": ("bounced", "soft"),
    "Undeliverable": ("bounced", "soft"),
    "Blocked": ("bounced", "block"),
    "SpamNotification": ("bounced", "block"),
    "DMARCPolicy": ("bounced", "block"),
    "VirusNotification": ("bounced", "block"),
    "Unknown": ("bounced", "soft"),
    "Transient": ("deferred", None),
    "ManuallyDeactivated": ("failed", None),
    "TemplateRenderingFailed": ("failed", None),
    "InboundError": ("failed", None),
    "SMTPApiError": ("failed", None),
    "Unconfirmed": ("failed", None),
    "Unsubscribe": ("unsubscribed", None),
    "Subscribe": ("resubscribed", None),
    "SpamComplaint": ("complained", None),
    "AutoResponder": ("auto_replied", None),
    "ChallengeVerification": ("auto_replied", None),
    "AddressChange": ("auto_replied", None),
    "OpenRelayTest": ("received", None),
}


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Postmark cannot sign: the secret is the password of user `vitrine`."""
    check_basic(request, secrets)


def _of_bounce(kind: str | None) -> tuple[str, str | None]:
    if kind in _BOUNCES:
        return _BOUNCES[kind]
    return f"Bounce of type {kind}", None


def _of_change(body: dict[str, Any]) -> tuple[str, str | None]:
    if body.get("SuppressSending") is False:
        return "resubscribed", None
    reason = text(body.get("SuppressionReason"))
    if reason == "HardBounce":
        return "bounced", "hard"
    if reason == "SpamComplaint":
        return "complained", None
    return "unsubscribed", None


def _meaning(body: dict[str, Any]) -> tuple[str, str | None, str]:
    """(event, bounce kind, the key of its time); an unknown record keeps its own name, and is parked."""
    record_type = text(body.get("RecordType"))
    if record_type == "Delivery":
        return "delivered", None, "DeliveredAt"
    if record_type == "Open":
        return "opened", None, "ReceivedAt"
    if record_type == "Click":
        return "clicked", None, "ReceivedAt"
    if record_type == "SpamComplaint":
        return "complained", None, "BouncedAt"
    if record_type == "Bounce":
        return *_of_bounce(text(body.get("Type"))), "BouncedAt"
    if record_type == "SubscriptionChange":
        return *_of_change(body), "ChangedAt"
    return record_type or "", None, "ReceivedAt"


def parse(request: HookRequest) -> Delivery:
    """The one record of the request."""
    body, raw = one_object(text_of(request.body))
    if "FromFull" in body or body.get("RecordType") == "Inbound":
        return Delivery([_inbound(body, raw)])
    if body and "RecordType" not in body:
        raise NotThisForm("The body has no RecordType, so it is none of Postmark's.")
    event, kind, time_key = _meaning(body)
    lead = text(body.get("Recipient")) or text(body.get("Email"))
    said = own(part(body.get("Metadata")), body.get("Tag"))
    message = text(body.get("MessageID"))
    own_message = said.pop("message_id", None)
    at = body.get(time_key)
    link = text(body.get("OriginalLink"))
    event_id = text(body.get("ID"))
    named = own_message or message
    if event_id is None and named and at:
        # Not FirstOpen: one open told twice, as the first and as any, is one open.
        event_id = ":".join(str(x) for x in ("pm", body.get("RecordType"), named, lead, at, link or "") if x)
    record: dict[str, Any] = {
        "subject": text(body.get("Subject")),
        "sender": text(body.get("From")),
        **said,
        "event": event,
        "event_id": event_id,
        "occurred_at": at,
        "message_id": own_message or per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": kind,
        "server_response": text(body.get("Details")),
        "raw": raw,
        "_where": "the body",
        "_lenient": True,
    }
    if event in ("opened", "clicked"):
        record["user_agent"] = text(body.get("UserAgent"))
        record["ip"] = text(part(body.get("Geo")).get("IP"))
        record["url"] = link
    return Delivery([record])


def is_shared_id(message_id: str, raw: str | None) -> bool:
    """Whether a stored event's message id is Postmark's alone: neither the sender's own, nor with a recipient."""
    try:
        record: Any = json.loads(raw or "")
    except (ValueError, RecursionError):
        return False
    return type(record) is dict and record.get("MessageID") == message_id


def _inbound(body: dict[str, Any], raw: str) -> dict[str, Any]:
    headers = inbound.header_pairs(body.get("Headers"))
    return inbound.reply(
        event_id=text(body.get("MessageID")),
        received=None,
        writer=inbound.address(text(part(body.get("FromFull")).get("Email")) or text(body.get("From"))),
        subject=text(body.get("Subject")),
        text=text(body.get("TextBody")),
        stripped=text(body.get("StrippedTextReply")),
        markup=text(body.get("HtmlBody")),
        headers=[*headers, ("Date", text(body.get("Date")) or "")],
        raw=raw,
    )


SOURCE = Source(
    "postmark",
    "Postmark",
    verify,
    parse,
    "Password of HTTP basic auth (user vitrine)",
    steps=(
        "Create the source: you get an address and a secret.",
        (
            "In Postmark open your server, a message stream, Webhooks → Add webhook, and paste the "
            "address as Webhook URL."
        ),
        "Under Basic auth credentials enter the user vitrine and the secret as password.",
        "Choose Delivery, Bounce, Spam Complaint, Open, Link Click and Subscription Change, and save.",
        (
            "For replies paste the address, with the user vitrine and the secret in it, as webhook of the"
            " inbound stream."
        ),
    ),
    password=True,
    address_can_do=True,
    takes_mail=True,
)
