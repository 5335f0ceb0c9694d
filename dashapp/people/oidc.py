"""Logging in with an identity provider: OpenID Connect, the code flow with PKCE, state and nonce.

Who somebody is, is the provider's issuer and subject: an address can change hands, a subject does not. An address
counts once, at the first log-in and only when the provider says it is verified.
"""

from __future__ import annotations

import json
import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.agencies import accounts
from dashapp.agencies.names import clean_email
from dashapp.agencies.roles import set_agency_role
from dashapp.config import OidcProvider, Settings
from dashapp.db.people import OidcIdentity
from dashapp.db.tenants import Agency, AgencyMember, User
from dashapp.errors import NotAllowed, Refused
from dashapp.people.sign_up import create_own_workspace

TIMEOUT_S = 10
#: What the provider says of itself is asked again after this.
METADATA_S = 3_600
#: Signatures a provider may use; none of them can be made with the public key, and `none` is not one.
ALGORITHMS = ("RS256", "ES256", "PS256", "EdDSA")
#: How long a log-in at the provider may take, and how far clocks may differ.
PENDING_S, LEEWAY_S = 600, 60
FAILED = "The log-in with the identity provider did not work. Try again."
NO_ACCOUNT = "There is no account for you here yet. Ask your agency for an invitation."
AWAY = "The identity provider cannot be reached. Try again in a moment, or log in with your password."


class _Metadata(BaseModel):
    """What we need of `/.well-known/openid-configuration`."""

    model_config = ConfigDict(extra="ignore", frozen=True)
    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Claims(BaseModel):
    """What an ID token says."""

    model_config = ConfigDict(extra="allow", frozen=True)
    iss: str
    sub: str
    aud: str | list[str]
    exp: int | float
    iat: int | float
    nonce: str
    azp: str | None = None
    email: str | None = None
    email_verified: bool | str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Pending:
    """A log-in that is under way; it travels encrypted in a cookie of the browser it was begun in."""

    state: str
    nonce: str
    verifier: str
    target: str
    began: float


@dataclass(frozen=True)
class Identity:
    """Who the provider says somebody is. `email` only when it is verified. `values`: those of the role claim."""

    issuer: str
    subject: str
    email: str | None
    name: str
    values: frozenset[str]


class Provider:
    """One identity provider, as this process knows it."""

    def __init__(self, provider: OidcProvider) -> None:
        self.settings = provider
        self._lock = threading.Lock()
        self._metadata: tuple[float, _Metadata] | None = None
        self._keys: tuple[float, KeySet] | None = None

    def begin(self, callback: str, target: str) -> tuple[str, Pending]:
        """(where to send the browser, what to remember). Raises Refused when the provider is away."""
        pending = Pending(
            tokens.random_token(), tokens.random_token(), secrets.token_urlsafe(48), target, time.time()
        )
        with self._session(callback) as session:
            url, _ = session.create_authorization_url(
                self.metadata().authorization_endpoint,
                state=pending.state,
                nonce=pending.nonce,
                code_verifier=pending.verifier,
            )
        return str(url), pending

    def finish(self, callback: str, pending: Pending, answer: Mapping[str, str]) -> Identity:
        """Who came back. Raises Refused for whatever is not as it was begun; which part is in the log, not told."""
        if not secrets.compare_digest(answer.get("state", "").encode(), pending.state.encode()):
            raise Refused(FAILED)
        if answer.get("iss", self.settings.issuer) != self.settings.issuer or not answer.get("code"):
            raise Refused(FAILED)
        if time.time() - pending.began > PENDING_S:
            raise Refused(FAILED)
        try:
            with self._session(callback) as session:
                token = session.fetch_token(
                    self.metadata().token_endpoint,
                    code=answer["code"],
                    code_verifier=pending.verifier,
                    allow_redirects=False,
                )
        except (AuthlibBaseError, requests.RequestException, ValueError) as error:
            raise Refused(FAILED) from error
        id_token = token.get("id_token")
        if not isinstance(id_token, str):
            raise Refused(FAILED)
        return self._identity(self._claims(id_token, pending.nonce))

    def metadata(self) -> _Metadata:
        """What the provider says of itself, asked once an hour."""
        with self._lock:
            if self._metadata is not None and time.monotonic() - self._metadata[0] < METADATA_S:
                return self._metadata[1]
        address = f"{self.settings.issuer.rstrip('/')}/.well-known/openid-configuration"
        try:
            found = _Metadata.model_validate(_fetch(address))
        except ValidationError as error:
            raise Refused(AWAY) from error
        if found.issuer != self.settings.issuer:
            raise Refused(AWAY)
        for endpoint in (found.authorization_endpoint, found.token_endpoint, found.jwks_uri):
            if urlsplit(endpoint).scheme != urlsplit(self.settings.issuer).scheme:
                raise Refused(AWAY)
        with self._lock:
            self._metadata = (time.monotonic(), found)
        return found

    def _session(self, callback: str) -> Any:
        return OAuth2Session(
            self.settings.client_id,
            self.settings.client_secret,
            scope="openid email profile",
            redirect_uri=callback,
            code_challenge_method="S256",
            default_timeout=TIMEOUT_S,
        )

    def _key_set(self, *, fresh: bool = False) -> KeySet:
        with self._lock:
            if not fresh and self._keys is not None and time.monotonic() - self._keys[0] < METADATA_S:
                return self._keys[1]
        try:
            keys = KeySet.import_key_set(_fetch(self.metadata().jwks_uri))
        except (JoseError, ValueError, KeyError, TypeError) as error:
            raise Refused(AWAY) from error
        with self._lock:
            self._keys = (time.monotonic(), keys)
        return keys

    def _claims(self, id_token: str, nonce: str) -> _Claims:
        try:
            try:
                token = jwt.decode(id_token, self._key_set(), algorithms=ALGORITHMS)
            except (JoseError, ValueError):  # the provider may have new keys
                token = jwt.decode(id_token, self._key_set(fresh=True), algorithms=ALGORITHMS)
            claims = _Claims.model_validate(token.claims)
        except (JoseError, ValidationError, ValueError, KeyError, TypeError) as error:
            raise Refused(FAILED) from error
        audience = [claims.aud] if isinstance(claims.aud, str) else claims.aud
        at = time.time()
        right = (
            claims.iss == self.settings.issuer
            and self.settings.client_id in audience
            and ((claims.azp is None and len(audience) == 1) or claims.azp == self.settings.client_id)
            and claims.exp > at - LEEWAY_S
            and at - PENDING_S - LEEWAY_S < claims.iat < at + LEEWAY_S
            and secrets.compare_digest(claims.nonce.encode(), nonce.encode())
            and 0 < len(claims.sub) <= 255
        )
        if not right:
            raise Refused(FAILED)
        return claims

    def _identity(self, claims: _Claims) -> Identity:
        email = None
        if claims.email and claims.email_verified in (True, "true"):
            email = clean_email(claims.email)
        said = (claims.model_extra or {}).get(self.settings.claim, [])
        values = [said] if isinstance(said, str) else said if isinstance(said, list) else []
        name = " ".join((claims.name or "").split())[:120]
        return Identity(
            claims.iss,
            claims.sub,
            email,
            name if name.isprintable() else "",
            frozenset(value for value in values if isinstance(value, str)),
        )


