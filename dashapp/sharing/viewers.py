"""The people a share is sent to: each has a link of their own, needs no account, and can be barred alone."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, object_session

from dashapp.access import audit, tokens
from dashapp.access.standing import standing
from dashapp.config import Settings
from dashapp.db.contacts import Contact
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import AgencyMember, User, Workspace, WorkspaceMember
from dashapp.errors import NotFound, Refused
from dashapp.mail_server import one_address
from dashapp.sharing.portal_origin import portal_origin
from data.lake.erased import erased_among

KIND = "share viewer"
#: Viewers one share may have, barred ones among them.
MOST_VIEWERS = 200
#: Suggestions offered in the field.
MOST_SUGGESTED = 200
_BETWEEN = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """Addresses as they were typed or pasted: the good ones once each, in order, and what is none."""

    good: tuple[str, ...]
    wrong: tuple[str, ...]


def parse_addresses(typed: Iterable[str]) -> Parsed:
    """Addresses out of text with spaces, commas, semicolons, line breaks or "Name <address>"."""
    good: dict[str, None] = {}
    wrong: dict[str, None] = {}
    for text in typed:
        named = re.findall(r"<([^<>]*)>", text)
        for part in named or _BETWEEN.split(text):
            address = part.strip().lower()
            if address:
                (good if one_address(address) else wrong)[address] = None
    return Parsed(tuple(good), tuple(wrong))


def add_viewers(
    session: Session, settings: Settings, share: Share, addresses: Sequence[str], *, actor: str = "cli"
) -> list[ShareViewer]:
    """Those of `addresses` that were no viewers yet, each with a link of their own; a barred one is let in again.

    Raises Refused, before anything is written, for what is no address, whom the workspace erased, or more than
    200 viewers.
    """
    parsed = parse_addresses(addresses)
    if parsed.wrong:
        raise Refused("{name} is not an e-mail address.", name=parsed.wrong[0][:60])
    known = {one.email: one for one in viewers_of(session, share)}
    new = [address for address in parsed.good if address not in known]
    refuse_erased(session, share.workspace_id, new)
    if len(known) + len(new) > MOST_VIEWERS:
        raise Refused("A link has at most {most} viewers.", most=MOST_VIEWERS)
    added = [one for email, one in known.items() if email in parsed.good and one.state == "barred"]
    for one in added:
        one.state = "active"
    for address in new:
        viewer = ShareViewer(
            share_id=share.id,
            email=address,
            nonce=tokens.new_nonce(),
            # Derived from the id, which the database gives: until then a fingerprint nobody has the token of.
            token_hash=tokens.fingerprint(tokens.random_token()),
            created_by=actor,
        )
        session.add(viewer)
        session.flush()
        viewer.token_hash = tokens.fingerprint(viewer_token(settings, viewer))
        added.append(viewer)
    session.flush()
    for viewer in added:
        _audit(session, share, "share.viewer.add", viewer, actor)
    return added


def refuse_erased(session: Session, workspace_id: int, addresses: Sequence[str]) -> None:
    """Raises Refused for somebody who was erased in the workspace: they get no more mails."""
    erased = erased_among(session.connection(), workspace_id, addresses)
    if erased:
        raise Refused("{name} was erased in this workspace and gets no mails.", name=erased[0][:60])


def bar_viewer(session: Session, share: Share, viewer_id: int, *, actor: str = "cli") -> ShareViewer:
    """Their link ends at the next request; everybody else's goes on. Raises NotFound."""
    viewer = viewer_of(session, share, viewer_id)
    viewer.state = "barred"
    session.flush()
    _audit(session, share, "share.viewer.bar", viewer, actor)
    return viewer


def admit_viewer(session: Session, share: Share, viewer_id: int, *, actor: str = "cli") -> ShareViewer:
    """A barred viewer's link works again. Raises NotFound."""
    viewer = viewer_of(session, share, viewer_id)
    viewer.state = "active"
    session.flush()
    _audit(session, share, "share.viewer.admit", viewer, actor)
    return viewer


def viewers_of(session: Session, share: Share) -> list[ShareViewer]:
    """A share's viewers in the order they were added, barred ones among them."""
    rows = select(ShareViewer).where(ShareViewer.share_id == share.id).order_by(ShareViewer.id)
    return list(session.scalars(rows))


def viewer_of(session: Session, share: Share, viewer_id: int) -> ShareViewer:
    """One viewer of this share. Raises NotFound for any other."""
    plausible = type(viewer_id) is int and 0 < viewer_id < 2**31
    viewer = session.get(ShareViewer, viewer_id) if plausible else None
    if viewer is None or viewer.share_id != share.id:
        raise NotFound("There is no such viewer.")
    return viewer


def viewer_token(settings: Settings, viewer: ShareViewer) -> str:
    """Their token, derived again."""
    return tokens.derive(settings.secret_key, KIND, viewer.id, viewer.nonce)


def viewer_url(settings: Settings, viewer: ShareViewer) -> str:
    """Their own address of the share."""
    session = object_session(viewer)
    share = None if session is None else session.get(Share, viewer.share_id)
    base = settings.public_url if share is None else portal_origin(settings, share)
    return f"{base}/p/{viewer_token(settings, viewer)}/"


def suggested_addresses(session: Session, workspace: Workspace) -> list[str]:
    """Whom one may want to send a share to: earlier viewers, the people of the workspace, then its contacts."""
    people = (
        select(User.email)
        .join(WorkspaceMember, WorkspaceMember.user_id == User.id)
        .where(WorkspaceMember.workspace_id == workspace.id, User.active)
    )
    team = (
        select(User.email)
        .join(AgencyMember, AgencyMember.user_id == User.id)
        .where(AgencyMember.agency_id == workspace.managing_agency_id, User.active)
    )
    earlier = (
        select(ShareViewer.email)
        .join(Share, Share.id == ShareViewer.share_id)
        .where(
            Share.workspace_id == workspace.id,
            # Whom an agency that no longer manages it wrote to is not told to the one that does.
            standing(Share, workspace.managing_link_id),
        )
        .group_by(ShareViewer.email)
        .order_by(func.max(ShareViewer.id).desc())
    )
    contacts = (
        select(Contact.email)
        .where(Contact.workspace_id == workspace.id, Contact.email.is_not(None), Contact.deleted_at.is_(None))
        .order_by(Contact.last_activity_at.desc())
    )
    found = [
        email
        for rows in (earlier, people, team, contacts)
        for email in session.scalars(rows.limit(MOST_SUGGESTED))
        if email
    ]
    return list(dict.fromkeys(found))[:MOST_SUGGESTED]


def note_viewer_opened(session: Session, viewer_id: int, opens: int, at: datetime) -> None:
    """Count openings of one viewer, the last of them at `at`."""
    session.execute(
        update(ShareViewer)
        .where(ShareViewer.id == viewer_id)
        .values(opens=ShareViewer.opens + opens, opened_at=at)
    )


def _audit(session: Session, share: Share, verb: str, viewer: ShareViewer, actor: str) -> None:
    workspace = session.get_one(Workspace, share.workspace_id)
    audit.record(
        session,
        actor,
        verb,
        agency_id=workspace.managing_agency_id,
        workspace_id=workspace.id,
        detail=f"share {share.id}: {viewer.email}",
    )
