"""Workspaces as lists of them need them: those an agency manages, the first ones by name, the closed ones.

What may be read of one is its Scope, which scopes.py alone makes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from dashapp.access import policy
from dashapp.access.viewer import Member, Viewer
from dashapp.db.tenants import MANAGING, Agency, AgencyLink, Workspace


class WorkspaceSummary(NamedTuple):
    """A workspace as a list of thousands reads it: no row that could be changed, and a tenth of what one costs."""

    id: int
    slug: str
    name: str
    timezone: str


def managed_by(agency_id: int) -> ColumnElement[bool]:
    """The condition on Workspace that the agency manages it now."""
    theirs = select(AgencyLink.workspace_id).where(
        AgencyLink.agency_id == agency_id, AgencyLink.state == MANAGING
    )
    return Workspace.id.in_(theirs)


def workspaces_of(session: Session, agency_id: int) -> Sequence[Workspace]:
    """Every workspace the agency manages now, by name, disabled ones, too: for what concerns all of them."""
    return session.scalars(
        select(Workspace).where(managed_by(agency_id)).order_by(Workspace.name, Workspace.id)
    ).all()


def places(session: Session, which: ColumnElement[bool]) -> list[WorkspaceSummary]:
    """The enabled workspaces of a condition, by name."""
    rows = session.execute(
        select(Workspace.id, Workspace.slug, Workspace.name, Workspace.timezone)
        .where(which, Workspace.enabled.is_(True))
        .order_by(Workspace.name, Workspace.id)
    )
    return [WorkspaceSummary(*row) for row in rows]


def closed_to(session: Session, viewer: Viewer) -> list[Workspace]:
    """The disabled workspaces that the viewer may enable again, by name."""
    if not isinstance(viewer, Member):
        return []
    theirs = [Workspace.id.in_(viewer.workspace_roles), *(managed_by(key) for key in viewer.agency_roles)]
    rows = select(Workspace).where(Workspace.enabled.is_(False), or_(*theirs))
    return [
        row
        for row in session.scalars(rows.order_by(Workspace.name, Workspace.id))
        if policy.allowed(viewer, "workspace.enable", row.managing_agency_id, row.id)
    ]


@dataclass(frozen=True, slots=True)
class Named:
    """A workspace as lists show it: no row that could be changed, and a tenth of what one costs."""

    id: int
    agency_id: int | None
    slug: str
    name: str


@dataclass(frozen=True, slots=True)
class Names:
    """The first workspaces of an agency by name, of those the viewer may see, and how many these are in all."""

    first: list[Named]
    count: int


def named_workspaces(
    session: Session, viewer: Viewer, agency: Agency | None, most: int, verb: str = "workspace.read"
) -> Names:
    """The first `most` enabled workspaces `agency` manages (None: nobody does) where the viewer may do `verb`.

    Every page of the desk asks: its cost does not follow the number of workspaces.
    """
    if not isinstance(viewer, Member):
        return Names([], 0)
    agency_id = None if agency is None else agency.id
    theirs: ColumnElement[bool] = Workspace.enabled.is_(True)
    if agency_id is not None:
        theirs &= managed_by(agency_id)
    if not policy.allowed(viewer, verb, agency_id):
        named = {*viewer.workspace_roles, *(key for other, key in viewer.given if other == agency_id)}
        if agency_id is None:
            named -= viewer.workspace_agencies.keys()
        ids = sorted(key for key in named if policy.allowed(viewer, verb, agency_id, key))
        if not ids:
            return Names([], 0)
        theirs &= Workspace.id.in_(ids)
    rows = session.execute(
        select(Workspace.id, Workspace.slug, Workspace.name)
        .where(theirs)
        .order_by(Workspace.name, Workspace.id)
        .limit(most)
    )
    first = [Named(key, agency_id, slug, name) for key, slug, name in rows]
    if len(first) < most:
        return Names(first, len(first))
    return Names(first, session.scalars(select(func.count()).where(theirs)).one())
