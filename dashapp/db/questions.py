"""Questions that clients ask about a tile of a portal, and what was written back and forth."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

import dashapp.db.shares  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now
from dashapp.db.reports import Share
from data.lake.tables import BigId


class TileQuestion(Base):
    """A thread about one tile of one share, begun by whoever had the link.

    `viewer_id` null: they came by the share's own link. `asked_hash`: the fingerprint of the token they came by; a
    mail names no other address. The thread's own token, in the mail that brings the answer, is derived from the id
    and `nonce`; only its sha256 is stored. `for_all`: everybody with this share reads it, without name and address
    of who asked. `waits`: the client wrote last. `period`: the query of the page it was asked on.
    """

    __tablename__ = "tile_question"
    __table_args__ = (Index("ix_tile_question_share_id_tile_id", "share_id", "tile_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    share_id: Mapped[int] = mapped_column(ForeignKey("share.id"))
    viewer_id: Mapped[int | None] = mapped_column(ForeignKey("share_viewer.id"))
    asked_hash: Mapped[str] = mapped_column(String(64))
    nonce: Mapped[str] = mapped_column(String(32))
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    view_id: Mapped[int | None]
    tab: Mapped[bool] = mapped_column(default=False)
    tile_id: Mapped[str] = mapped_column(String(40))
    tile_title: Mapped[str] = mapped_column(String(120))
    period: Mapped[str] = mapped_column(String(200), default="")
    name: Mapped[str] = mapped_column(String(80), default="")
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(5), default="en")
    for_all: Mapped[bool] = mapped_column(default=False)
    waits: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    share: Mapped[Share] = relationship()


class QuestionMessage(Base):
    """One message of a thread. `author`: the e-mail of who of the team answered; empty for the client's own."""

    __tablename__ = "question_message"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    question_id: Mapped[int] = mapped_column(ForeignKey("tile_question.id"), index=True)
    by_client: Mapped[bool]
    author: Mapped[str] = mapped_column(String(254), default="")
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
