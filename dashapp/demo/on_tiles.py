"""What stands on the demo's tiles: an alert that fired and a quiet one, notes on days, and a client's question."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from dashapp.alerts import store
from dashapp.alerts.measure import measure_of
from dashapp.alerts.store import AlertSettings
from dashapp.db.base import now
from dashapp.db.on_tiles import Annotation, TileAlert, TileQuestion
from dashapp.sharing import day_notes, questions
from dashapp.sharing.day_notes import Written
from dashapp.sharing.links import share_token
from dashapp.sharing.opening import open_link
from dashapp.sharing.questions import About, Asked
from dashapp.tiles.base import Filters
from dashapp.views.phrases import tile_label
from dashapp.views.store import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from dashapp.db.reports import Share
    from dashapp.db.tenants import Workspace
    from dashapp.services import Services

#: (tile of the shipped view, its alert without recipients): the first is beyond its limit on the demo's figures.
_ALERTS: tuple[tuple[str, AlertSettings], ...] = (
    ("open", AlertSettings("below", 36, 200, (), "Opens under 36%")),
    ("sent", AlertSettings("fall", 50, 100, (), "Sending halved")),
)


def make(session: Session, workspace: Workspace, recipients: Sequence[str]) -> None:
    """Once; what somebody changed or removed since stays so."""
    _notes(session, workspace, recipients[0])
    if session.scalar(select(exists().where(TileAlert.workspace_id == workspace.id))):
        return
    stored, view = resolve(session, workspace)
    tiles = {tile.id: tile for tile in view.tiles}
    for tile_id, settings in _ALERTS:
        if tile_id not in tiles:
            continue
        placed = tiles[tile_id]
        store.create(
            session,
            workspace,
            measure_of(placed, "28", Filters()),
            AlertSettings(settings.kind, settings.limit, settings.least, recipients, settings.name),
            view_id=stored.id,
            tile_id=tile_id,
            title=tile_label(placed),
            language="en",
            own=False,
            actor=recipients[0],
        )


def _notes(session: Session, workspace: Workspace, author: str) -> None:
    if session.scalar(select(exists().where(Annotation.workspace_id == workspace.id))):
        return
    today = now().date()
    for first, last, text, for_clients in (
        (16, 14, "New sending domain warmed up", True),
        (7, 7, "Subject lines changed after the review call", False),
    ):
        written = Written(today - timedelta(days=first), today - timedelta(days=last), text, for_clients)
        day_notes.add(session, workspace, written, own=False, actor=author)


def ask(session: Session, services: Services, share: Share, email: str) -> None:
    """A question through the portal's link, once."""
    if session.scalar(select(exists().where(TileQuestion.share_id == share.id))):
        return
    session.flush()
    link = open_link(session.connection(), share_token(services.settings, share))
    if link is None:
        return
    about = About("reply", "Reply rate", None, False, "period=28&lang=en")
    asked = Asked("Why are there fewer replies than last month? Is it the new domain?", email, "Nora")
    questions.ask(session, services.settings, link, about, asked, "en")
