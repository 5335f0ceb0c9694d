"""Mandrill (Mailchimp Transactional): a form with one field that holds a JSON array, signed with its address."""

from __future__ import annotations

import base64
import hmac
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from hashlib import sha1
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from data.errors import NotThisForm, Unreadable
from data.events.canonical import Parked
from data.events.fields import storable
from data.sources import Delivery, Hash, HookRequest, Secrets, Source, inbound
from data.sources.bodies import elements, reason_of, text_of, why_no_object
from data.sources.fields import own, part, text
from data.sources.forms import fields, is_form
from data.sources.headers import first_of
from data.sources.mail_process import from_mime
from data.sources.providers.bounce_classes import of_class
from data.sources.signing import check_signature

_EVENTS: Final = {
    "send": "sent",
    "delivered": "delivered",
    "deferral": "deferred",
    "hard_bounce": "bounced",
    "soft_bounce": "bounced",
    "reject": "failed",
    "open": "opened",
    "click": "clicked",
    "spam": "complained",
    "unsub": "unsubscribed",
}
#: What other providers' events have and Mandrill's have not.
_FOREIGN: Final = frozenset({"email", "timestamp", "occurred_at"})
_FIELD: Final = "mandrill_events"
_BEGINS: Final = b"mandrill_events="
#: When an address is saved, an empty list comes signed with this: there is no key yet.
_TRIAL_KEY: Final = "test-webhook"
_TRIALS: Final = (b"mandrill_events=%5B%5D", b"mandrill_events=[]")


class _SignedForm:
    """The digest of the address and a form's one field, fed as it comes over the wire."""

    def __init__(self, secret: str, url: str) -> None:
        self._hash = _begun(secret, url)
        self._hash.update(_FIELD.encode())
        self._rest, self._begun, self._other = b"", False, False

    def update(self, piece: bytes, /) -> None:
        """Takes a piece of the body; an escape may be cut in two."""
        data = self._rest + piece
        if not self._begun:
            if len(data) < len(_BEGINS):
                self._rest = data
                return
            self._begun, self._other = True, not data.startswith(_BEGINS)
            data = data[len(_BEGINS) :]
        self._other = self._other or b"&" in data
        cut = data.rfind(b"%", max(len(data) - 2, 0))
        self._rest = data[cut:] if cut >= 0 else b""
        self._hash.update(unquote_to_bytes((data[:cut] if cut >= 0 else data).replace(b"+", b" ")))

    def digest(self) -> bytes:
        """Of what came; nothing of a form with other fields, which Mandrill does not send."""
        self._hash.update(self._rest)
        return b"" if self._other or not self._begun else self._hash.digest()


def _begun(secret: str, url: str) -> hmac.HMAC:
    return hmac.new(secret.encode(), url.encode("utf-8", "replace"), sha1)


def _hashes(request: HookRequest, secrets: Secrets) -> Sequence[Hash]:
    return [_SignedForm(secret, request.url) for secret in secrets.each()]


def _digests(request: HookRequest, secrets: Iterable[str]) -> list[bytes]:
    """Of the address as it was typed in at Mandrill, and the form's fields in the order of their names."""
    try:
        form = fields(request) if is_form(request) else {}
    except NotThisForm:
        form = {}
    digests = []
    for secret in secrets:
        digest = _begun(secret, request.url)
        for name in sorted(form):
            digest.update(name.encode("utf-8", "replace") + form[name][-1])
        digests.append(digest.digest())
    return digests


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Check the HMAC over address and form. It names no time: a replay is one event anyway."""
    if secrets.key_is_secret:
        return
    known = list(secrets.each())
    if not request.digests and request.body in _TRIALS:
        known.append(_TRIAL_KEY)  # it brings nothing in
    right = request.digests or _digests(request, known)
    given = request.headers.get("x-mandrill-signature", "").strip().encode("utf-8", "replace")
    check_signature(given, [base64.b64encode(digest) for digest in right if digest])


def parse(request: HookRequest) -> Delivery:
    """The events of the form's list, or of a list by itself (when one is tried again)."""
    if is_form(request):
        values = fields(request).get(_FIELD)
        if not values:
            raise NotThisForm(f"The form has no field {_FIELD}, so it is none of Mandrill’s.")
        body = text_of(values[-1])
    else:
        body = text_of(request.body)
    if not body.lstrip().startswith("["):
        raise NotThisForm("The body is no list of events, as Mandrill sends it.")
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    found = elements(body)
    if found and not any(type(event) is not dict or _is_ours(event) for event, _ in found):
        raise NotThisForm("The list holds no event as Mandrill sends them.")
    for number, (event, raw) in enumerate(found, 1):
        where = f"element {number}"
        if type(event) is not dict:
            parked.append(Parked(where, why_no_object(event), storable(raw)))
            continue
        try:
            records.append(_of(event, raw) | {"_where": where})
        except Unreadable as error:
            parked.append(Parked(where, reason_of(error), storable(raw)))
    return Delivery(records, parked)


