"""What a person chose on a page, kept for their next visit."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, Session, mapped_column

from dashapp.db.base import Base, UtcDateTime, now

#: A longer query string is not one of our controls.
LONGEST = 1000


class PageChoice(Base):
    """The controls of a workspace's analytics (period, comparison, filters) as one person left them."""

    __tablename__ = "page_choice"
    user_id: Mapped[int] = mapped_column(ForeignKey("user.id"), primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), primary_key=True)
    search: Mapped[str] = mapped_column(String(LONGEST), comment="as the address has them")
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now, onupdate=now)


def chosen(session: Session, user_id: int, workspace_id: int) -> str:
    """What the person chose there last; "" for nothing."""
    found = session.get(PageChoice, (user_id, workspace_id))
    return "" if found is None else found.search


def choose(session: Session, user_id: int, workspace_id: int, search: str) -> None:
    """Keep what the person chose. Flushes, does not commit."""
    found = session.get(PageChoice, (user_id, workspace_id))
    if found is None:
        session.add(PageChoice(user_id=user_id, workspace_id=workspace_id, search=search))
    else:
        found.search = search
    session.flush()
