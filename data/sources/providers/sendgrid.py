"""SendGrid: the signed event webhook (an array of events) and Inbound Parse (a form)."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Sequence
from datetime import datetime
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from data.errors import BadSignature, NotThisForm
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, Hash, HookRequest, Secrets, Source, inbound
from data.sources.bodies import elements, text_of, why_no_object
from data.sources.fields import own, per_recipient, text
from data.sources.forms import fields, is_form, texts
from data.sources.headers import header_lines
from data.sources.mail_process import from_mime
from data.sources.signing import check_clock

_EVENTS: Final = {
    "processed": "sent",
    "deferred": "deferred",
    "delivered": "delivered",
    "bounce": "bounced",
    "dropped": "failed",
    "open": "opened",
    "click": "clicked",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
    "group_resubscribe": "resubscribed",
}
#: Ids begin with the id that the API answered and the Message-ID holds; then comes the path through SendGrid.
_TAIL: Final = re.compile(r"\.(?:filter|recv|ismtpd|geopod)")
#: What tells an event of SendGrid's from another provider's.
_OURS: Final = frozenset({"timestamp", "sg_event_id", "sg_message_id", "smtp-id"})
_SIGNATURE: Final = "x-twilio-email-event-webhook-signature"
_TIMESTAMP: Final = "x-twilio-email-event-webhook-timestamp"


@lru_cache(maxsize=1_024)
def _key(secret: str) -> ec.EllipticCurvePublicKey | None:
    lines = [line for line in secret.split("\n") if not line.startswith("-----")]
    try:
        key = load_der_public_key(base64.b64decode("".join("".join(lines).split()), validate=True))
    except (ValueError, TypeError, binascii.Error):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) else None


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Check the ECDSA signature over timestamp + raw body, then that the timestamp is of now."""
    if secrets.key_is_secret:
        return
    stamp = request.headers.get(_TIMESTAMP, "")
    try:
        signature = base64.b64decode(request.headers.get(_SIGNATURE, ""), validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not stamp or not signature:
        raise BadSignature("The signature or its timestamp is missing.")
    keys = [key for secret in secrets.each() if (key := _key(secret)) is not None]
    if not keys:
        raise BadSignature("The source's secret is no public key of SendGrid's (base64).")
    digest = (
        request.digests[0]
        if request.digests
        else sha256(stamp.encode("utf-8", "replace") + request.body).digest()
    )
    for key in keys:
        try:
            key.verify(signature, digest, ec.ECDSA(Prehashed(SHA256())))
        except InvalidSignature:
            continue
        check_clock(stamp, now)
        return
    raise BadSignature("The signature is wrong.")


def message_of(sg_message_id: str | None, smtp_id: str | None) -> str | None:
    """The part all events of one API call share: the id before SendGrid's own path, else the Message-ID's."""
    if sg_message_id and not sg_message_id.startswith("filter"):
        return _TAIL.split(sg_message_id, maxsplit=1)[0]
    if smtp_id:
        return smtp_id.strip("<> ").split("@", 1)[0] or None
    return sg_message_id or None


def _record(event: dict[str, Any], number: int, raw: str) -> dict[str, Any]:
    given = event.get("event")
    name = _EVENTS.get(given) if type(given) is str else None
    said = own(event, event.get("category"))
    lead = text(event.get("email"))
    message = said.pop("message_id", None) or per_recipient(
        message_of(text(event.get("sg_message_id")), text(event.get("smtp-id"))), lead
    )
    record: dict[str, Any] = {
        **said,
        "event": name or given,
        "event_id": text(event.get("sg_event_id")),
        "occurred_at": event.get("timestamp"),
        "message_id": message,
        "lead": lead,
        "server_response": text(event.get("response")) or text(event.get("reason")),
        "raw": raw,
        "_where": f"element {number}",
        "_lenient": True,
    }
    if name == "bounced":
        record["bounce_kind"] = "block" if event.get("type") == "blocked" else "hard"
    if name in ("opened", "clicked", "unsubscribed"):
        record["user_agent"] = text(event.get("useragent"))
        record["ip"] = text(event.get("ip"))
        record["url"] = text(event.get("url")) if name == "clicked" else None
        if event.get("sg_machine_open") is True:
            record["machine"] = True
            record["machine_reason"] = (
                "SendGrid says that a machine opened it (Apple Mail Privacy Protection)"
            )
    return record


def _is_ours(event: dict[str, Any]) -> bool:
    return not event or not _OURS.isdisjoint(event)


def parse(request: HookRequest) -> Delivery:
    """The array's events; what is no event of SendGrid's is parked. A form is a mail from Inbound Parse."""
    if is_form(request):
        return _inbound(request)
    body = text_of(request.body)
    if not body.lstrip().startswith("["):
        raise NotThisForm("The body is no list of events, as SendGrid sends it.")
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    found = elements(body)
    if found and not any(type(event) is not dict or _is_ours(event) for event, _ in found):
        raise NotThisForm("The list holds no event as SendGrid sends them.")
    for number, (event, raw) in enumerate(found, 1):
        if type(event) is not dict:
            parked.append(Parked(f"element {number}", why_no_object(event), storable(raw)))
            continue
        records.append(_record(event, number, raw))
    return Delivery(records, parked)


def _inbound(request: HookRequest) -> Delivery:
    found = fields(request)
    charsets: dict[str, str] = {}
    try:
        told = json.loads((found.get("charsets") or [b"{}"])[0])
        charsets = {k: v for k, v in told.items() if type(k) is str and type(v) is str}
    except (ValueError, AttributeError, RecursionError):
        pass  # a form without readable charsets is UTF-8
    form = {name: values[0] for name, values in texts(found, charsets).items()}
    if not form.keys() & {"headers", "from", "email", "envelope"}:
        raise NotThisForm("The form is no mail from SendGrid's Inbound Parse.")
    if "email" in form and "headers" not in form:
        return Delivery([from_mime(found["email"][0], None, json.dumps(form))])
    headers = header_lines(form.get("headers", ""))
    named = {name.lower(): value for name, value in headers}
    message_id = named.get("message-id")
    return Delivery(
        [
            inbound.reply(
                event_id=f"inbound:{message_id}" if message_id else None,
                received=None,
                writer=inbound.address(form.get("from")),
                subject=form.get("subject"),
                text=form.get("text"),
                stripped=None,
                markup=form.get("html"),
                headers=headers,
                raw=json.dumps(form),
            )
        ]
    )


def _hashes(request: HookRequest, _secrets: Secrets) -> Sequence[Hash]:
    return [sha256(request.headers.get(_TIMESTAMP, "").encode("utf-8", "replace"))]


def _wrong_key(secret: str) -> str | None:
    return (
        None
        if _key(secret)
        else "This is no verification key of SendGrid’s: it is a long text that begins with MFkw."
    )


SOURCE = Source(
    "sendgrid",
    "SendGrid",
    verify,
    parse,
    "Verification key (public key, base64)",
    steps=(
        "Create the source: you get an address.",
        (
            "In SendGrid open Settings → Mail Settings → Event Webhooks, choose Create new webhook and "
            "paste the address as Post URL."
        ),
        "Choose all deliverability and engagement events, switch on Signed Event Webhook, and save.",
        "Open the webhook again, copy the verification key, and save it here under “Enter the key”.",
        (
            "For replies open Settings → Inbound Parse with a source of its own, without a signature; "
            "switch on “POST the raw, full MIME message”."
        ),
    ),
    makes_secret=True,
    key_follows=True,
    wrong_key=_wrong_key,
    address_can_do=True,
    takes_mail=True,
    hashes=_hashes,
)
