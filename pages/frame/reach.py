"""What a viewer sees of a workspace: everything as a team member, or what the agency gives its client.

A client's account sees the views that were given to it, and no list of the senders: their addresses are the
agency's. What is hidden cannot be requested by address either.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.views import given, store
from dashapp.views.store import Shown

#: Breakdowns that name the people who send.
PEOPLE = frozenset({"user", "sender"})


def is_team(viewer: Viewer, workspace: Workspace) -> bool:
    """Whether the viewer works on this workspace."""
    return allowed(viewer, "team.read", workspace.managing_agency_id, workspace.id)


def shown_view(session: Session, viewer: Viewer, workspace: Workspace, view_id: int | None) -> Shown:
    """A view of the workspace, without an id its default one. NotFound for what the viewer does not see."""
    if is_team(viewer, workspace):
        return store.shown(session, workspace, view_id)
    return given.shown_given(session, workspace, view_id)


def views_of(session: Session, viewer: Viewer, workspace: Workspace) -> list[StoredView]:
    """The views the viewer may choose from."""
    if is_team(viewer, workspace):
        return store.list_views(session, workspace)
    return given.list_given(session, workspace)


def search_within(viewer: Viewer, workspace: Workspace, search: Mapping[str, str]) -> Mapping[str, str]:
    """An address's query without what the viewer cannot choose: the filter by a person of the team, and figures
    broken down by the people who send.
    """
    by_people = search.get("by") in PEOPLE
    if not ("user" in search or by_people) or is_team(viewer, workspace):
        return search
    return {
        name: value for name, value in search.items() if name != "user" and not (name == "by" and by_people)
    }
