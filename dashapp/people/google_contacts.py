"""A person's Google contacts, once they link their account: OAuth 2 with PKCE, then the People API.

Only addresses are read, and kept encrypted with the token, for this person's suggestions alone. Unlinking forgets
both and tells Google so.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from pydantic import BaseModel, ConfigDict, ValidationError
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.config import GoogleClient, Settings
from dashapp.db.base import now
from dashapp.db.people import GoogleAccount
from dashapp.db.tenants import User
from dashapp.errors import BadSetting, Refused
from dashapp.mail_server import one_address

log = logging.getLogger(__name__)
SCOPE = "https://www.googleapis.com/auth/contacts.readonly"
TIMEOUT_S = 10
#: How long linking may take at Google.
PENDING_S = 600
#: Addresses kept of one person, and how many Google gives at a time.
MOST, PAGE = 2_000, 1_000
#: Pages asked for at most: many contacts have no address.
MOST_PAGES = 10
LARGEST_ANSWER = 5_000_000
FAILED = "Linking your Google account did not work. Try again."
AWAY = "Google cannot be reached just now. Try again in a moment."


@dataclass(frozen=True)
class Endpoints:
    """Where Google answers; tests have a server of their own."""

    authorize: str = "https://accounts.google.com/o/oauth2/v2/auth"
    token: str = "https://oauth2.googleapis.com/token"  # noqa: S105 - an address
    revoke: str = "https://oauth2.googleapis.com/revoke"
    people: str = "https://people.googleapis.com/v1/people/me/connections"


GOOGLE = Endpoints()


@dataclass(frozen=True)
class Pending:
    """Linking under way; it travels encrypted in a cookie of the browser it was begun in."""

    user_id: int
    state: str
    verifier: str
    began: float


@dataclass(frozen=True)
class Linked:
    """What linking gave: the token that lasts, and the addresses."""

    refresh_token: str
    addresses: tuple[str, ...]


class _Address(BaseModel):
    model_config = ConfigDict(extra="ignore")
    value: str = ""


class _Person(BaseModel):
    model_config = ConfigDict(extra="ignore")
    emailAddresses: list[_Address] = []


class _Page(BaseModel):
    model_config = ConfigDict(extra="ignore")
    connections: list[_Person] = []
    nextPageToken: str | None = None


def begin(client: GoogleClient, callback: str, user_id: int) -> tuple[str, Pending]:
    """(where to send the browser, what to remember)."""
    pending = Pending(user_id, tokens.random_token(), secrets.token_urlsafe(48), time.time())
    with _session(client, callback) as session:
        url, _ = session.create_authorization_url(
            GOOGLE.authorize,
            state=pending.state,
            code_verifier=pending.verifier,
            access_type="offline",
            prompt="consent",
            include_granted_scopes="false",
        )
    return str(url), pending


def finish(
    client: GoogleClient, callback: str, pending: Pending, user_id: int, answer: Mapping[str, str]
) -> Linked:
    """What came back. Raises Refused for whatever is not as it was begun, and when Google is away."""
    right = (
        pending.user_id == user_id
        and secrets.compare_digest(answer.get("state", "").encode(), pending.state.encode())
        and time.time() - pending.began <= PENDING_S
    )
    if not right or not answer.get("code"):
        raise Refused(FAILED)
    try:
        with _session(client, callback) as session:
            token = session.fetch_token(
                GOOGLE.token, code=answer["code"], code_verifier=pending.verifier, allow_redirects=False
            )
    except (AuthlibBaseError, requests.RequestException, ValueError) as error:
        raise Refused(FAILED) from error
    refresh, access = token.get("refresh_token"), token.get("access_token")
    if not isinstance(refresh, str) or not isinstance(access, str):
        raise Refused(FAILED)
    return Linked(refresh, _addresses(access))


def fetch_again(client: GoogleClient, refresh_token: str) -> tuple[str, ...]:
    """The addresses as they are now. Raises Refused when Google is away or the person took the right back."""
    try:
        with _session(client, None) as session:
            token = session.refresh_token(GOOGLE.token, refresh_token=refresh_token)
    except (AuthlibBaseError, requests.RequestException, ValueError) as error:
        raise Refused(AWAY) from error
    access = token.get("access_token")
    if not isinstance(access, str):
        raise Refused(AWAY)
    return _addresses(access)


def give_back(refresh_token: str) -> None:
    """Tell Google that the token is not used any more. What it answers changes nothing here."""
    try:
        requests.post(GOOGLE.revoke, data={"token": refresh_token}, timeout=TIMEOUT_S, allow_redirects=False)
    except requests.RequestException:
        log.warning("a Google token could not be given back; the person can take the right away at Google")


def keep(session: Session, settings: Settings, user: User, linked: Linked) -> None:
    """Keep what linking gave, encrypted."""
    row = session.get(GoogleAccount, user.id)
    if row is None:
        row = GoogleAccount(user_id=user.id, refresh_sealed="", contacts_sealed="")
        session.add(row)
    row.refresh_sealed = tokens.seal(settings.secret_key, linked.refresh_token)
    keep_addresses(session, settings, row, linked.addresses)
    audit.record(session, user.email, "google.link", detail=f"{len(linked.addresses)} addresses")


def keep_addresses(
    session: Session, settings: Settings, row: GoogleAccount, addresses: tuple[str, ...]
) -> None:
    """Put newer addresses in place of those there are."""
    row.contacts_sealed = tokens.seal(settings.secret_key, json.dumps(addresses))
    row.contacts, row.fetched_at = len(addresses), now()
    session.flush()


def forget(session: Session, settings: Settings, user: User) -> str | None:
    """Remove the link and the addresses; the token, to be given back after the transaction. None without a link."""
    token, row = token_of(session, settings, user.id), session.get(GoogleAccount, user.id)
    if row is None:
        return None
    session.delete(row)
    session.flush()
    audit.record(session, user.email, "google.unlink")
    return token


def token_of(session: Session, settings: Settings, user_id: int) -> str | None:
    """The token that lasts; None without a link, or where it cannot be read."""
    row = session.get(GoogleAccount, user_id)
    try:
        return None if row is None else tokens.unseal(settings.secret_key, row.refresh_sealed)
    except BadSetting:
        return None


@dataclass(frozen=True)
class Status:
    """Whether a person's account is linked, how many addresses are kept, and of when."""

    contacts: int
    fetched_at: datetime | None