def _is_ours(event: Mapping[str, Any]) -> bool:
    return not event or (_FOREIGN.isdisjoint(event) and ("event" in event or "type" in event))


def _of(event: Mapping[str, Any], raw: str) -> dict[str, Any]:
    return _inbound(event, raw) if event.get("event") == "inbound" else _record(event, raw)


def _record(event: Mapping[str, Any], raw: str) -> dict[str, Any]:
    given = text(event.get("event")) or text(event.get("type"))
    name: str | None = _EVENTS.get(given or "", given)
    mail, kind = part(event.get("msg")), None
    if name == "bounced":
        otherwise = "hard" if given == "hard_bounce" else "soft"
        name, kind = of_class(text(mail.get("bgtools_code")), otherwise)
        kind = "hard" if otherwise == "hard" and kind == "soft" else kind
    said = own(part(mail.get("metadata")), mail.get("tags"))
    return {
        "subject": text(mail.get("subject")),
        "sender": text(mail.get("sender")),
        **said,
        "event": name,
        "event_id": None,
        "occurred_at": event.get("ts"),
        "message_id": said.get("message_id") or text(event.get("_id")) or text(mail.get("_id")),
        "lead": text(mail.get("email")),
        "bounce_kind": kind,
        "server_response": text(mail.get("diag")) or text(mail.get("bounce_description")),
        "user_agent": text(event.get("user_agent")),
        "ip": text(event.get("ip")),
        "url": text(event.get("url")) if name == "clicked" else None,
        "raw": raw,
        "_lenient": True,
    }


def _inbound(event: Mapping[str, Any], raw: str) -> dict[str, Any]:
    mail = part(event.get("msg"))
    plain, markup = text(mail.get("text")), text(mail.get("html"))
    whole = text(mail.get("raw_msg"))
    if plain is None and markup is None and whole is not None:
        return from_mime(whole.encode("utf-8", "surrogateescape"), None, raw, event.get("ts"))
    headers = inbound.header_pairs(mail.get("headers"))
    own_id = first_of(headers, "message-id")
    return inbound.reply(
        event_id=f"inbound:{own_id.strip()}" if own_id else None,
        received=event.get("ts"),
        writer=inbound.address(text(mail.get("from_email")) or first_of(headers, "from")),
        subject=text(mail.get("subject")),
        text=plain,
        stripped=None,
        markup=markup,
        headers=headers,
        raw=raw,
    )


SOURCE = Source(
    "mandrill",
    "Mandrill (Mailchimp Transactional)",
    verify,
    parse,
    "Webhook key",
    steps=(
        "Create the source: you get an address.",
        (
            "In Mandrill open Settings → Webhooks → Add a Webhook, choose all events, paste the address "
            "as Post to URL exactly as it is, and create it."
        ),
        "Copy the Key of the webhook from the list, and save it here under “Enter the key”.",
        (
            "For replies open Inbound, add a route to the address of a source of its own, and take its "
            "webhook’s key."
        ),
    ),
    makes_secret=True,
    key_follows=True,
    takes_mail=True,
    hashes=_hashes,
    dropped=re.compile(rb"raw_msg|content"),
    json_field=_FIELD,
)
