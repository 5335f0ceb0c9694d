"""Webhook sources: the door `/hooks/<provider>/<key>` into one workspace, and its provider's secret."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.tenants import Source, Workspace
from dashapp.errors import NotFound, Refused
from data.sources import sources

KIND = "source"
#: How long the old secret is accepted beside a new one: deliveries already signed are still under way.
OVERLAP = timedelta(hours=24)


def create_source(
    session: Session,
    settings: Settings,
    workspace: Workspace,
    provider: str,
    secret: str | None = None,
    *,
    key_is_secret: bool = False,
    actor: str = "cli",
) -> tuple[Source, str, str]:
    """A new door: (source, path, secret). Without a secret one of 256 random bits is made.

    Raises Refused for an unknown provider or an empty secret.
    """
    known = sources()
    if provider not in known:
        raise Refused(f"{provider[:40]!r} is not a provider; there are {', '.join(sorted(known))}.")
    if secret is None:
        secret = new_secret()
    source = Source(
        workspace_id=workspace.id,
        provider=provider,
        nonce=tokens.new_nonce(),
        key_hash=tokens.fingerprint(tokens.random_token()),  # until the id is known, as in links.create_share
        secret_sealed=_sealed(settings, secret),
        key_is_secret=key_is_secret,
    )
    session.add(source)
    session.flush()
    source.key_hash = tokens.fingerprint(_key(settings, source))
    session.flush()
    _audit(session, source, workspace, "source.create", actor)
    return source, source_path(settings, source), secret


def new_secret() -> str:
    """256 random bits in the form of Standard Webhooks, which sender libraries decode: `whsec_` and base64."""
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def source_path(settings: Settings, source: Source) -> str:
    """`/hooks/<provider>/<key>`, the key derived again."""
    return f"/hooks/{source.provider}/{_key(settings, source)}"


def source_of(session: Session, workspace: Workspace, source_id: int) -> Source:
    """One source of this workspace. Raises NotFound when it is another's."""
    source = session.get(Source, source_id) if type(source_id) is int and 0 < source_id < 2**31 else None
    if source is None or source.workspace_id != workspace.id:
        raise NotFound("There is no such source.")
    return source


def sources_of(session: Session, workspace: Workspace) -> list[Source]:
    """A workspace's doors, oldest first."""
    return list(
        session.scalars(select(Source).where(Source.workspace_id == workspace.id).order_by(Source.id))
    )


def set_secret(
    session: Session, settings: Settings, source: Source, secret: str, *, actor: str = "cli"
) -> None:
    """Change the secret; the old one is accepted for another 24 hours."""
    sealed = _sealed(settings, secret)
    source.old_secret_sealed = source.secret_sealed
    source.old_secret_until = now() + OVERLAP
    source.secret_sealed = sealed
    session.flush()
    _audit(session, source, session.get_one(Workspace, source.workspace_id), "source.secret", actor)


def _key(settings: Settings, source: Source) -> str:
    return tokens.derive(settings.secret_key, KIND, source.id, source.nonce)


def _sealed(settings: Settings, secret: str) -> str:
    if not secret.strip() or len(secret) > 600:
        raise Refused("A source's secret has 1 to 600 characters.")
    return tokens.seal(settings.secret_key, secret)


def _audit(session: Session, source: Source, workspace: Workspace, verb: str, actor: str) -> None:
    audit.record(
        session,
        actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"source {source.id} ({source.provider})",
    )
