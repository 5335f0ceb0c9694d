"""What a settings page or a key is about: an agency or a workspace, as "agency:<slug>" or "workspace:<slug>"."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from dashapp.access import policy
from dashapp.access.scopes import agencies_of, agency_for, scope_for_workspace
from dashapp.access.viewer import Viewer
from dashapp.access.workspaces import named_workspaces
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound

#: Workspaces of one agency that are offered; the others are reached by their address.
MOST = 50
NO_SUCH_PLACE = "There is nothing here."


@dataclass(frozen=True)
class Choice:
    """One place a viewer may choose. `ref`: "agency:<slug>" or "workspace:<slug>"."""

    ref: str
    name: str


def place_of(session: Session, viewer: Viewer, ref: str, verb: str) -> Agency | Workspace:
    """The place a text names. Raises NotFound when the viewer may not do `verb` in it, as when there is none."""
    kind, _, slug = ref.partition(":")
    if kind == "agency" and slug:
        return agency_for(session, viewer, slug, verb)
    if kind == "workspace" and slug:
        return scope_for_workspace(session, viewer, slug, verb)[0]
    raise NotFound(NO_SUCH_PLACE)


def choices_of(session: Session, viewer: Viewer, verb: str) -> list[Choice]:
    """The agencies where the viewer may do `verb`, and the first workspaces of each where they may."""
    found = []
    for agency in (*agencies_of(session, viewer), None):  # None: what no agency manages
        if agency is not None and policy.allowed(viewer, verb, agency.id):
            found.append(Choice(f"agency:{agency.slug}", agency.name))
        found += [
            Choice(f"workspace:{one.slug}", one.name)
            for one in named_workspaces(session, viewer, agency, MOST, verb).first
        ]
    return found


def ref_of(place: Agency | Workspace) -> str:
    """How a place is named."""
    return f"{'agency' if isinstance(place, Agency) else 'workspace'}:{place.slug}"
