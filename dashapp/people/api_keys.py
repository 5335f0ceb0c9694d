"""Keys of the API: for programs, scoped to one agency or one workspace, read-only unless asked for.

A key is shown once; only its sha256 is kept. Who may make one is decided by the caller with the policy's verbs.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import ColumnElement, or_, select, update
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.access.viewer import Service
from dashapp.db.base import now
from dashapp.db.people import ApiKey
from dashapp.db.tenants import MANAGING, Agency, AgencyLink, Workspace
from dashapp.errors import NotFound, Refused

#: What a key begins with, so that scanners of leaked secrets know it.
PREFIX = "vtr_"
#: `last_used_at` is written at most this often, so that a call is not a write.
SEEN_EVERY = timedelta(minutes=5)
MOST = 50
NO_SUCH_KEY = "There is no such key."


def keys_of(session: Session, place: Agency | Workspace) -> Sequence[ApiKey]:
    """The keys of an agency or a workspace that work, newest first."""
    return session.scalars(select(ApiKey).where(*_alive(place)).order_by(ApiKey.id.desc())).all()


def create(
    session: Session,
    place: Agency | Workspace,
    name: str,
    *,
    writes: bool,
    days: int | None,
    own: bool = False,
    actor: str,
    user_id: int | None,
) -> tuple[ApiKey, str]:
    """A new key: (the row, the key to be shown this once). `days`: when it ends, None: when it is ended.

    `own`: a workspace's own people make it; else it ends with the link of the agency that manages the workspace.
    Raises Refused on a bad name and past MOST keys of one place.
    """
    label = " ".join(name.split())
    if not 1 <= len(label) <= 60 or not label.isprintable():
        raise Refused("The name of a key has 1 to 60 printable characters.")
    if len(keys_of(session, place)) >= MOST:
        raise Refused("There are at most {MOST} keys at once; end one that is not used.", MOST=MOST)
    secret = f"{PREFIX}{tokens.random_token()}"
    at = now()
    key = ApiKey(
        agency_id=place.id if isinstance(place, Agency) else None,
        workspace_id=place.id if isinstance(place, Workspace) else None,
        link_id=place.managing_link_id if isinstance(place, Workspace) and not own else None,
        name=label,
        token_hash=tokens.fingerprint(secret),
        hint=secret[-4:],
        writes=writes,
        created_by=user_id,
        created_at=at,
        expires_at=None if days is None else at + timedelta(days=days),
    )
    session.add(key)
    session.flush()
    _audit(session, place, "key.create", actor, f"{label}, {'read and write' if writes else 'read-only'}")
    return key, secret


def rotate(session: Session, place: Agency | Workspace, key_id: int, *, actor: str) -> tuple[ApiKey, str]:
    """A new secret in place of the old one, which ends at once. Raises NotFound for another place's key."""
    key = _key(session, place, key_id)
    secret = f"{PREFIX}{tokens.random_token()}"
    key.token_hash, key.hint, key.last_used_at = tokens.fingerprint(secret), secret[-4:], None
    session.flush()
    _audit(session, place, "key.rotate", actor, key.name)
    return key, secret


def end(session: Session, place: Agency | Workspace, key_id: int, *, actor: str) -> None:
    """The key never works again. Raises NotFound for another place's key."""
    key = _key(session, place, key_id)
    key.ended_at = now()
    session.flush()
    _audit(session, place, "key.end", actor, key.name)


def key_of(session: Session, presented: str) -> ApiKey | None:
    """The working key of a secret; None when there is none: unknown, ended and expired look alike."""
    if not presented.startswith(PREFIX) or not tokens.looks_like_token(presented[len(PREFIX) :]):
        return None
    return session.scalars(
        select(ApiKey).where(
            ApiKey.token_hash == tokens.fingerprint(presented),
            *_working(),
        )
    ).one_or_none()


def is_used(session: Session, key: ApiKey) -> None:
    """Keep that a key was used just now."""
    session.execute(update(ApiKey).where(ApiKey.id == key.id).values(last_used_at=now()))


def service_of(key: ApiKey) -> Service:
    """Who a key is, for the policy."""
    return Service(
        f"key:{key.name}",
        agency_id=key.agency_id,
        workspace_id=key.workspace_id,
        read_only=not key.writes,
        own=key.workspace_id is not None and key.link_id is None,
    )


def _key(session: Session, place: Agency | Workspace, key_id: int) -> ApiKey:
    key = session.scalars(select(ApiKey).where(ApiKey.id == key_id, *_alive(place))).one_or_none()
    if key is None:
        raise NotFound(NO_SUCH_KEY)
    return key


def _alive(place: Agency | Workspace) -> tuple[ColumnElement[bool], ...]:
    mine = ApiKey.agency_id == place.id if isinstance(place, Agency) else ApiKey.workspace_id == place.id
    return (mine, *_working())


def _working() -> tuple[ColumnElement[bool], ...]:
    """Neither ended, nor expired, nor made through a link that has ended."""
    managing = select(AgencyLink.id).where(AgencyLink.state == MANAGING)
    return (
        ApiKey.ended_at.is_(None),
        or_(ApiKey.expires_at.is_(None), ApiKey.expires_at > now()),
        or_(ApiKey.link_id.is_(None), ApiKey.link_id.in_(managing)),
    )


def _audit(session: Session, place: Agency | Workspace, verb: str, actor: str, detail: str) -> None:
    audit.record(
        session,
        actor,
        verb,
        agency_id=place.id if isinstance(place, Agency) else place.managing_agency_id,
        workspace_id=place.id if isinstance(place, Workspace) else None,
        detail=detail,
    )
