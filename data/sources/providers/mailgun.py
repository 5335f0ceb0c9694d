"""Mailgun: signed JSON events, the older form-encoded events, and inbound routes (forms).

The signature covers a timestamp and a token, both in the body, and not the event itself; it must be read
to be checked, and nothing else of the body is used before.
"""

from __future__ import annotations

import hmac
import json
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from data.errors import BadSignature, NotThisForm
from data.sources import Delivery, HookRequest, Secrets, Source, inbound
from data.sources.bodies import one_object, text_of
from data.sources.fields import own, part, per_recipient, text
from data.sources.forms import fields, is_form, texts
from data.sources.mail_process import from_mime

_EVENTS: Final = {
    "accepted": "sent",
    "delivered": "delivered",
    "opened": "opened",
    "clicked": "clicked",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
    "rejected": "failed",
    "dropped": "failed",
    "bounced": "bounced",
}
#: Of these Mailgun's own value comes after a custom variable of the same name; of others, before it.
_LAST: Final = frozenset({"timestamp", "token", "signature", "parent-signature"})
#: What other providers' events have and Mailgun's have not.
_FOREIGN: Final = frozenset({"email", "lead", "occurred_at"})
#: All that is read of a form before its signature is checked.
_SIGNED: Final = _LAST

Form = dict[str, list[str]]


def _one(form: Form, *names: str) -> str | None:
    for name in names:
        if values := form.get(name):
            return values[-1 if name in _LAST else 0] or None
    return None


