"""Requests as the tests send them. Alice's source has the secret SECRET."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlencode

from data.errors import BadSignature
from data.events.canonical import Event, Parked, canonical_many
from data.sources import HookRequest, Secrets, Source

FIXTURES = Path(__file__).parent / "fixtures"
NOW = datetime(2024, 9, 18, 12, 0, tzinfo=UTC)
STAMP = str(int(NOW.timestamp()))
SECRET = "alices-secret"


def post(body: bytes, **headers: str) -> HookRequest:
    """A POST whose header names are written with underscores."""
    return HookRequest("POST", "/hooks/x/key", {k.replace("_", "-"): v for k, v in headers.items()}, body)


def form(pairs: list[tuple[str, str]]) -> HookRequest:
    return post(urlencode(pairs).encode(), content_type="application/x-www-form-urlencoded")


def multipart(pairs: list[tuple[str, bytes]]) -> HookRequest:
    """Also with a file between the fields, which no parser may take for a field."""
    parts = [b'Content-Disposition: form-data; name="%s"\r\n\r\n%s' % (k.encode(), v) for k, v in pairs]
    parts.insert(
        1,
        b'Content-Disposition: form-data; name="from"; filename="a.bin"\r\n'
        b"Content-Type: application/octet-stream\r\n\r\n\x00\xff\r\n",
    )
    body = b"".join(b"--XX\r\n" + part + b"\r\n" for part in parts) + b"--XX--\r\n"
    return post(body, content_type="multipart/form-data; boundary=XX")


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def read(source: Source, request: HookRequest) -> tuple[list[Event], list[Parked]]:
    """What the door makes of a request: events and everything parked."""
    delivery = source.parse(request)
    events, parked = canonical_many(delivery.records, NOW)
    return events, [*delivery.parked, *parked]


def refused(source: Source, request: HookRequest, secrets: Secrets, now: datetime = NOW) -> bool:
    try:
        source.verify(request, secrets, now)
    except BadSignature:
        return True
    return False
