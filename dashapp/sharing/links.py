"""Share links: make, show again, edit, pause, revoke; open by token; the password and its pass.

The token is a capability: who has it sees what the share shows of one workspace. It is derived
(`access/tokens.py`), only its sha256 is stored, and it never goes into a log.
"""

from __future__ import annotations

import secrets
from datetime import datetime

from sqlalchemy import Engine, or_, select, update
from sqlalchemy.orm import Session

from dashapp.access import audit, guesses, limits, passwords, tokens
from dashapp.access.scopes import managing_link
from dashapp.access.standing import share_works, standing, stands
from dashapp.config import Settings
from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.shares import OldLink, ShareViewer
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Conflict, NotFound, Refused
from dashapp.sharing import waiting
from dashapp.sharing.content import Content, apply_content, clean_share_name
from dashapp.sharing.opening import Opening
from dashapp.sharing.portal_origin import portal_origin

KIND = "share"
#: Wrong passwords of one link: in an hour from one network, in twelve hours from all of them.
PASSWORD_LIMIT = guesses.Limit("share", 11, 3_600, 50, 12 * 3_600)
MIN_SHARE_PASSWORD = 8


def create_share(
    session: Session,
    settings: Settings,
    workspace: Workspace,
    *,
    view: StoredView | None = None,
    password: str | None = None,
    expires_at: datetime | None = None,
    name: str = "",
    content: Content | None = None,
    own: bool = False,
    actor: str = "cli",
) -> tuple[Share, str, str]:
    """A new link: (share, url, token). Without a view it shows the workspace's default view.

    `own`: the workspace's own people make it, so it lives whoever manages the workspace; else it ends with the link
    of the agency that manages it now. `content`: all it shows and its rules, in place of `view`.
    Raises Refused for a view of another workspace or agency, for showing nothing, a date that is over, or a
    password under 8 characters.
    """
    if content is None:
        content = Content(views=() if view is None else (view,))
    if expires_at is not None and expires_at <= now():
        raise Refused("A link must end in the future.")
    limits.check_room(session, workspace, "links")
    link = None if own else managing_link(session, workspace.id)
    limits.check_room(session, None if link is None else link.agency, "links")
    share = Share(
        workspace_id=workspace.id,
        name=clean_share_name(name),
        link_id=None if link is None else link.id,
        nonce=tokens.new_nonce(),
        # Derived from the id, which the database gives: until then a fingerprint nobody has the token of.
        token_hash=tokens.fingerprint(tokens.random_token()),
        password_hash=None if password is None else _hashed(session, workspace, password),
        password_sealed=None if password is None else tokens.seal(settings.secret_key, password),
        expires_at=expires_at,
        created_by=actor,
    )
    session.add(share)
    session.flush()
    apply_content(session, workspace, share, content)
    token = retoken(settings, share)
    session.flush()
    note_act(session, share, "share.create", actor)
    return share, share_url(settings, share), token


def edit_share(
    session: Session,
    share: Share,
    *,
    name: str,
    content: Content,
    expires_at: datetime | None = None,
    revision: int | None = None,
    actor: str = "cli",
) -> None:
    """Change what a link shows and its rules; in force at the next request, and open passes go on.

    `revision`: the one that was edited. Raises Conflict when it was saved by somebody else since, and Refused as
    `create_share`; nothing is changed then.
    """
    alive(share)
    workspace = session.get_one(Workspace, share.workspace_id)
    if expires_at is not None and expires_at <= now() and expires_at != share.expires_at:
        raise Refused("A link must end in the future.")
    name = clean_share_name(name)
    seen = share.revision if revision is None else revision
    # Asked and counted in one statement: of two who save at once one is told.
    counted = session.connection().execute(
        update(Share)
        .where(Share.id == share.id, Share.revision == seen)
        .values(revision=seen + 1, edited_by=actor, edited_at=now())
    )
    if counted.rowcount == 0:
        raise Conflict("Somebody else saved this link while you edited it.")
    session.refresh(share)
    share.name, share.expires_at = name, expires_at
    apply_content(session, workspace, share, content)
    note_act(session, share, "share.edit", actor)


def new_password() -> str:
    """A password to be told on the telephone: 16 letters and digits nobody confuses, in groups of four."""
    letters = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(letters) for _ in range(4)) for _ in range(4))


def share_token(settings: Settings, share: Share) -> str:
    """The token, derived again."""
    return tokens.derive(settings.secret_key, KIND, share.id, share.nonce)


def share_url(settings: Settings, share: Share) -> str:
    """The address a client opens: at the agency's own name, else at VITRINE_PUBLIC_URL; never a request's Host."""
    return f"{portal_origin(settings, share)}/p/{share_token(settings, share)}/"


def shares_of(session: Session, workspace: Workspace) -> list[Share]:
    """A workspace's links that are not revoked, newest first."""
    rows = (
        select(Share)
        .where(
            Share.workspace_id == workspace.id,
            Share.state != "revoked",
            standing(Share, workspace.managing_link_id),
        )
        .order_by(Share.id.desc())
    )
    return list(session.scalars(rows))


def share_of(session: Session, workspace: Workspace, share_id: int) -> Share:
    """One link of this workspace. Raises NotFound when it is another's or revoked: for good."""
    share = session.get(Share, share_id) if type(share_id) is int and 0 < share_id < 2**31 else None
    if share is None or share.workspace_id != workspace.id or share.state == "revoked":
        raise NotFound("There is no such link.")
    if not stands(share, workspace):
        raise NotFound("There is no such link.")
    return share