def _signature(request: HookRequest) -> tuple[str | None, str | None, list[str]]:
    """(timestamp, token, signatures): a subaccount's delivery may carry its parent account's signature, too."""
    if is_form(request):
        form = texts(fields(request, _SIGNED))
        given = [_one(form, "signature"), _one(form, "parent-signature")]
        return _one(form, "timestamp"), _one(form, "token"), [each for each in given if each]
    signed = part(one_object(text_of(request.body))[0].get("signature"))
    given = [text(signed.get("signature")), text(signed.get("parent-signature"))]
    return text(signed.get("timestamp")), text(signed.get("token")), [each for each in given if each]


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Check the HMAC over timestamp + token, however old: Mailgun repeats a delivery for eight hours and longer
    under its first signature, and a replay is one event anyway.
    """
    if secrets.key_is_secret:
        return
    try:
        stamp, token, signatures = _signature(request)
    except NotThisForm:
        raise BadSignature("The body holds no signature.") from None
    if not stamp or not token or not signatures:
        raise BadSignature("The signature, its timestamp or its token is missing.")
    if not (stamp.isascii() and stamp.isdigit()):
        raise BadSignature("The signature's timestamp is no number of seconds.")
    signed = f"{stamp}{token}".encode("utf-8", "replace")
    right = [
        hmac.compare_digest(
            hmac.new(secret.encode(), signed, sha256).hexdigest().encode(), given.encode("utf-8", "replace")
        )
        for secret in secrets.each()
        for given in signatures
    ]
    if not any(right):
        raise BadSignature("The signature is wrong.")


def parse(request: HookRequest) -> Delivery:
    """The one event or mail of the request."""
    if is_form(request):
        found = fields(request)
        form = texts(found)
        if "event" in form:
            return Delivery([_legacy(form)])
        return Delivery([_inbound(form, found)])
    body, raw = one_object(text_of(request.body))
    event = body.get("event-data")
    if type(event) is not dict:
        raise NotThisForm("The body has no event-data, so it is none of Mailgun's.")
    if "recipient" not in event and not _FOREIGN.isdisjoint(event):
        raise NotThisForm("The body holds no event as Mailgun sends them.")
    return Delivery([_record(event, part(body.get("signature")), raw)])


def _record(event: dict[str, Any], signature: Any, raw: str) -> dict[str, Any]:
    given = text(event.get("event"))
    name = _EVENTS.get(given or "", given)
    status, client = part(event.get("delivery-status")), part(event.get("client-info"))
    headers = part(part(event.get("message")).get("headers"))
    lead = text(event.get("recipient"))
    if given == "failed":
        name = "deferred" if event.get("severity") == "temporary" else "bounced"
        if _suppressed(text(event.get("reason")), text(status.get("code"))):
            name = "failed"
    said = own(part(event.get("user-variables")), event.get("tags"))
    message = (text(headers.get("message-id")) or "").strip("<> ") or None
    at = event.get("timestamp")
    # Gmail's bot is the proxy that shows people their pictures: when it came tells a person from a prefetch.
    bot = None if client.get("bot") == "gmail" else client.get("bot")
    return {
        "subject": text(headers.get("subject")),
        "sender": text(headers.get("from")),
        **said,
        "event": name,
        "event_id": text(event.get("id")) or text(signature.get("token")),
        "occurred_at": text(signature.get("timestamp")) if at is None else at,
        "message_id": said.get("message_id") or per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": _kind(text(event.get("reason")), text(status.get("bounce-type")))
        if name == "bounced"
        else None,
        "server_response": text(status.get("message")) or text(status.get("description")),
        "user_agent": text(client.get("user-agent")),
        "ip": text(event.get("ip")),
        "url": text(event.get("url")) if name == "clicked" else None,
        "machine": True if bot else None,
        "machine_reason": f"Mailgun says that {bot} made it" if bot else None,
        "raw": raw,
        "_where": "the body",
        "_lenient": True,
    }


def _suppressed(reason: str | None, code: str | None) -> bool:
    """Whether Mailgun never tried: the address is on one of its lists (bounces, complaints, unsubscribes)."""
    return (reason or "").startswith("suppress-") or code in ("605", "606", "607")


def _kind(reason: str | None, bounce_type: str | None) -> str:
    if reason == "espblock":
        return "block"
    return "soft" if bounce_type == "soft" else "hard"


def _legacy(form: Form) -> dict[str, Any]:
    given = _one(form, "event")
    name = _EVENTS.get(given or "", given)
    lead = _one(form, "recipient")
    headers = _mail_headers(form)
    named = {key.lower(): value for key, value in headers}
    message = (_one(form, "Message-Id", "message-id") or named.get("message-id") or "").strip("<> ") or None
    said = own({key: values[0] for key, values in form.items()}, form.get("tag") or form.get("X-Mailgun-Tag"))
    for ours in ("subject", "sender", "message_id"):
        said.pop(ours, None)  # here these are Mailgun's names for something else, or nobody's
    return {
        **said,
        "subject": named.get("subject"),
        "sender": named.get("from"),
        "event": name,
        "event_id": _one(form, "token"),
        "occurred_at": _one(form, "timestamp"),
        "message_id": per_recipient(message, lead),
        "lead": lead,
        "bounce_kind": "hard" if name == "bounced" else None,
        "server_response": _one(form, "error", "description"),
        "user_agent": _one(form, "user-agent"),
        "ip": _one(form, "ip"),
        "url": _one(form, "url") if name == "clicked" else None,
        "raw": json.dumps(form),
        "_where": "the form",
        "_lenient": True,
    }


def _mail_headers(form: Form) -> list[tuple[str, str]]:
    try:
        listed = json.loads(_one(form, "message-headers") or "[]")
    except (ValueError, RecursionError):
        return []
    pairs = listed if type(listed) is list else []
    return [
        (pair[0], pair[1] if type(pair[1]) is str else json.dumps(pair[1]))
        for pair in pairs
        if type(pair) is list and len(pair) == 2 and type(pair[0]) is str
    ]


def _inbound(form: Form, found: dict[str, list[bytes]]) -> dict[str, Any]:
    at, token = _one(form, "timestamp"), _one(form, "token")
    if "body-mime" in found:
        return from_mime(found["body-mime"][0], token, json.dumps(form), at)
    if not form.keys() & {"message-headers", "from", "From", "sender", "body-plain"}:
        raise NotThisForm("The form is neither an event nor a mail from Mailgun.")
    headers = _mail_headers(form)
    return inbound.reply(
        event_id=token,
        received=at,
        writer=inbound.address(_one(form, "from", "From")) or inbound.address(_one(form, "sender")),
        subject=_one(form, "subject", "Subject"),
        text=_one(form, "body-plain"),
        stripped=_one(form, "stripped-text"),
        markup=_one(form, "body-html"),
        headers=headers,
        raw=json.dumps(form),
    )


SOURCE = Source(
    "mailgun",
    "Mailgun",
    verify,
    parse,
    "HTTP webhook signing key",
    steps=(
        "In Mailgun open API Security (or Sending → Webhooks) and copy the HTTP webhook signing key.",
        "Paste it here and create the source: you get an address.",
        (
            "In Mailgun open Send → Sending → Webhooks, choose your domain, and add the address for every"
            " event type."
        ),
        "For replies open Receive → Routes and forward to the address.",
    ),
    makes_secret=True,
    takes_mail=True,
)
