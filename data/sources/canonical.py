"""Canonical events over HTTP, signed as Standard Webhooks does (also with the `svix-` header names).

The body is one object, an array of objects, or one object a line.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from data.errors import BadSignature, NotThisForm
from data.events.canonical import OURS, Parked
from data.events.fields import storable
from data.sources import Delivery, HookRequest, Secrets, Source
from data.sources.bodies import elements, text_of, why_no_object
from data.sources.files.dates import two_readings
from data.sources.files.reading import DATE_ORDERS
from data.sources.signing import check_clock


def _keys(secret: str) -> list[bytes]:
    """The key a secret stands for: base64 after `whsec_`; without the prefix, its own bytes are one too."""
    named = secret.startswith("whsec_")
    keys = []
    try:
        keys.append(base64.b64decode(secret.removeprefix("whsec_"), validate=True))
    except (binascii.Error, ValueError):
        keys.append(secret.encode())
    if not named:
        keys.append(secret.encode())
    return [key for key in keys if key]


def verify(request: HookRequest, secrets: Secrets, now: datetime) -> None:
    """Check the signature over `id.timestamp.body`; any of several signatures and either secret will do."""
    if secrets.key_is_secret:
        return
    headers = request.headers
    for prefix in ("webhook-", "svix-"):
        if f"{prefix}signature" in headers:
            break
    else:
        raise BadSignature("The header webhook-signature is missing.")
    message_id, stamp = headers.get(f"{prefix}id", ""), headers.get(f"{prefix}timestamp", "")
    if not message_id or not stamp:
        raise BadSignature(f"The header {prefix}id or {prefix}timestamp is missing.")
    check_clock(stamp, now)
    given = [
        signature.encode("utf-8", "replace")
        for version, _, signature in (part.partition(",") for part in headers[f"{prefix}signature"].split())
        if version == "v1"
    ]
    signed = f"{message_id}.{stamp}.".encode("utf-8", "replace") + request.body
    for secret in secrets.each():
        for key in _keys(secret):
            right = base64.b64encode(hmac.new(key, signed, sha256).digest())
            if any(hmac.compare_digest(right, signature) for signature in given):
                return
    raise BadSignature("The signature is wrong.")


def parse(request: HookRequest) -> Delivery:
    """The body's objects as they are; what is no object is parked."""
    text = text_of(request.body)
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    try:
        found = elements(text)
    except NotThisForm as error:
        return _by_line(text, error)
    for number, (value, raw) in enumerate(found, 1):
        if type(value) is dict:
            _keep(value, f"element {number}", raw, records, parked)
        else:
            parked.append(Parked(f"element {number}", why_no_object(value), storable(raw)))
    return Delivery(records, parked)


def _by_line(text: str, error: NotThisForm) -> Delivery:
    """One object a line, some of them broken: the good ones are kept. No good one: it is not this form."""
    records: list[dict[str, Any]] = []
    parked: list[Parked] = []
    for number, line in enumerate(text.split("\n"), 1):
        line = line.strip()
        if not line:
            continue
        value = None
        if line[0] == "{" and line[-1] == "}":  # making an error is dear, and a broken body has many lines
            with suppress(ValueError, RecursionError):
                value = json.loads(line)
        if type(value) is dict:
            _keep(value, f"line {number}", line, records, parked)
        else:
            parked.append(Parked(f"line {number}", "the line is no JSON object", storable(line)))
    if not records:
        raise error
    return Delivery(records, parked)


def _keep(
    value: dict[str, Any], where: str, raw: str, records: list[dict[str, Any]], parked: list[Parked]
) -> None:
    """A record, unless its date can be read two ways: of one delivery nothing settles which is right."""
    if readings := two_readings(value.get("occurred_at")):
        told = " or ".join(f"{day.day} {day:%B %Y} ({DATE_ORDERS[order]})" for order, day in readings.items())
        why = f"occurred_at {str(value['occurred_at'])[:40]!r} is {told}; send it as ISO 8601, 2026-09-03T10:00:00Z"
        parked.append(Parked(where, why, storable(raw)))
        return
    for name in OURS:  # what says how a record came is never the sender's to say
        value.pop(name, None)
    value["raw"], value["_where"] = raw, where
    records.append(value)


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers a sender of canonical events puts on `body` (for tests, demos and the API's examples)."""
    stamp = str(int(at.astimezone(UTC).timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    right = base64.b64encode(hmac.new(_keys(secret)[0], signed, sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{right}"}


SOURCE = Source("canonical", "Your own system (canonical events)", verify, parse, "Signing secret (whsec_…)")
