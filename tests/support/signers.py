"""Deliveries as each provider sends and signs them, for tests of every provider at once.

A new provider has an entry in SIGNERS: its secret, one of its events, and how it dresses a payload up as a request.
"""

from __future__ import annotations

import base64
import hmac
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from hashlib import sha1, sha256
from typing import Any
from urllib.parse import quote_plus

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.x509.oid import NameOID

from data.sources.providers.standard_webhooks import sign

#: (secret, address, payload as JSON) → (body, headers).
Dress = Callable[[str, str, bytes], tuple[bytes, dict[str, str]]]

JSON = {"Content-Type": "application/json"}
AT = 1_790_000_000
TOPIC = "arn:aws:sns:eu-west-1:123456789012:north-events"
CERTIFICATE_URL = (
    "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"
)


@dataclass(frozen=True)
class Signer:
    """`secret`: what Alice's source has, `other`: one of the same form that she does not have.

    `event`: a payload that is one event of lena@client.example. `many`: it may come in a list.
    """

    secret: str
    other: str
    event: dict[str, Any]
    dress: Dress
    many: bool = False


@cache
def ec_key(name: str) -> ec.EllipticCurvePrivateKey:
    """A key pair that SendGrid might sign with."""
    return ec.generate_private_key(ec.SECP256R1())


def public(name: str) -> str:
    """Its public half as SendGrid shows it."""
    return base64.b64encode(
        ec_key(name)
        .public_key()
        .public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    ).decode()


@cache
def rsa_key() -> rsa.RSAPrivateKey:
    """The key that Amazon's messages are signed with here."""
    return rsa.generate_private_key(public_exponent=65_537, key_size=2_048)


