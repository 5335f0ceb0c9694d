"""Workspaces that an agency manages, made without anybody who asked or granted."""

from __future__ import annotations

from dashapp.db.tenants import MANAGING, Agency, AgencyLink, Workspace


def manage(agency: Agency, *workspaces: Workspace) -> None:
    """Let `agency` manage these rows; whoever adds them to a session adds the links, too."""
    for workspace in workspaces:
        workspace.links.append(AgencyLink(agency=agency, state=MANAGING, account_name=workspace.name))


def managed(agency_id: int, **columns: object) -> Workspace:
    """A workspace of these columns that the agency manages."""
    return Workspace(**columns, links=[AgencyLink(agency_id=agency_id, state=MANAGING)])
