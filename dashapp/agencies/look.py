"""Whose name and colour a person sees: their agency's where all they belong to is managed by one, else ours."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session, undefer

from dashapp.access.viewer import Member, Viewer
from dashapp.db.tenants import Agency

#: The product's own name; nobody with a look of their agency's reads it.
PRODUCT = "Vitrine"


@dataclass(frozen=True, slots=True)
class Look:
    """An agency's name, colour and logo (a data URL, "" without one)."""

    slug: str
    name: str
    brand: str
    logo: str = ""

    @property
    def login(self) -> str:
        """The address of its own log-in."""
        return f"/a/{self.slug}/login"


def agency_of(viewer: Viewer) -> int | None:
    """The agency whose look somebody has: they have no role in any agency, and it manages all their workspaces."""
    if not isinstance(viewer, Member) or viewer.agency_roles or not viewer.workspace_roles:
        return None
    if viewer.workspace_roles.keys() - viewer.workspace_agencies.keys():
        return None
    agencies = set(viewer.workspace_agencies.values())
    return agencies.pop() if len(agencies) == 1 else None


def look_of(session: Session, viewer: Viewer) -> Look | None:
    """The look of somebody who has logged in; None: the product's own."""
    agency_id = agency_of(viewer)
    return None if agency_id is None else _look(session, Agency.id == agency_id)


def look_at(session: Session, slug: str) -> Look | None:
    """The look of an agency by its slug; None where there is none."""
    return _look(session, Agency.slug == slug) if slug and len(slug) <= 60 and slug.isprintable() else None


def only_workspace(viewer: Viewer) -> int | None:
    """The one workspace of somebody with a look of their agency's, who needs no list of workspaces."""
    if agency_of(viewer) is None or not isinstance(viewer, Member) or len(viewer.workspace_roles) != 1:
        return None
    return next(iter(viewer.workspace_roles))


def _look(session: Session, where: object) -> Look | None:
    rows = select(Agency).options(undefer(Agency.logo)).where(where)  # type: ignore[arg-type]
    agency = session.scalars(rows).one_or_none()
    if agency is None:
        return None
    logo = "" if agency.logo is None else f"data:image/png;base64,{b64encode(agency.logo).decode()}"
    return Look(agency.slug, agency.name, agency.brand, logo)
