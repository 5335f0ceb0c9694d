"""Whether a mail about a share may still go when its turn comes: it may have waited for hours."""

from __future__ import annotations

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from dashapp.access.scopes import WITHOUT_SECRETS
from dashapp.access.standing import share_works
from dashapp.db.reports import Share
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import AgencyMember, User, Workspace, WorkspaceMember
from dashapp.mail.posting import Post
from dashapp.sharing.waiting import KEY, NEWER

ENDED: Final = "The link was paused, revoked or had ended before the mail was sent."
BARRED: Final = "The viewer was barred from the link before the mail was sent."
LEFT: Final = "Who it goes to no longer has access to the workspace."


def why_not(session: Session, post: Post) -> str:
    """Why the mail of a viewer (dashapp/ui/share_mails.py) may not go; "" when it may."""
    found = KEY.match(post.key)
    viewer = viewer_of(session, int(found[1])) if found else None
    if found is None or viewer is None:
        return BARRED
    if why := ended(session, viewer.share_id) or barred(viewer):
        return why
    version = session.scalar(select(Share.version).where(Share.id == viewer.share_id))
    return NEWER if found[3] is not None and int(found[3]) != version else ""


def ended(session: Session, share_id: int) -> str:
    """`ENDED` for a share that shows nothing any more, else ""."""
    share = session.get(Share, share_id, populate_existing=True, options=WITHOUT_SECRETS)
    workspace = None if share is None else session.get(Workspace, share.workspace_id, populate_existing=True)
    works = share is not None and workspace is not None and workspace.enabled and share_works(session, share)
    return "" if works else ENDED


def viewer_of(session: Session, viewer_id: int) -> ShareViewer | None:
    """A viewer as they are now, without what opens their link: a worker's role may not read it."""
    options = [defer(ShareViewer.token_hash)]
    return session.get(ShareViewer, viewer_id, populate_existing=True, options=options)


def barred(viewer: ShareViewer | None) -> str:
    """`BARRED` for a viewer who is gone or barred, else ""."""
    return "" if viewer is not None and viewer.state == "active" else BARRED


def works_there(session: Session, workspace: Workspace, email: str) -> bool | None:
    """Whether the account of an address is open and has a role in the workspace or in the agency that manages it;
    None for an address without an account. Asks only what a worker's role may read."""
    user = session.execute(select(User.id, User.active).where(User.email == email)).one_or_none()
    if user is None:
        return None
    own = select(WorkspaceMember.user_id).where(
        WorkspaceMember.user_id == user.id, WorkspaceMember.workspace_id == workspace.id
    )
    agencys = select(AgencyMember.user_id).where(
        AgencyMember.user_id == user.id, AgencyMember.agency_id == workspace.managing_agency_id
    )
    return bool(user.active) and session.execute(own.union_all(agencys)).first() is not None
