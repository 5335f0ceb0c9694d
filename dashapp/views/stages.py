"""Which workspaces already see a template's newest version, while it is rolled out in stages."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import Field
from sqlalchemy import select
from sqlalchemy.orm import Session

from dashapp.access.workspaces import managed_by
from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.errors import NotFound, Refused
from dashapp.views.revisions import body_of_version
from dashapp.views.schema import Strict, View, parse_view


class Rollout(Strict):
    """`workspaces` see the newest version, all others `previous`."""

    previous: int = Field(ge=1)
    workspaces: list[int]


def rollout_of(stored: StoredView) -> Rollout | None:
    """The running rollout of a template; None when everyone sees the newest version."""
    return Rollout.model_validate_json(stored.rollout) if stored.rollout else None


def rollout_to(
    session: Session, stored: StoredView, previous: int, workspace_ids: Iterable[int]
) -> Rollout | None:
    """The rollout that shows the newest version to these workspaces; None when they are all of the agency.

    Raises NotFound for a workspace of another agency, Refused for none at all.
    """
    assert stored.agency_id is not None, "only an agency's template is rolled out"
    everyone = set(session.scalars(select(Workspace.id).where(managed_by(stored.agency_id))))
    chosen = set(workspace_ids)
    if not chosen <= everyone:
        raise NotFound("There is no such workspace.")
    if not chosen:
        raise Refused("Choose at least one workspace to begin with.")
    return None if chosen == everyone else Rollout(previous=previous, workspaces=sorted(chosen))


def version_for(stored: StoredView, workspace_id: int) -> int:
    """The version of a template that this workspace sees."""
    rollout = rollout_of(stored)
    if rollout is None or workspace_id in rollout.workspaces:
        return stored.version
    return rollout.previous


def template_for(session: Session, stored: StoredView, workspace_id: int) -> tuple[View, int]:
    """(template, version) as this workspace sees it now."""
    body, version = template_body_for(session, stored, workspace_id)
    return parse_view(body), version


def template_body_for(session: Session, stored: StoredView, workspace_id: int) -> tuple[str, int]:
    """As `template_for`, the template as it is stored."""
    version = version_for(stored, workspace_id)
    body = body_of_version(session, stored, version)
    if body is None:  # cannot be: versions are never removed while their view is there
        return stored.body, stored.version
    return body, version
