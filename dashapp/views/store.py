"""Where views are kept, and which one a workspace shows: its own, else its agency's template."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.views.schema import View, dump_view, parse_view

SHIPPED = Path(__file__).parent / "shipped"
DEFAULT_SLUG = "overview"


def shipped_view(name: str = "default") -> View:
    """A view that comes with the program."""
    return parse_view((SHIPPED / f"{name}.json").read_text())


def ensure_default_view(session: Session, agency: Agency) -> StoredView:
    """The agency's default template, made from the shipped one when it has none. Flushes, does not commit."""
    found = _default_of(session, agency.id)
    if found is None:
        view = shipped_view()
        found = StoredView(
            agency_id=agency.id, slug=DEFAULT_SLUG, name=view.name, body=dump_view(view), is_default=True
        )
        session.add(found)
        session.flush()
    return found


def resolve(session: Session, workspace: Workspace, view_id: int | None = None) -> tuple[StoredView, View]:
    """The view to show: `view_id` when it is this workspace's or its agency's, else the default.

    Order of defaults: the workspace's own, the agency's, the shipped one (unsaved: id None, version 0).
    Raises NotFound for another's or an unknown view.
    """
    if view_id is not None:
        stored = session.get(StoredView, view_id)
        if stored is None or not _belongs(stored, workspace):
            raise NotFound("There is no such view.")
        return stored, parse_view(stored.body)
    agency_id = workspace.agency_id
    stored = _default_of(session, agency_id, workspace.id) or _default_of(session, agency_id)
    if stored is None:
        view = shipped_view()
        body = dump_view(view)
        unsaved = StoredView(
            agency_id=workspace.agency_id, slug=DEFAULT_SLUG, name=view.name, body=body, version=0
        )
        return unsaved, view
    return stored, parse_view(stored.body)


def list_views(session: Session, workspace: Workspace) -> list[StoredView]:
    """The views a workspace can show: its own and its agency's templates, defaults first, then by name."""
    return list(
        session.scalars(
            select(StoredView)
            .where(
                StoredView.agency_id == workspace.agency_id,
                or_(StoredView.workspace_id == workspace.id, StoredView.workspace_id.is_(None)),
            )
            .order_by(StoredView.is_default.desc(), StoredView.name, StoredView.id)
        )
    )


def _belongs(stored: StoredView, workspace: Workspace) -> bool:
    return stored.agency_id == workspace.agency_id and stored.workspace_id in {None, workspace.id}


def _default_of(session: Session, agency_id: int, workspace_id: int | None = None) -> StoredView | None:
    return session.scalars(
        select(StoredView)
        .where(
            StoredView.agency_id == agency_id,
            StoredView.workspace_id == workspace_id,
            StoredView.is_default.is_(True),
        )
        .order_by(StoredView.id)
        .limit(1)
    ).first()