def person_of(session: Session, settings: Settings, identity: Identity) -> User:
    """The account of an identity: the one it is tied to, the one of its verified address, or a new one.

    A new one is made for whom the settings give a role, or when sign-up is open. Raises NotAllowed otherwise.
    """
    provider = settings.oidc
    assert provider is not None
    roles = [role for role in provider.roles if role.value in identity.values]
    tie = session.get(OidcIdentity, (identity.issuer, identity.subject))
    user = None if tie is None else session.get(User, tie.user_id)
    if user is None:
        user = None if identity.email is None else accounts.user_by_email(session, identity.email)
        if user is not None and _is_tied(session, identity.issuer, user):
            raise NotAllowed(NO_ACCOUNT)  # the address has gone to somebody else at the provider
        if user is None:
            if identity.email is None or not (roles or settings.signup == "open"):
                raise NotAllowed(NO_ACCOUNT)
            user = accounts.create_user(session, identity.email, name=identity.name, actor="oidc")
            if not roles:  # signed up, as with a form: a place of their own
                create_own_workspace(session, user)
        session.add(OidcIdentity(issuer=identity.issuer, subject=identity.subject, user_id=user.id))
        try:
            session.flush()
        except IntegrityError:  # the same person logs in twice at this very moment
            raise Refused(FAILED) from None
        audit.record(session, user.email, "oidc.tie", detail=f"{identity.issuer} {identity.subject}")
    if not user.active:
        raise NotAllowed(NO_ACCOUNT)
    for role in roles:
        agency = session.scalars(select(Agency).where(Agency.slug == role.agency)).one_or_none()
        if agency is not None and _role_of(session, user, agency) not in {role.role, "owner"}:
            set_agency_role(session, user, agency, role.role, actor="oidc")
    return user


def _is_tied(session: Session, issuer: str, user: User) -> bool:
    tie = select(OidcIdentity).where(OidcIdentity.issuer == issuer, OidcIdentity.user_id == user.id)
    return session.scalars(tie.limit(1)).first() is not None


def _role_of(session: Session, user: User, agency: Agency) -> str | None:
    row = session.get(AgencyMember, {"user_id": user.id, "agency_id": agency.id})
    return None if row is None else row.role


def seal(settings: Settings, pending: Pending) -> str:
    """For the cookie: encrypted, so that it says nothing and cannot be made by others."""
    return tokens.seal(settings.secret_key, json.dumps({"oidc": vars(pending)}))


def unseal(settings: Settings, value: str) -> Pending:
    """Raises Refused for what is none of ours."""
    try:
        return Pending(**json.loads(tokens.unseal(settings.secret_key, value))["oidc"])
    except Exception as error:
        raise Refused(FAILED) from error


def _fetch(address: str) -> Any:
    try:
        answer = requests.get(address, timeout=TIMEOUT_S, allow_redirects=False)
        if answer.status_code != 200 or len(answer.content) > 1_000_000:
            raise Refused(AWAY)
        return answer.json()
    except (requests.RequestException, ValueError) as error:
        raise Refused(AWAY) from error
