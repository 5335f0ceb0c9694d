"""The columns of a list that a person chose to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy.orm import Session

from dashapp.access.viewer import Member, Viewer
from dashapp.db.contacts import CustomField, ListColumns
from dashapp.db.tenants import Workspace


def with_fields(labels: Mapping[str, str], fields: Iterable[CustomField]) -> dict[str, str]:
    """Column → label: those every workspace has, then the workspace's own, "f.<key>"."""
    return {**labels, **{f"f.{one.key}": one.label for one in fields}}


def chosen(
    session: Session,
    viewer: Viewer,
    workspace: Workspace,
    listing: str,
    labels: Mapping[str, str],
    first: Iterable[str],
) -> list[str]:
    """The viewer's columns in the list's order, `first` where they chose none; its first column always."""
    kept = None
    if isinstance(viewer, Member):
        kept = session.get(ListColumns, (viewer.user_id, workspace.id, listing))
    wanted = {next(iter(labels)), *(kept.columns if kept else first)}
    return [name for name in labels if name in wanted]