def pause(session: Session, share: Share, *, actor: str = "cli") -> None:
    """The link answers 404 until it is resumed."""
    _state(session, share, "paused", "share.pause", actor)


def resume(session: Session, share: Share, *, actor: str = "cli") -> None:
    """A paused link works again."""
    _state(session, share, "active", "share.resume", actor)


def revoke(session: Session, share: Share, *, actor: str = "cli") -> None:
    """The link never works again; open pages lose it at their next request."""
    _state(session, share, "revoked", "share.revoke", actor)


def set_share_password(
    session: Session,
    share: Share,
    password: str | None,
    *,
    settings: Settings | None = None,
    actor: str = "cli",
) -> None:
    """Set, change or (None) remove the password; open passes end.

    With `settings` it is kept, encrypted, so that it can be told to the viewers; mails that wait tell the new one.
    """
    alive(share)
    workspace = session.get_one(Workspace, share.workspace_id)
    sealed = None if settings is None else share.password_sealed
    old = None if settings is None or sealed is None else tokens.unseal(settings.secret_key, sealed)
    share.password_hash = None if password is None else _hashed(session, workspace, password)
    share.password_sealed = None
    if settings is not None and password is not None:
        share.password_sealed = tokens.seal(settings.secret_key, password)
    share.version += 1
    session.flush()
    waiting.renew(session, share, old, password)
    verb = "share.password" if password is not None else "share.password.remove"
    note_act(session, share, verb, actor)


def open_share(session: Session, token: str) -> Share | None:
    """The link of a token if it works now, else None: unknown, paused, revoked, expired all look alike."""
    if not tokens.looks_like_token(token):
        return None
    fingerprint = tokens.fingerprint(token)
    of_viewer = select(ShareViewer.share_id).where(
        ShareViewer.token_hash == fingerprint, ShareViewer.state == "active"
    )
    of_old = select(OldLink.share_id).where(OldLink.token_hash == fingerprint, OldLink.ends_at > now())
    named = or_(Share.token_hash == fingerprint, Share.id.in_(of_viewer), Share.id.in_(of_old))
    share = session.scalars(select(Share).where(named)).one_or_none()
    return share if share is not None and share_works(session, share) else None


def note_opened(session: Session, share_id: int, opens: int, at: datetime) -> None:
    """Count openings, the last of them at `at` (for the list of links)."""
    session.execute(update(Share).where(Share.id == share_id).values(opens=Share.opens + opens, opened_at=at))


def try_password(
    engine: Engine, settings: Settings, share: Share | Opening, password: str, ip: str
) -> str | None:
    """The pass for a right password, None for a wrong one; TooMany at the 12th in an hour from one network."""
    guesses.count_guess(engine, PASSWORD_LIMIT, str(share.id), ip)
    if not passwords.verify(share.password_hash, password):
        return None
    guesses.was_right(engine, PASSWORD_LIMIT, str(share.id), ip)
    return share_pass(settings, share)


def share_pass(settings: Settings, share: Share | Opening) -> str:
    """What the pass cookie holds: signed {link, version}, so a new password or token ends it."""
    return tokens.sign(settings.secret_key, "share pass", f"{share.id}:{share.version}:{share.token_hash}")


def pass_opens(settings: Settings, share: Share | Opening, cookie: str | None) -> bool:
    """Whether the page may be shown: there is no password, or the cookie is this link's current pass."""
    if share.password_hash is None:
        return True
    message = f"{share.id}:{share.version}:{share.token_hash}"
    return cookie is not None and tokens.signed(settings.secret_key, "share pass", message, cookie)


def _hashed(session: Session, workspace: Workspace, password: str) -> str:
    """The hash of a link's password. It may be shorter than an account's, not weaker."""
    if not MIN_SHARE_PASSWORD <= len(password) <= passwords.MAX_LENGTH:
        raise Refused(
            "A link's password has {least} to {most} characters.",
            least=MIN_SHARE_PASSWORD,
            most=passwords.MAX_LENGTH,
        )
    link = managing_link(session, workspace.id)
    agency = None if link is None else session.get_one(Agency, link.agency_id)
    context = (workspace.name,) if agency is None else (workspace.name, agency.name)
    passwords.check(password, context, shortest=MIN_SHARE_PASSWORD)
    return passwords.hash_password(password)


def retoken(settings: Settings, share: Share) -> str:
    """The token of the share's nonce as it is now, and its fingerprint put in place."""
    token = share_token(settings, share)
    share.token_hash = tokens.fingerprint(token)
    return token


def alive(share: Share) -> None:
    """Raises NotFound for a share that was revoked."""
    if share.state == "revoked":
        raise NotFound("There is no such link.")


def _state(session: Session, share: Share, state: str, verb: str, actor: str) -> None:
    alive(share)
    share.state = state
    session.flush()
    note_act(session, share, verb, actor)


def note_act(session: Session, share: Share, verb: str, actor: str, more: str = "") -> None:
    """One entry of the audit trail about a share."""
    workspace = session.get_one(Workspace, share.workspace_id)
    audit.record(
        session,
        actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"share {share.id}: {more}" if more else f"share {share.id}",
    )
