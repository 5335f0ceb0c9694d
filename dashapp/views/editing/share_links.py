"""The share links that show a view, for who is about to delete it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.orm import Session

from dashapp.access.standing import standing
from dashapp.access.workspaces import managed_by
from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.shares import ShareView
from dashapp.db.tenants import Agency, Workspace
from dashapp.views.store import default_view_id, default_view_ids


@dataclass(frozen=True, slots=True)
class ShareLink:
    """An open or paused share link, for those who manage it; never its token."""

    id: int
    workspace: str
    workspace_id: int
    state: str
    opens: int
    opened_at: datetime | None
    name: str = ""


def links_showing(session: Session, stored: StoredView) -> list[ShareLink]:
    """The share links through which this view is seen: those of it, and those of "the default view" now it."""
    tabs = select(ShareView.share_id).where(ShareView.view_id == stored.id)
    tabbed = set(session.scalars(tabs))
    rows = session.execute(
        select(Share, Workspace)
        .join(Workspace, Workspace.id == Share.workspace_id)
        .where(
            shows(stored),
            standing(Share),
            Share.state != "revoked",
            or_(Share.expires_at.is_(None), Share.expires_at > now()),
            Share.shows_views,
            or_(Share.view_id == stored.id, Share.view_id.is_(None), Share.id.in_(tabs)),
        )
        .order_by(Workspace.name, Share.id)
    ).all()
    defaults = _default_ids(session, stored)
    return [
        ShareLink(
            share.id, workspace.name, workspace.id, share.state, share.opens, share.opened_at, share.name
        )
        for share, workspace in rows
        if share.view_id == stored.id
        or share.id in tabbed
        or (share.view_id is None and defaults.get(workspace.id) == stored.id)
    ]


def shows(stored: StoredView) -> ColumnElement[bool]:
    """The workspaces that can show a view: its own, or all its agency manages."""
    if stored.agency_id is None:
        return Workspace.id == stored.workspace_id
    return managed_by(stored.agency_id)


def _default_ids(session: Session, stored: StoredView) -> Mapping[int, int | None]:
    if stored.agency_id is not None:
        return default_view_ids(session, session.get_one(Agency, stored.agency_id))
    assert stored.workspace_id is not None
    workspace = session.get_one(Workspace, stored.workspace_id)
    return {workspace.id: default_view_id(session, workspace)}
