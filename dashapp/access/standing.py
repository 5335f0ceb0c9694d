"""What an agency's people make in an account they manage, and how long it stands.

A share, an alert or a note on a day keeps the link it was made through (`link_id`; null: the workspace's own people
made it), and stands only while the agency manages the workspace through that very link.
"""

from __future__ import annotations

from typing import Any, Protocol

from sqlalchemy import ColumnElement, ScalarSelect, or_, select
from sqlalchemy.orm import Session

from dashapp.db.base import now
from dashapp.db.reports import Share
from dashapp.db.tenants import MANAGING, AgencyLink, Workspace


class Made(Protocol):
    """A row with a `link_id`."""

    @property
    def link_id(self) -> Any:
        """The link it was made through."""


def standing(made: type[Any], managing_link_id: Any = Workspace.managing_link_id) -> ColumnElement[bool]:
    """The condition on rows of `made`; `managing_link_id`: of the workspace, as a number or in SQL."""
    return or_(made.link_id.is_(None), made.link_id == managing_link_id)


def stands(made: Made, workspace: Workspace) -> bool:
    """The same of one row."""
    return made.link_id is None or made.link_id == workspace.managing_link_id


def managing_link_id(workspace_id: int) -> ScalarSelect[int]:
    """In SQL: the link by which an agency manages a workspace now, null where none does."""
    link = select(AgencyLink.id).where(AgencyLink.workspace_id == workspace_id, AgencyLink.state == MANAGING)
    return link.scalar_subquery()


def share_works(session: Session, row: Share) -> bool:
    """Whether a link is active, not past its date, and the agency link it was made through, if any, stands."""
    if not is_open(row):
        return False
    if row.link_id is None:
        return True
    through = session.get(AgencyLink, row.link_id, populate_existing=True)
    return through is not None and through.state == MANAGING and through.workspace_id == row.workspace_id


def is_open(row: Share) -> bool:
    """Whether a link is active and not past its date."""
    return row.state == "active" and (row.expires_at is None or row.expires_at > now())
