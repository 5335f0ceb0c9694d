"""Which views a client's own account sees: those the agency gives out, not those it works on."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.shares import ShareView
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound
from dashapp.views import store
from dashapp.views.store import NO_VIEW, Shown


def given_views(session: Session, workspace: Workspace) -> frozenset[int]:
    """The view the workspace shows by default, and those that its working links show."""
    works = (
        Share.workspace_id == workspace.id,
        Share.state == "active",
        or_(Share.expires_at.is_(None), Share.expires_at > now()),
        # A link that is narrowed gives out a part of its figures; a client's account would see all of them.
        Share.campaigns.is_(None),
        Share.since.is_(None),
    )
    first = select(Share.view_id).where(*works, Share.view_id.is_not(None))
    further = select(ShareView.view_id).join(Share, Share.id == ShareView.share_id).where(*works)
    found = {view_id for rows in (first, further) for view_id in session.scalars(rows) if view_id is not None}
    default = store.default_view_id(session, workspace)
    return frozenset(found if default is None else found | {default})


def list_given(session: Session, workspace: Workspace) -> list[StoredView]:
    """As `store.list_views`, for a client."""
    given = given_views(session, workspace)
    return [view for view in store.list_views(session, workspace) if view.id in given]


def shown_given(session: Session, workspace: Workspace, view_id: int | None) -> Shown:
    """As `store.shown`, for a client: a view that is not given out is NotFound, as one that is not there."""
    if view_id is not None and view_id not in given_views(session, workspace):
        raise NotFound(NO_VIEW)
    return store.shown(session, workspace, view_id)
