"""MailerSend: one JSON object a request, signed with HMAC; activities of e-mails, and inbound routes."""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from data.errors import NotThisForm
from data.sources import Delivery, Hash, HookRequest, Secrets, Source, inbound
from data.sources.bodies import one_object, text_of
from data.sources.fields import own, part, per_recipient, text
from data.sources.mail_process import from_mime
from data.sources.signing import check_signature

#: What begins an activity's name; `…_unique` is the same event told once more, as the first of its kind.
_EVENTS: Final = {
    "sent": "sent",
    "delivered": "delivered",
    "deferred": "deferred",
    "soft_bounced": "bounced",
    "hard_bounced": "bounced",
    "opened": "opened",
    "opened_unique": "opened",
    "clicked": "clicked",
    "clicked_unique": "clicked",
    "unsubscribed": "unsubscribed",
    "spam_complaint": "complained",
}
_INBOUND: Final = "inbound.message"


def _hashes(_request: HookRequest, secrets: Secrets) -> Sequence[Hash]:
    return [hmac.new(secret.encode(), digestmod=sha256) for secret in secrets.each()]


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Check the HMAC over the raw body. It names no time: a replay is one event anyway."""
    if secrets.key_is_secret:
        return
    hashes = _hashes(request, secrets)
    for each in hashes if not request.digests else ():
        each.update(request.body)
    right = request.digests or [each.digest() for each in hashes]
    check_signature(
        request.headers.get("signature", "").strip().encode("utf-8", "replace"),
        [digest.hex().encode() for digest in right],
    )


def parse(request: HookRequest) -> Delivery:
    """The one activity or mail of the request."""
    body, raw = one_object(text_of(request.body))
    data = body.get("data")
    given = text(body.get("type"))
    known = given is not None and "." in given and not given.startswith("email.")
    if body and not known and (given is not None or "type" not in part(data)):
        raise NotThisForm("The body’s type is none of MailerSend’s.")
    if given == _INBOUND:
        return Delivery([_inbound(body, part(data), raw)])
    return Delivery([_record(body, part(data), raw)])


def _record(body: Mapping[str, Any], data: Mapping[str, Any], raw: str) -> dict[str, Any]:
    told = text(body.get("type"))
    given = text(data.get("type")) or (told or "").removeprefix("activity.") or None
    name = _EVENTS.get(given or "", given if told is None or told.startswith("activity.") else told)
    email, morph = part(data.get("email")), part(data.get("morph"))
    lead = text(part(email.get("recipient")).get("email"))
    said = own({}, email.get("tags"))
    message = text(part(email.get("message")).get("id")) or text(email.get("id"))
    return {
        "subject": text(email.get("subject")),
        "sender": text(email.get("from")),
        **said,
        "event": name,
        "event_id": text(data.get("id")),
        "occurred_at": data.get("created_at") or body.get("created_at"),
        "message_id": per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": {"hard_bounced": "hard", "soft_bounced": "soft"}.get(given or ""),
        "server_response": text(morph.get("reason")) if name in ("bounced", "deferred") else None,
        "user_agent": text(morph.get("user_agent")),
        "ip": text(morph.get("ip")),
        "url": text(morph.get("url")) if name == "clicked" else None,
        "raw": raw,
        "_where": "the body",
        "_lenient": True,
    }


def _inbound(body: Mapping[str, Any], data: Mapping[str, Any], raw: str) -> dict[str, Any]:
    event_id, received = text(data.get("id")), data.get("created_at") or body.get("created_at")
    plain, markup, mail = text(data.get("text")), text(data.get("html")), text(data.get("raw"))
    if plain is None and markup is None and mail is not None:
        return from_mime(mail.encode("utf-8", "surrogateescape"), event_id, raw, received)
    headers = inbound.header_pairs(data.get("headers"))
    return inbound.reply(
        event_id=event_id,
        received=received,
        writer=inbound.address(text(part(data.get("from")).get("email"))),
        subject=text(data.get("subject")),
        text=plain,
        stripped=None,
        markup=markup,
        headers=headers,
        raw=raw,
    )


SOURCE = Source(
    "mailersend",
    "MailerSend",
    verify,
    parse,
    "Signing secret",
    steps=(
        "Create the source: you get an address.",
        (
            "In MailerSend open Domains → Manage → Webhooks → Create webhook, paste the address as "
            "Endpoint URL, choose all activity events, and save."
        ),
        "Open the webhook again, copy its Signing secret, and save it here under “Enter the key”.",
        (
            "For replies open Inbound → Create route with a source of its own: a route has a secret of "
            "its own."
        ),
    ),
    makes_secret=True,
    key_follows=True,
    takes_mail=True,
    hashes=_hashes,
    dropped=re.compile(rb"raw|content"),
)
