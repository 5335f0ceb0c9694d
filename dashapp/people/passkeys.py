"""Passkeys (WebAuthn): a log-in without a password, and a second factor beside one.

The authenticator must check its user (fingerprint, face or PIN), so a passkey alone is two factors. A challenge is
a one-time token: an answer that was recorded opens nothing.

The library is imported by who needs it: it takes several MB, and most processes never see a passkey.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit
from dashapp.agencies.look import PRODUCT
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.people import Passkey, RecoveryCode
from dashapp.db.tenants import User
from dashapp.errors import NotFound, Refused
from dashapp.people import one_time
from dashapp.people.second_factor import factors_of

REFUSED = "The passkey was not accepted. Try again, or log in another way."
MOST = 20


def passkeys_of(session: Session, user_id: int) -> Sequence[Passkey]:
    """The person's passkeys, oldest first."""
    return session.scalars(select(Passkey).where(Passkey.user_id == user_id).order_by(Passkey.id)).all()


def registration_options(
    session: Session, settings: Settings, user: User, *, product: str = PRODUCT
) -> dict[str, Any]:
    """What the browser needs to make a passkey of what the person calls `product`. The caller commits: the
    challenge is kept."""
    import webauthn
    from webauthn.helpers.structs import (
        AuthenticatorSelectionCriteria,
        PublicKeyCredentialDescriptor,
        ResidentKeyRequirement,
        UserVerificationRequirement,
    )

    challenge = one_time.issue(session, "passkey", user_id=user.id, data={"for": "register"})
    known = passkeys_of(session, user.id)
    if len(known) >= MOST:
        raise Refused("An account has at most {MOST} passkeys; remove one first.", MOST=MOST)
    options = webauthn.generate_registration_options(
        rp_id=_host(settings),
        rp_name=product,
        user_id=f"user:{user.id}".encode(),
        user_name=user.email,
        user_display_name=user.name or user.email,
        challenge=webauthn.base64url_to_bytes(challenge),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(key.credential_id)) for key in known
        ],
    )
    return _json(options)


def register(
    session: Session, settings: Settings, user: User, name: str, credential: dict[str, Any]
) -> Passkey:
    """Keep the passkey the browser made. Raises Refused."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url
    from webauthn.helpers.exceptions import WebAuthnException

    label = " ".join(name.split())[:60]
    if not label or not label.isprintable():
        raise Refused("Give the passkey a name of 1 to 60 characters, such as the device it is on.")
    asked = one_time.use(session, "passkey", challenge := _challenge(credential))
    if asked.user_id != user.id or asked.data.get("for") != "register":
        raise Refused(REFUSED)
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=_host(settings),
            expected_origin=_origin(settings),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(REFUSED) from error
    credential_id = bytes_to_base64url(verified.credential_id)
    if session.scalars(select(Passkey.id).where(Passkey.credential_id == credential_id)).first() is not None:
        raise Refused(REFUSED)
    key = Passkey(
        user_id=user.id,
        credential_id=credential_id,
        public_key=verified.credential_public_key,
        sign_count=verified.sign_count,
        name=label,
    )
    session.add(key)
    session.flush()
    audit.record(session, user.email, "factor.passkey.add", detail=label)
    return key


def authentication_options(session: Session, settings: Settings) -> dict[str, Any]:
    """What the browser needs to answer with any passkey it has of ours. The caller commits."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    challenge = one_time.issue(session, "passkey", data={"for": "log in"})
    options = webauthn.generate_authentication_options(
        rp_id=_host(settings),
        challenge=webauthn.base64url_to_bytes(challenge),
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return _json(options)


def authenticate(session: Session, settings: Settings, credential: dict[str, Any]) -> User:
    """The person whose passkey answered. Raises Refused: which part was wrong is not told."""
    import webauthn
    from webauthn.helpers.exceptions import WebAuthnException

    challenge = _challenge(credential)
    try:
        asked = one_time.use(session, "passkey", challenge)
    except NotFound as error:
        raise Refused(REFUSED) from error
    credential_id = credential.get("id")
    key = None
    if asked.data.get("for") == "log in" and isinstance(credential_id, str):
        key = session.scalars(
            select(Passkey).where(Passkey.credential_id == credential_id[:1400]).with_for_update()
        ).one_or_none()
    user = None if key is None else session.get(User, key.user_id)
    if key is None or user is None or not user.active:
        raise Refused(REFUSED)
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=_host(settings),
            expected_origin=_origin(settings),
            credential_public_key=key.public_key,
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as error:
        raise Refused(REFUSED) from error
    key.sign_count, key.last_used_at = verified.new_sign_count, now()
    session.flush()
    return user


def remove(session: Session, user: User, passkey_id: int) -> None:
    """Remove one of the person's passkeys. Raises NotFound for another's."""
    key = session.get(Passkey, passkey_id)
    if key is None or key.user_id != user.id:
        raise NotFound("There is no such passkey.")
    session.delete(key)
    session.flush()
    if not factors_of(session, user.id).any:
        for code in session.scalars(select(RecoveryCode).where(RecoveryCode.user_id == user.id)):
            session.delete(code)
    audit.record(session, user.email, "factor.passkey.remove", detail=key.name)


def _challenge(credential: dict[str, Any]) -> str:
    """The challenge the browser says it answered; whether it is one of ours is seen by using it up."""
    import webauthn

    try:
        client_data = json.loads(webauthn.base64url_to_bytes(credential["response"]["clientDataJSON"]))
        challenge = client_data["challenge"]
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise Refused(REFUSED) from error
    if not isinstance(challenge, str):
        raise Refused(REFUSED)
    return challenge


def _host(settings: Settings) -> str:
    return urlsplit(settings.public_url).hostname or "localhost"


def _origin(settings: Settings) -> str:
    parts = urlsplit(settings.public_url)
    return f"{parts.scheme}://{parts.netloc}"


def _json(options: Any) -> dict[str, Any]:
    import webauthn

    made: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return made
