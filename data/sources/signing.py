"""What several providers' checks share: the clock, and a password sent with HTTP basic auth."""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Final

from data.errors import BadSignature
from data.sources import HookRequest, Secrets

#: How far a signed timestamp may be from the clock, either way: what is older is a replay.
WINDOW_SECONDS: Final = 300
USER: Final = "vitrine"


def check_clock(stamp: str, now: datetime, window: int = WINDOW_SECONDS) -> None:
    """Raise BadSignature when `stamp` (epoch seconds as text) is no time within `window` of `now`."""
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= 12):
        raise BadSignature("The signature's timestamp is no number of seconds.")
    if abs(int(stamp) - now.timestamp()) > window:
        raise BadSignature("The signature's timestamp is too far from the clock.")


def check_signature(given: bytes, right: Iterable[bytes]) -> None:
    """Raise BadSignature unless `given` is one of the right ones; all are compared, in constant time."""
    if not given:
        raise BadSignature("The signature is missing.")
    matches = [hmac.compare_digest(given, one) for one in right]
    if not any(matches):
        raise BadSignature("The signature is wrong.")


def check_basic(request: HookRequest, secrets: Secrets, *, bearer: bool = False) -> None:
    """Raise BadSignature unless the request carries user `vitrine` and one of the secrets as its password.

    `bearer`: the secret may also come as a bearer token.
    """
    if secrets.key_is_secret:
        return
    scheme, _, coded = request.headers.get("authorization", "").partition(" ")
    if bearer and scheme.lower() == "bearer":
        check_signature(coded.strip().encode("utf-8", "replace"), [s.encode() for s in secrets.each()])
        return
    if scheme.lower() != "basic" or not coded:
        raise BadSignature("The request carries no password (HTTP basic auth).")
    try:
        given = base64.b64decode(coded.strip(), validate=True)
    except (binascii.Error, ValueError):
        raise BadSignature("The request's HTTP basic auth cannot be read.") from None
    # Every candidate is compared, so the time taken tells nothing of which one failed.
    right = [hmac.compare_digest(given, f"{USER}:{secret}".encode()) for secret in secrets.each()]
    if not any(right):
        raise BadSignature("The user or the password is wrong.")
