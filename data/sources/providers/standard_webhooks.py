"""The signature of Standard Webhooks, which Svix sends with header names of its own."""

from __future__ import annotations

import base64
import binascii
import hmac
from datetime import UTC, datetime
from hashlib import sha256

from data.errors import BadSignature
from data.sources import HookRequest, Secrets
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


def sign(secret: str, message_id: str, at: datetime, body: bytes) -> dict[str, str]:
    """The headers a sender of canonical events puts on `body` (for tests, demos and the API's examples)."""
    stamp = str(int(at.astimezone(UTC).timestamp()))
    signed = f"{message_id}.{stamp}.".encode() + body
    right = base64.b64encode(hmac.new(_keys(secret)[0], signed, sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{right}"}
