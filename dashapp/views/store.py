"""Where views are kept, and which one a workspace shows: its own, else its agency's template, resolved live."""

from __future__ import annotations

import logging
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from sqlalchemy import ColumnElement, Select, and_, or_, select
from sqlalchemy.orm import Session

from dashapp.access.workspaces import managed_by
from dashapp.db.once import once, read_before
from dashapp.db.reports import StoredView, ViewOverride
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views.overrides import Override, parse_override
from dashapp.views.resolve import Problem, Resolved, unchanged
from dashapp.views.resolve import resolve as resolve_override
from dashapp.views.schema import View, dump_view, parse_view
from dashapp.views.stages import template_body_for

log = logging.getLogger(__name__)
SHIPPED = Path(__file__).parent / "shipped"
DEFAULT_SLUG = "overview"
#: Starts for an empty view, beside which one can begin with nothing.
STARTERS = ("default", "replies", "reach")
#: What was resolved last is kept by its text: pages are drawn far more often than views are changed.
_KEPT = 256
NO_VIEW = "There is no such view."

#: A view, and what the workspace changes in it.
Found = tuple[StoredView, ViewOverride | None]

#: Defaults first, then by name.
_ORDER = (StoredView.is_default.desc(), StoredView.name, StoredView.id)


@dataclass(frozen=True, slots=True)
class Starter:
    """A view that comes with the program, to begin with."""

    key: str
    view: View


@dataclass(frozen=True, slots=True)
class Shown:
    """What a workspace shows of a view, and the versions it is made of (`override_version` 0: none)."""

    stored: StoredView
    resolved: Resolved
    template_version: int
    override_version: int = 0


def shipped_view(name: str = "default") -> View:
    """A view that comes with the program."""
    return parse_view((SHIPPED / f"{name}.json").read_text())


def starters() -> list[Starter]:
    """Three good starts for an empty view."""
    return [Starter(key, shipped_view(key)) for key in STARTERS]


def ensure_default_view(session: Session, agency: Agency) -> StoredView:
    """The agency's default template, made from the shipped one when it has none. Flushes, does not commit."""
    found = session.scalars(
        select(StoredView)
        .where(
            StoredView.agency_id == agency.id,
            StoredView.workspace_id.is_(None),
            StoredView.is_default.is_(True),
        )
        .order_by(StoredView.id)
        .limit(1)
    ).first()
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

    Order of defaults: the workspace's own, the template it starred, the agency's, the shipped one (unsaved: id
    None, version 0). A template comes as this workspace sees it: its stage of a rollout, its override. Raises
    NotFound for another's or an unknown view.
    """
    found = shown(session, workspace, view_id)
    return found.stored, found.resolved.view


def shown(session: Session, workspace: Workspace, view_id: int | None = None) -> Shown:
    """As `resolve`, with whose doing each tile is and what of the override is not used."""
    found = _find(session, workspace, view_id)
    if found is None:
        view = shipped_view()
        unsaved = StoredView(
            workspace_id=workspace.id, slug=DEFAULT_SLUG, name=view.name, body=dump_view(view), version=0
        )
        return Shown(unsaved, unchanged(view), 0)
    stored, row = found
    if stored.workspace_id is not None:
        return Shown(stored, _own(stored.body), stored.version)
    template, version = template_body_for(session, stored, workspace.id)
    if row is None or row.version == 0:
        return Shown(stored, _under(template, None), version)
    return Shown(stored, _under(template, row.body), version, row.version)


def resolved_text(template: View, body: str) -> Resolved:
    """A template under a stored override; one that cannot be read is reported, and the template shown."""
    try:
        override = parse_override(body)
    except Refused:
        log.exception("an override of the template %r cannot be read", template.name)
        plain = resolve_override(template, Override())
        return Resolved(plain.view, plain.tiles, problems=(Problem("unreadable"),), locked=template.locked)
    return resolve_override(template, override)


def list_views(session: Session, workspace: Workspace) -> list[StoredView]:
    """The views a workspace can show: its own and its agency's templates, defaults first, then by name."""
    return [stored for stored, _ in _reached(session, workspace)]


def list_templates(session: Session, agency: Agency) -> list[StoredView]:
    """The agency's templates, the starred one first, then by name."""
    mine = and_(StoredView.agency_id == agency.id, StoredView.workspace_id.is_(None))
    return list(session.scalars(select(StoredView).where(mine).order_by(*_ORDER)))


