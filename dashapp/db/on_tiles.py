"""What people attach to tiles: alerts on a figure, questions of clients, notes on days."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, Date, ForeignKey, Index, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column, relationship

import dashapp.db.shares  # noqa: F401  (its tables are referred to)
from dashapp.db.base import Base, UtcDateTime, now
from dashapp.db.reports import Share
from dashapp.db.tenants import Workspace
from data.lake.tables import BigId


class TileAlert(Base):
    """A figure of a workspace and the limit it is watched for.

    `measure`: the figure as it was on the tile (`dashapp/alerts/measure.py`); a tile that is changed later leaves
    the alert as it is. `view_id` and `tile_id`: where it stood, for the way back. `limit_value`: a share (0.05 is
    5 %) or a count. `link_id`: an agency's people made it through this link, and it works only while that is
    managing; null: the workspace's own people did. `seen_*` and `verdict`: what the last check found.
    `look_at`: when it is checked though no figure changed (the local day ends, a snooze is over).
    """

    __tablename__ = "tile_alert"
    __table_args__ = (Index("ix_tile_alert_active_look_at", "active", "look_at"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("agency_link.id"), index=True)
    view_id: Mapped[int | None]
    tile_id: Mapped[str] = mapped_column(String(40), default="")
    name: Mapped[str] = mapped_column(String(120))
    measure: Mapped[dict[str, Any]] = mapped_column(JSON)
    kind: Mapped[str] = mapped_column(String(10))
    limit_value: Mapped[float]
    least: Mapped[int] = mapped_column(default=0)
    recipients: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(5), default="en")
    active: Mapped[bool] = mapped_column(default=True)
    removed: Mapped[bool] = mapped_column(default=False, server_default=false())
    snoozed_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    verdict: Mapped[str] = mapped_column(String(20), default="")
    seen_value: Mapped[float | None]
    seen_n: Mapped[int | None]
    seen_base: Mapped[int | None]
    seen_before: Mapped[float | None]
    seen_days: Mapped[str] = mapped_column(String(30), default="")
    checked_version: Mapped[int] = mapped_column(default=-1)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    look_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    workspace: Mapped[Workspace] = relationship()


class AlertCrossing(Base):
    """The figure went beyond the limit at `began_at` and came back at `ended_at`; it is told once (`told_at`)."""

    __tablename__ = "alert_crossing"
    __table_args__ = (Index("ix_alert_crossing_alert_id_began_at", "alert_id", "began_at"),)
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    alert_id: Mapped[int] = mapped_column(ForeignKey("tile_alert.id"))
    began_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    value: Mapped[float]
    n: Mapped[int | None]
    base: Mapped[int | None]
    before: Mapped[float | None]
    days: Mapped[str] = mapped_column(String(30), default="")
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    told: Mapped[int] = mapped_column(default=0)
    acknowledged_by: Mapped[str] = mapped_column(String(254), default="")
    acknowledged_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


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


class Annotation(Base):
    """A note on one day or several, both included. `for_clients`: portals show it, too; else the team alone does.

    `campaign`: it is about this one; null: about the workspace. `link_id`: an agency's people made it through this
    link, and it is shown only while that is managing; null: the workspace's own people did.
    """

    __tablename__ = "annotation"
    id: Mapped[int] = mapped_column(primary_key=True)
    workspace_id: Mapped[int] = mapped_column(ForeignKey("workspace.id"), index=True)
    link_id: Mapped[int | None] = mapped_column(ForeignKey("agency_link.id"), index=True)
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(String(280))
    campaign: Mapped[str | None] = mapped_column(String(500))
    for_clients: Mapped[bool] = mapped_column(default=False)
    revision: Mapped[int] = mapped_column(default=1)
    removed: Mapped[bool] = mapped_column(default=False, server_default=false())
    created_by: Mapped[str] = mapped_column(String(254), default="")
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)


class AnnotationChange(Base):
    """What a note said after each change, with who and when. `what`: add, edit or remove."""

    __tablename__ = "annotation_change"
    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    annotation_id: Mapped[int] = mapped_column(ForeignKey("annotation.id"), index=True)
    what: Mapped[str] = mapped_column(String(10))
    first_day: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date] = mapped_column(Date)
    text: Mapped[str] = mapped_column(String(280))
    campaign: Mapped[str | None] = mapped_column(String(500))
    for_clients: Mapped[bool]
    by: Mapped[str] = mapped_column(String(254))
    at: Mapped[datetime] = mapped_column(UtcDateTime, default=now)
