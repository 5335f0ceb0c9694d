"""Webhook sources: the endpoint `/hooks/<provider>/<key>` of one workspace, and its provider's secret."""

from __future__ import annotations

import base64
import secrets
from datetime import timedelta
from urllib.parse import quote

from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access import audit, tokens
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.tenants import Source, Workspace
from dashapp.errors import NotFound, Refused
from data.sources import sources
from data.sources.signing import USER

KIND = "source"
#: The secret of a source whose provider has not issued its key yet: nothing is signed with it.
NO_KEY = ""
_NO_SOURCE = "There is no such source."
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
    """A new endpoint: (source, path, secret). Without a secret one of 256 random bits is made.

    Where the provider issues the key, one of ours would be of no use: the secret is NO_KEY then, and nothing is
    taken until the key follows. Raises Refused for an unknown provider, for an empty secret and one that cannot be
    the provider's, where the key does not follow, and where the address cannot be all there is (`key_is_secret`).
    """
    known = sources()
    if provider not in known:
        raise Refused(
            "{name} is not a provider; there are {names}.",
            name=repr(provider[:40]),
            names=", ".join(sorted(known)),
        )
    if key_is_secret and not known[provider].address_can_do:
        raise Refused("This provider signs what it sends, so its source needs the key.")
    if secret is None and known[provider].makes_secret and not key_is_secret:
        if not known[provider].key_follows:
            raise Refused("Paste what {provider} signs with.", provider=known[provider].label)
        secret = NO_KEY
    elif secret is None:
        secret = new_secret(provider)
    elif not key_is_secret:
        _check_key(provider, secret)
    source = Source(
        workspace_id=workspace.id,
        provider=provider,
        nonce=tokens.new_nonce(),
        key_hash=tokens.fingerprint(tokens.random_token()),  # until the id is known, as in links.create_share
        secret_sealed=tokens.seal(settings.secret_key, NO_KEY)
        if secret == NO_KEY and known[provider].key_follows
        else _sealed(settings, secret),
        key_is_secret=key_is_secret,
    )
    session.add(source)
    session.flush()
    source.key_hash = tokens.fingerprint(_key(settings, source))
    session.flush()
    _audit(session, source, workspace, "source.create", actor)
    return source, source_path(settings, source), secret


def awaits_key(settings: Settings, source: Source) -> bool:
    """Whether the provider's key is still to come."""
    return not source.key_is_secret and tokens.unseal(settings.secret_key, source.secret_sealed) == NO_KEY


def _check_key(provider: str, secret: str) -> None:
    """Raise Refused with a sentence when a pasted key cannot be the provider's."""
    known = sources().get(provider)
    if secret and known is not None and (why := known.wrong_key(secret)) is not None:
        raise Refused(why)


def with_password(url: str, secret: str) -> str:
    """The address with the password in it, for providers that take it there."""
    scheme, mark, rest = url.partition("://")
    return f"{scheme}{mark}{USER}:{quote(secret, safe='')}@{rest}"


def new_secret(provider: str = "") -> str:
    """256 random bits in the form of Standard Webhooks, which sender libraries decode: `whsec_` and base64.

    Where it is a password in an address: without signs that mean something there.
    """
    known = sources().get(provider)
    if known is not None and known.password:
        return secrets.token_urlsafe(32)
    return "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode()


def key_until_theirs(provider: str) -> str | None:
    """A key of ours for a provider that has its own, until that is given (`rotate`): `source create` promises a
    secret, and programs that sign deliveries themselves rely on it. None where no made key can be one, and where
    theirs may follow.
    """
    known = sources()[provider]
    if not known.makes_secret or known.key_follows:
        return None
    made = new_secret(provider)
    return made if known.wrong_key(made) is None else None


def source_path(settings: Settings, source: Source) -> str:
    """`/hooks/<provider>/<key>`, the key derived again."""
    return f"/hooks/{source.provider}/{_key(settings, source)}"


