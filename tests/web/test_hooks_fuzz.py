"""Whatever is sent, rightly signed, to any provider's hook: never 5xx, and every element is accounted for."""

from __future__ import annotations

import base64
import hmac
import json
import random
import time
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from dashapp.db.tenants import Workspace
from dashapp.sources.registry import create_source
from data.sources import sources
from data.sources.canonical import sign

#: Bodies a provider: in seconds, and in `make faults`.
FEW, MANY = 500, 20_000
KEY = ec.generate_private_key(ec.SECP256R1())
PUBLIC = base64.b64encode(
    KEY.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
).decode()
ODD: tuple[Any, ...] = (
    *(None, True, 0, -1, 1.5, 10**30, "", "x", "\x00", "\ud800", [], {}, [[]], {"a": {}}, ["a", 1]),
    *(
        "(" * 600 + "a@b.example",
        '"' * 900,
        "<" * 700,
        "=?utf-8?b?" * 90,
        "a" * 5_000,
        "\u202e" * 90,
        "on wrote" + " " * 900,
    ),
)
RECORDS: dict[str, list[dict[str, Any]]] = {
    "canonical": [
        {"event": "replied", "occurred_at": 1790000000, "message_id": "m", "lead": "l@x.example", "step": 1}
    ],
    "sendgrid": [
        {
            "event": "click",
            "email": "l@x.example",
            "timestamp": 1790000000,
            "sg_message_id": "m.x",
            "sg_event_id": "e",
        },
        {
            "event": "bounce",
            "type": "blocked",
            "email": "l@x.example",
            "category": ["a"],
            "reason": "r",
            "smtp-id": "<a@b>",
        },
    ],
    "postmark": [
        {
            "RecordType": "Open",
            "MessageID": "m",
            "Recipient": "l@x.example",
            "ReceivedAt": "2026-01-01T00:00:00Z",
        },
        {
            "FromFull": {"Email": "l@x.example"},
            "MessageID": "m",
            "TextBody": "Yes",
            "Subject": "Re",
            "Headers": [{"Name": "a"}],
        },
    ],
    "mailgun": [
        {
            "event": "failed",
            "id": "e",
            "timestamp": 1790000000.5,
            "recipient": "l@x.example",
            "delivery-status": {"code": 1},
        },
    ],
}
FORMS = {
    "from": "Lena <l@x.example>",
    "subject": "Re",
    "headers": "Date: x\r\nFrom: y",
    "text": "Yes",
    "html": "<p>Yes",
    "body-plain": "Yes",
    "message-headers": '[["Subject", "Hello"]]',
    "email": "From: l@x.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nYes\r\n--b--",
    "event": "opened",
    "recipient": "l@x.example",
}


def bent(chance: random.Random, value: Any) -> Any:
    """The value with something odd in it, now and then nested beyond all bounds."""
    if chance.random() < 0.1:
        return chance.choice(ODD)
    if isinstance(value, dict):
        return {key: bent(chance, item) for key, item in value.items()}
    return [bent(chance, item) for item in value] if isinstance(value, list) else value


def as_json(chance: random.Random, value: Any) -> bytes:
    body = json.dumps(bent(chance, value)).encode()
    if chance.random() < 0.1:
        depth = chance.choice((50, 900, 960, 975, 990, 5_000))
        inside = (
            b"[" * depth + b"]" * depth if chance.random() < 0.5 else b'{"a":' * depth + b"1" + b"}" * depth
        )
        body = body.replace(b"{", b'{"deep":' + inside + b",", 1) if b'{"' in body else inside
    if chance.random() < 0.15:
        at = chance.randrange(len(body) + 1)
        junk = chance.choice((b"\x00", b"\xff", b'"', b"{", b"]", b"\\ud800", b""))
        body = body[:at] + junk + body[at + chance.randint(0, 8) :]
    return body