def status_of(session: Session, user_id: int) -> Status | None:
    """None: not linked."""
    row = session.get(GoogleAccount, user_id)
    return None if row is None else Status(row.contacts, row.fetched_at)


def addresses_of(session: Session, settings: Settings, user_id: int) -> list[str]:
    """What is kept of one person's contacts; none where it cannot be read."""
    if settings.google is None:
        return []
    row = session.get(GoogleAccount, user_id)
    if row is None or not row.contacts_sealed:
        return []
    try:
        found = json.loads(tokens.unseal(settings.secret_key, row.contacts_sealed))
    except (BadSetting, ValueError):
        return []
    return [one for one in found if isinstance(one, str)]


def seal(settings: Settings, pending: Pending) -> str:
    """For the cookie: encrypted, so that it says nothing and cannot be made by others."""
    return tokens.seal(settings.secret_key, json.dumps({"google": vars(pending)}))


def unseal(settings: Settings, value: str) -> Pending:
    """Raises Refused for what is none of ours."""
    try:
        return Pending(**json.loads(tokens.unseal(settings.secret_key, value))["google"])
    except Exception as error:
        raise Refused(FAILED) from error


def _session(client: GoogleClient, callback: str | None) -> Any:
    return OAuth2Session(
        client.client_id,
        client.client_secret,
        scope=SCOPE,
        redirect_uri=callback,
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_post",  # noqa: S106 - the name of a method
        default_timeout=TIMEOUT_S,
    )


def _addresses(access_token: str) -> tuple[str, ...]:
    """The addresses of the person's contacts, each once, at most 2,000. Raises Refused."""
    found: dict[str, None] = {}
    following: str | None = None
    for _ in range(MOST_PAGES):
        asked = {"personFields": "emailAddresses", "pageSize": str(PAGE)}
        if following:
            asked["pageToken"] = following
        try:
            answer = requests.get(
                GOOGLE.people,
                params=asked,
                headers={"Authorization": f"Bearer {access_token}"},
                timeout=TIMEOUT_S,
                allow_redirects=False,
            )
            if answer.status_code != 200 or len(answer.content) > LARGEST_ANSWER:
                raise Refused(AWAY)
            page = _Page.model_validate_json(answer.content)
        except (requests.RequestException, ValidationError) as error:
            raise Refused(AWAY) from error
        for person in page.connections:
            for one in person.emailAddresses:
                address = one.value.strip().lower()
                if one_address(address):
                    found[address] = None
        following = page.nextPageToken
        if not following or len(found) >= MOST:
            break
    return tuple(list(found)[:MOST])
