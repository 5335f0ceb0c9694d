"""What a page shows to the team alone: names of people, and the tasks due today; what it is complete to."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from dashapp.access.policy import allowed
from dashapp.access.viewer import Viewer
from dashapp.crm import tasks
from dashapp.crm.tasks import Desk
from dashapp.crm.team import team_of
from dashapp.db.tenants import Workspace
from dashapp.tiles.base import Page
from dashapp.views.schema import View
from data.scope import Scope


def desk_of(viewer: Viewer, workspace: Workspace, scope: Scope) -> Desk | None:
    """Whose tasks the viewer works with here; None for who has none."""
    if not allowed(viewer, "task.work", workspace.managing_agency_id, workspace.id):
        return None
    return Desk(workspace, viewer.actor, scope.user)


def team_page(
    session: Session, viewer: Viewer, workspace: Workspace, scope: Scope, page: Page, view: View
) -> Page:
    """The page with what only the team sees: people's names, and today's tasks where the view shows them."""
    if not allowed(viewer, "events.read", workspace.managing_agency_id, workspace.id):
        return page
    desk = desk_of(viewer, workspace, scope)
    due = None
    if desk is not None and any(tile.type == "tasks_due" for tile in view.tiles):
        due = tuple(tasks.due_today(session, desk, page.filters.user))
    return replace(
        page,
        people=True,
        team=team_of(session, workspace),
        tasks=due,
        tasks_at=f"/w/{workspace.slug}/tasks",
        contacts_at=contacts_at(viewer, workspace),
    )


def contacts_at(viewer: Viewer, workspace: Workspace) -> str | None:
    """Where the workspace's contacts are; None for who may not see them."""
    may = allowed(viewer, "contact.read", workspace.managing_agency_id, workspace.id)
    return f"/w/{workspace.slug}/contacts" if may else None