def as_form(chance: random.Random, signed: dict[str, str]) -> tuple[bytes, str]:
    body = b""
    names = [name for name in FORMS if name != "email" or chance.random() < 0.2]
    for name, given in [*signed.items(), *((n, FORMS[n]) for n in names if chance.random() < 0.6)]:
        value = given if name in signed else chance.choice((given, given, given, chance.choice(ODD)))
        head = chance.choice(
            ("", "", "", "; filename=a", "; a=" + "(" * 900, '; a="a="a="', "\r\nContent-Type: " + "x;" * 900)
        )
        if name in signed:
            head = ""
        text = str(value).encode("utf-8", "replace")
        body += (
            f'--XX\r\nContent-Disposition: form-data; name="{name}"{head}\r\n\r\n'.encode() + text + b"\r\n"
        )
    return body + b"--XX--\r\n", "multipart/form-data; boundary=XX"


def mailgun_signature(secret: str, token: str) -> dict[str, str]:
    stamp = str(int(time.time()))
    right = hmac.new(secret.encode(), f"{stamp}{token}".encode(), sha256).hexdigest()
    return {"timestamp": stamp, "token": token, "signature": right}


def fuzz(client: Any, running: Any, world: Any, provider: str, bodies: int) -> None:
    chance = random.Random(f"{provider} 15")
    with running.session() as session:
        room = session.get_one(Workspace, world.ids["harbour"])
        secret = PUBLIC if provider == "sendgrid" else None
        _, path, secret = create_source(session, running.settings, room, provider, secret)
    answers: dict[int, int] = {}
    for n in range(bodies):
        signed = mailgun_signature(secret, f"t{n}") if provider == "mailgun" else {}
        kind = "application/json"
        records = chance.choices(RECORDS[provider], k=chance.randint(1, 3))
        if provider in ("mailgun", "sendgrid") and chance.random() < 0.5:
            body, kind = as_form(chance, signed)
        elif provider == "mailgun":
            whole = {"signature": signed, "event-data": bent(chance, records[0])}
            body = json.dumps(whole).encode()
        else:
            body = as_json(chance, records[0] if provider == "postmark" else records)
        headers = {"Content-Type": kind}
        if provider == "postmark":
            headers["Authorization"] = "Basic " + base64.b64encode(f"vitrine:{secret}".encode()).decode()
        elif provider == "canonical":
            headers |= sign(secret, f"m{n}", datetime.now(UTC), body)
        elif provider == "sendgrid":
            stamp = str(int(time.time()))
            right = KEY.sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
            headers["X-Twilio-Email-Event-Webhook-Timestamp"] = stamp
            headers["X-Twilio-Email-Event-Webhook-Signature"] = base64.b64encode(right).decode()
        answer = client.post(path, data=body, headers=headers)
        answers[answer.status_code] = answers.get(answer.status_code, 0) + 1
        assert answer.status_code in (200, 400), (answer.status_code, body[:2_000])
        if answer.status_code == 200:
            told = answer.json
            try:
                sent = json.loads(body)
            except (ValueError, RecursionError):
                sent = None
            if isinstance(sent, list):
                assert told["new"] + told["duplicate"] + told["parked"] == len(sent), body[:2_000]
            elif sent is not None or kind != "application/json":
                assert told["new"] + told["duplicate"] + told["parked"] == 1, body[:2_000]
    assert answers.get(200, 0) > bodies // 2  # it is the readers that are tried, not the first check


@pytest.mark.parametrize("provider", sorted(sources()))
def test_five_hundred_bodies(client: Any, running: Any, world: Any, provider: str) -> None:
    fuzz(client, running, world, provider, FEW)


@pytest.mark.faults
@pytest.mark.long
@pytest.mark.parametrize("provider", sorted(sources()))
def test_twenty_thousand_bodies(client: Any, running: Any, world: Any, provider: str) -> None:
    fuzz(client, running, world, provider, MANY)
