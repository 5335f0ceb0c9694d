"""Amazon SNS: what a message's signature covers, and the two requests it makes us send, to Amazon and nobody else.

An address that a message names is only followed when it is exactly one of SNS's own: anybody can write
`sns.us-east-1.amazonaws.com.example`, and whoever chooses the certificate chooses who may sign.
"""

from __future__ import annotations

import base64
import binascii
import http.client
import re
import ssl
import threading
import time
from collections import OrderedDict
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode, urlsplit

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.x509 import Certificate, load_pem_x509_certificate

from data.errors import BadSignature, InboxBusy

_HOST: Final = r"sns\.(?P<region>[a-z]{2,4}(?:-[a-z]{2,12}){1,3}-\d{1,2})\.amazonaws\.com(?:\.cn)?"
_CERTIFICATE: Final = re.compile(
    rf"https://(?P<host>{_HOST})(?P<path>/SimpleNotificationService-[0-9a-zA-Z]{{1,64}}\.pem)"
)
_SNS_HOST: Final = re.compile(_HOST)
_TOPIC: Final = re.compile(
    r"arn:aws[a-z-]{0,10}:sns:(?P<region>[a-z0-9-]{4,40}):\d{4,14}:[\w.-]{1,260}", re.ASCII
)
#: What is signed, in this order; a notification may have no subject.
_NOTIFICATION: Final = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_SUBSCRIPTION: Final = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
SUBSCRIBING: Final = "SubscriptionConfirmation"
SIGNED: Final = {
    "Notification": _NOTIFICATION,
    SUBSCRIBING: _SUBSCRIPTION,
    "UnsubscribeConfirmation": _SUBSCRIPTION,
}
_HASHES: Final = {"1": SHA1, "2": SHA256}

#: Of one request of ours: seconds, and bytes of the answer.
_SECONDS: Final = 5.0
_MOST_BYTES: Final = 32_768
#: Certificates that are remembered, and seconds during which one that is none is not asked for again.
_MOST_CERTIFICATES: Final = 64
_BAD_FOR: Final = 300.0


def is_topic(name: str) -> bool:
    """Whether this is the ARN of a topic."""
    return _TOPIC.fullmatch(name) is not None


def fetch(host: str, path: str) -> tuple[int, bytes]:
    """(status, body) of a GET over TLS, which follows no redirect. Raises OSError or HTTPException."""
    connection = http.client.HTTPSConnection(host, timeout=_SECONDS, context=ssl.create_default_context())
    try:
        connection.request("GET", path, headers={"User-Agent": "vitrine", "Accept": "*/*"})
        answer = connection.getresponse()
        return answer.status, answer.read(_MOST_BYTES + 1)
    finally:
        connection.close()


def _get(host: str, path: str, what: str) -> tuple[int, bytes]:
    try:
        status, body = fetch(host, path)
    except (OSError, http.client.HTTPException):
        raise InboxBusy(f"Amazon cannot be reached for {what}; send it again.") from None
    if status >= 500 or status == 429:
        raise InboxBusy(f"Amazon does not answer for {what}; send it again.")
    return status, body


class Certificates:
    """Amazon's signing certificates by their address; safe for threads, one request at a time.

    Whoever names a known one does not wait for a request: other sources' senders choose when those are made.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._known: OrderedDict[str, Certificate] = OrderedDict()
        self._bad: OrderedDict[str, float] = OrderedDict()

    def key_of(self, url: object, now: datetime) -> RSAPublicKey:
        """The key of the certificate at `url`. Raises BadSignature when it is none of SNS's, InboxBusy."""
        named = _CERTIFICATE.fullmatch(url) if type(url) is str and len(url) < 300 else None
        if named is None:
            raise BadSignature("The certificate’s address is none of Amazon SNS’s.")
        found = self._known.get(named[0]) or self._asked_for(named)
        if not found.not_valid_before_utc <= now <= found.not_valid_after_utc:
            raise BadSignature("Amazon’s certificate is not valid now.")
        key = found.public_key()
        if not isinstance(key, RSAPublicKey):
            raise BadSignature("Amazon’s certificate holds no RSA key.")
        return key

    def _asked_for(self, named: re.Match[str]) -> Certificate:
        if not self._lock.acquire(timeout=2 * _SECONDS):
            raise InboxBusy("Amazon’s certificate is being fetched; send it again.")
        try:
            return self._known.get(named[0]) or self._fetched(named)
        finally:
            self._lock.release()

    def _fetched(self, named: re.Match[str]) -> Certificate:
        url = named[0]
        if time.monotonic() < self._bad.get(url, 0.0):
            raise BadSignature("At this address Amazon has no certificate.")
        status, body = _get(named["host"], named["path"], "its certificate")
        try:
            if status != 200 or len(body) > _MOST_BYTES:
                raise ValueError
            found = load_pem_x509_certificate(body)
            found.public_key()
        except (ValueError, UnsupportedAlgorithm):
            self._bad[url] = time.monotonic() + _BAD_FOR
            while len(self._bad) > _MOST_CERTIFICATES:
                self._bad.popitem(last=False)
            raise BadSignature("At this address Amazon has no certificate.") from None
        self._known[url] = found
        while len(self._known) > _MOST_CERTIFICATES:
            self._known.popitem(last=False)
        return found


CERTIFICATES: Final = Certificates()


def check(message: Mapping[str, Any], now: datetime) -> None:
    """Raise BadSignature unless Amazon signed the message, InboxBusy when that cannot be found out now."""
    names, algorithm = SIGNED.get(_text(message, "Type")), _HASHES.get(str(message.get("SignatureVersion")))
    if names is None or algorithm is None:
        raise BadSignature("The message has no signature as Amazon SNS makes them.")
    signed = "".join(
        f"{name}\n{_text(message, name)}\n" for name in names if name != "Subject" or "Subject" in message
    )
    try:
        signature = base64.b64decode(_text(message, "Signature"), validate=True)
    except (binascii.Error, ValueError):
        signature = b""
    if not signature:
        raise BadSignature("The signature is missing.")
    key = CERTIFICATES.key_of(message.get("SigningCertURL", message.get("SigningCertUrl")), now)
    try:
        key.verify(signature, signed.encode("utf-8", "replace"), PKCS1v15(), algorithm())
    except InvalidSignature:
        raise BadSignature("The signature is wrong.") from None


def confirm(message: Mapping[str, Any]) -> None:
    """Confirm a subscription, at the topic's own region. The address is made anew, from what was signed.

    Raises BadSignature when the message's own address is another one, InboxBusy when Amazon does not answer.
    """
    topic, token = _text(message, "TopicArn"), _text(message, "Token")
    parts = _TOPIC.fullmatch(topic)
    try:
        host = urlsplit(_text(message, "SubscribeURL"))
    except ValueError:
        host = urlsplit("")
    named = _SNS_HOST.fullmatch(host.netloc) if host.scheme == "https" and host.path in ("", "/") else None
    if parts is None or named is None or named["region"] != parts["region"] or not 0 < len(token) < 2_000:
        raise BadSignature("The address to confirm the subscription at is none of Amazon SNS’s.")
    query = urlencode({"Action": "ConfirmSubscription", "TopicArn": topic, "Token": token})
    status, _ = _get(named[0], f"/?{query}", "the subscription")
    if status != 200:
        raise BadSignature(f"Amazon did not confirm the subscription (status {status}).")


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    return value if type(value) is str else ""