@cache
def certificate() -> bytes:
    """The certificate of that key, as it is fetched from CERTIFICATE_URL."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
    begins = datetime(2020, 1, 1, tzinfo=UTC)
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(rsa_key().public_key())
    made = made.serial_number(1).not_valid_before(begins).not_valid_after(begins + timedelta(days=36_500))
    return made.sign(rsa_key(), hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def amazon(host: str, path: str) -> tuple[int, bytes]:
    """What Amazon answers: its one certificate, and yes to a subscription."""
    if f"https://{host}{path}" == CERTIFICATE_URL:
        return 200, certificate()
    return (200, b"<ConfirmSubscriptionResponse/>") if "ConfirmSubscription" in path else (403, b"")


def enveloped(topic: str, message: str, version: str = "1", **more: Any) -> dict[str, Any]:
    """A signed message of SNS; `more` is said before it is signed."""
    told: dict[str, Any] = {
        "Type": "Notification",
        "MessageId": "n-1",
        "TopicArn": topic,
        "Message": message,
        "Timestamp": "2026-11-02T10:00:00.000Z",
        "SignatureVersion": version,
        "SigningCertURL": CERTIFICATE_URL,
        **more,
    }
    notification = told["Type"] == "Notification"
    names = (
        ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
        if notification
        else ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
    )
    signed = "".join(f"{name}\n{told[name]}\n" for name in names if name in told)
    algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
    signature = rsa_key().sign(signed.encode("utf-8", "replace"), padding.PKCS1v15(), algorithm)
    return told | {"Signature": base64.b64encode(signature).decode()}


def _sns(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
    body = json.dumps(enveloped(secret, payload.decode("utf-8", "replace"))).encode()
    return body, {"Content-Type": "text/plain; charset=UTF-8"}


def _basic(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
    user = base64.b64encode(f"vitrine:{secret}".encode()).decode()
    return payload, JSON | {"Authorization": f"Basic {user}"}


def _standard(prefix: str) -> Dress:
    def dress(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
        signed = sign(secret, "msg_1", datetime.now(UTC), payload)
        return payload, JSON | {name.replace("webhook-", prefix): value for name, value in signed.items()}

    return dress


def mailgun_signature(secret: str, token: str = "tok") -> dict[str, str]:
    """What Mailgun puts into each delivery."""
    stamp = str(int(time.time()))
    right = hmac.new(secret.encode(), f"{stamp}{token}".encode(), sha256).hexdigest()
    return {"timestamp": stamp, "token": token, "signature": right}


def _mailgun(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
    signature = json.dumps(mailgun_signature(secret, f"t{time.monotonic_ns()}")).encode()
    return b'{"signature":' + signature + b',"event-data":' + payload + b"}", JSON


def _mandrill(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
    right = hmac.new(secret.encode(), url.encode() + b"mandrill_events" + payload, sha1).digest()
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    body = b"mandrill_events=" + quote_plus(payload).encode()
    return body, headers | {"X-Mandrill-Signature": base64.b64encode(right).decode()}


def _mailersend(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
    return payload, JSON | {"Signature": hmac.new(secret.encode(), payload, sha256).hexdigest()}


def sendgrid(name: str, body: bytes) -> dict[str, str]:
    """The headers SendGrid puts on a body."""
    stamp = str(int(time.time()))
    right = ec_key(name).sign(stamp.encode() + body, ec.ECDSA(hashes.SHA256()))
    return {
        "X-Twilio-Email-Event-Webhook-Timestamp": stamp,
        "X-Twilio-Email-Event-Webhook-Signature": base64.b64encode(right).decode(),
    }


def _sendgrid(secret: str, url: str, payload: bytes) -> tuple[bytes, dict[str, str]]:
    return payload, JSON | sendgrid("alice" if secret == public("alice") else "other", payload)


_LENA = "lena@client.example"
SIGNERS: dict[str, Signer] = {
    "canonical": Signer(
        "whsec_YWxpY2U=",
        "whsec_Ym9i",
        {"event": "sent", "occurred_at": AT, "message_id": "m1", "lead": _LENA},
        _standard("webhook-"),
        many=True,
    ),
    "sendgrid": Signer(
        public("alice"),
        public("other"),
        {"event": "delivered", "email": _LENA, "timestamp": AT, "sg_message_id": "m1.x", "sg_event_id": "e1"},
        _sendgrid,
        many=True,
    ),
    "postmark": Signer(
        "alices password",
        "another password",
        {
            "RecordType": "Delivery",
            "MessageID": "m1",
            "Recipient": _LENA,
            "DeliveredAt": "2026-09-21T12:53:20Z",
        },
        _basic,
    ),
    "mailgun": Signer(
        "alices key",
        "another key",
        {
            "event": "delivered",
            "id": "e1",
            "timestamp": AT,
            "recipient": _LENA,
            "message": {"headers": {"message-id": "m1"}},
        },
        _mailgun,
    ),
    "amazon_ses": Signer(
        TOPIC,
        f"{TOPIC}-of-charlie",
        {
            "eventType": "Delivery",
            "mail": {"messageId": "m1", "destination": [_LENA], "timestamp": "2026-09-21T12:53:19Z"},
            "delivery": {"timestamp": "2026-09-21T12:53:20.000Z", "recipients": [_LENA]},
        },
        _sns,
    ),
    "mailersend": Signer(
        "alices key",
        "another key",
        {
            "type": "activity.delivered",
            "data": {
                "id": "e1",
                "type": "delivered",
                "created_at": "2026-09-21T12:53:20.000000Z",
                "email": {"message": {"id": "m1"}, "recipient": {"email": _LENA}},
            },
        },
        _mailersend,
    ),
    "brevo": Signer(
        "alices password",
        "another password",
        {"event": "delivered", "email": _LENA, "message-id": "<m1>", "ts_epoch": AT * 1_000},
        _basic,
        many=True,
    ),
    "resend": Signer(
        "whsec_YWxpY2U=",
        "whsec_Ym9i",
        {
            "type": "email.delivered",
            "created_at": "2026-09-21T12:53:20.000Z",
            "data": {"email_id": "m1", "to": [_LENA], "from": "Sam <sam@north.example>"},
        },
        _standard("svix-"),
    ),
    "mandrill": Signer(
        "alices key",
        "another key",
        {"event": "delivered", "ts": AT, "_id": "m1", "msg": {"_id": "m1", "email": _LENA}},
        _mandrill,
        many=True,
    ),
    "sparkpost": Signer(
        "alices password",
        "another password",
        {
            "msys": {
                "message_event": {
                    "type": "delivery",
                    "event_id": "e1",
                    "timestamp": str(AT),
                    "rcpt_to": _LENA,
                    "transmission_id": "m1",
                }
            }
        },
        _basic,
        many=True,
    ),
    "mailjet": Signer(
        "alices password",
        "another password",
        {"event": "sent", "time": AT, "MessageID": 19_421_777_835_146_490, "email": _LENA},
        _basic,
        many=True,
    ),
}
#: Providers whose body is always a list.
ALWAYS_LISTS = frozenset({"sendgrid", "mandrill", "sparkpost"})


def payload_of(provider: str, *events: Any) -> bytes:
    """Events as the provider puts them into a body."""
    if len(events) == 1 and provider not in ALWAYS_LISTS:
        return json.dumps(events[0]).encode()
    return json.dumps(list(events)).encode()