def default_view_id(session: Session, workspace: Workspace) -> int | None:
    """The view a workspace shows when none is asked for; None: the shipped one, as the agency has none."""
    found = _find(session, workspace, None)
    return None if found is None else found[0].id


def default_view_ids(session: Session, agency: Agency) -> Mapping[int, int | None]:
    """{workspace id: the view it shows by default} of a whole agency, in three queries."""
    theirs = select(Workspace.id).where(managed_by(agency.id))
    everyone = session.scalars(theirs)
    rows = session.execute(
        select(StoredView.id, StoredView.workspace_id)
        .where(
            or_(StoredView.agency_id == agency.id, StoredView.workspace_id.in_(theirs)),
            StoredView.is_default.is_(True),
        )
        .order_by(StoredView.id.desc())
    ).all()
    agencys = next((row.id for row in reversed(rows) if row.workspace_id is None), None)
    starred = session.execute(
        select(ViewOverride.workspace_id, ViewOverride.view_id)
        .join(StoredView, StoredView.id == ViewOverride.view_id)
        .where(
            StoredView.agency_id == agency.id,
            ViewOverride.is_default.is_(True),
            ViewOverride.workspace_id.in_(theirs),
        )
    ).all()
    found: dict[int, int | None] = dict.fromkeys(everyone, agencys)
    found |= {row.workspace_id: row.view_id for row in starred}
    found |= {row.workspace_id: row.id for row in rows if row.workspace_id is not None}
    return found


def override_row(session: Session, workspace_id: int, view_id: int) -> ViewOverride | None:
    """What a workspace keeps about a template; None when it never touched it."""
    return session.scalars(
        select(ViewOverride).where(ViewOverride.workspace_id == workspace_id, ViewOverride.view_id == view_id)
    ).one_or_none()


@lru_cache(maxsize=_KEPT)
def _own(body: str) -> Resolved:
    return unchanged(parse_view(body))


@lru_cache(maxsize=_KEPT)
def _under(template: str, override: str | None) -> Resolved:
    if override is None:
        return resolve_override(parse_view(template), Override())
    return resolved_text(parse_view(template), override)


def _find(session: Session, workspace: Workspace, view_id: int | None) -> Found | None:
    """The view and this workspace's override of it, in one query; None when no view is the default."""
    return once(session, ("view", workspace.id, view_id), lambda: _find_anew(session, workspace, view_id))


def _find_anew(session: Session, workspace: Workspace, view_id: int | None) -> Found | None:
    if view_id is not None and (type(view_id) is not int or not 0 < view_id < 2**31):
        raise NotFound(NO_VIEW)
    rows = read_before(session, _views_of(workspace))
    if rows is None:
        starred = or_(StoredView.is_default.is_(True), ViewOverride.is_default.is_(True))
        wanted = starred if view_id is None else StoredView.id == view_id
        rows = _rows(session, _reach(workspace).where(wanted))
    if view_id is None:
        starring = [row for row in rows if row[0].is_default or (row[1] is not None and row[1].is_default)]
        return min(starring, key=lambda row: (_rank(row), row[0].id), default=None)
    row = next((row for row in rows if row[0].id == view_id), None)
    if row is None:
        raise NotFound(NO_VIEW)
    return row


def _reached(session: Session, workspace: Workspace) -> list[Found]:
    """All the views a workspace can show, with its overrides."""
    return once(session, _views_of(workspace), lambda: _rows(session, _reach(workspace).order_by(*_ORDER)))


def _views_of(workspace: Workspace) -> Hashable:
    return "views", workspace.id


def _reach(workspace: Workspace) -> Select[StoredView, ViewOverride]:
    overridden = and_(ViewOverride.view_id == StoredView.id, ViewOverride.workspace_id == workspace.id)
    return select(StoredView, ViewOverride).outerjoin(ViewOverride, overridden).where(_in_reach(workspace))


def _rows(session: Session, query: Select[StoredView, ViewOverride]) -> list[Found]:
    return [(row[0], row[1]) for row in session.execute(query)]


def _rank(row: Found) -> int:
    stored, override = row
    if stored.workspace_id is not None:
        return 0
    return 1 if override is not None and override.is_default else 2


def _in_reach(workspace: Workspace) -> ColumnElement[bool]:
    own = StoredView.workspace_id == workspace.id
    if workspace.managing_agency_id is None:
        return own
    templates = and_(StoredView.agency_id == workspace.managing_agency_id, StoredView.workspace_id.is_(None))
    return or_(own, templates)