def source_of(session: Session, workspace: Workspace, source_id: int) -> Source:
    """One source of this workspace. Raises NotFound when it is another's or closed."""
    source = session.get(Source, source_id) if type(source_id) is int and 0 < source_id < 2**31 else None
    if source is None or source.workspace_id != workspace.id or source.closed_at is not None:
        raise NotFound(_NO_SOURCE)
    return source


def sources_of(session: Session, workspace: Workspace) -> list[Source]:
    """A workspace's sources that are not closed, oldest first."""
    return list(
        session.scalars(
            select(Source)
            .where(Source.workspace_id == workspace.id, Source.closed_at.is_(None))
            .order_by(Source.id)
        )
    )


def set_secret(
    session: Session,
    settings: Settings,
    source: Source,
    secret: str,
    *,
    at_once: bool = False,
    actor: str = "cli",
) -> None:
    """Change the secret; the old one is accepted for another 24 hours, or (`at_once`) never again.

    Raises Refused for one that cannot be the provider's.
    """
    _open(source)
    if not source.key_is_secret:
        _check_key(source.provider, secret)
    sealed = _sealed(settings, secret)
    first = awaits_key(settings, source)
    source.old_secret_sealed = None if at_once or first else source.secret_sealed
    source.old_secret_until = None if at_once or first else now() + OVERLAP
    source.secret_sealed = sealed
    session.flush()
    _note(session, source, "source.secret", actor)


def rotate(
    session: Session,
    settings: Settings,
    source: Source,
    secret: str | None = None,
    *,
    at_once: bool = False,
    new_address: bool = False,
    actor: str = "cli",
) -> tuple[str, str]:
    """A new secret, and with `new_address` a new key in the path too: (path, secret).

    The old address ends at once; the old secret is accepted for another 24 hours unless `at_once`. Where the key
    is all a delivery is known by, the address always changes. Without a `secret` one is made, which is no use to a
    provider that signs with a key of its own: Raises Refused there.
    """
    if secret is None and sources()[source.provider].makes_secret and not source.key_is_secret:
        raise Refused("This provider signs with a key of its own: give the new one as the secret.")
    secret = secret or new_secret(source.provider)
    set_secret(session, settings, source, secret, at_once=at_once, actor=actor)
    if new_address or source.key_is_secret:
        source.nonce = tokens.new_nonce()
        source.key_hash = tokens.fingerprint(_key(settings, source))
        session.flush()
        _note(session, source, "source.address", actor)
    return source_path(settings, source), secret


def pause(session: Session, source: Source, *, actor: str = "cli") -> None:
    """The address answers "not found" until the source is resumed; providers deliver again for some days."""
    _open(source)
    source.active = False
    session.flush()
    _note(session, source, "source.pause", actor)


def resume(session: Session, source: Source, *, actor: str = "cli") -> None:
    """A paused source takes deliveries again."""
    _open(source)
    source.active = True
    session.flush()
    _note(session, source, "source.resume", actor)


def close(session: Session, settings: Settings, source: Source, *, actor: str = "cli") -> None:
    """The source never takes anything again; its secrets are forgotten, what it brought stays."""
    _open(source)
    source.active, source.closed_at = False, now()
    source.secret_sealed = _sealed(settings, new_secret())
    source.old_secret_sealed = source.old_secret_until = None
    session.flush()
    _note(session, source, "source.close", actor)


def state_of(source: Source) -> str:
    """ "active", "paused" or "closed"."""
    if source.closed_at is not None:
        return "closed"
    return "active" if source.active else "paused"


def _open(source: Source) -> None:
    if source.closed_at is not None:
        raise NotFound(_NO_SOURCE)


def _note(session: Session, source: Source, verb: str, actor: str) -> None:
    _audit(session, source, session.get_one(Workspace, source.workspace_id), verb, actor)


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
