"""The demo's alerts: one that has fired, one that is quiet, on tiles of the shown client's default view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import exists, select

from dashapp.alerts import store
from dashapp.alerts.measure import measure_of
from dashapp.alerts.store import Wish
from dashapp.db.on_tiles import TileAlert
from dashapp.tiles.base import Filters
from dashapp.views.phrases import tile_label
from dashapp.views.store import resolve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy.orm import Session

    from dashapp.db.tenants import Workspace

#: (tile of the shipped view, its wish without recipients): the first one is beyond its limit on the demo's figures.
_WISHES: tuple[tuple[str, Wish], ...] = (
    ("open", Wish("below", 36, 200, (), "Opens under 36%")),
    ("sent", Wish("fall", 50, 100, (), "Sending halved")),
)


def make(session: Session, workspace: Workspace, recipients: Sequence[str]) -> None:
    """Once; what somebody changed or removed since stays so."""
    if session.scalar(select(exists().where(TileAlert.workspace_id == workspace.id))):
        return
    stored, view = resolve(session, workspace)
    tiles = {tile.id: tile for tile in view.tiles}
    for tile_id, wish in _WISHES:
        if tile_id not in tiles:
            continue
        placed = tiles[tile_id]
        store.create(
            session,
            workspace,
            measure_of(placed, "28", Filters()),
            Wish(wish.kind, wish.limit, wish.least, recipients, wish.name),
            view_id=stored.id,
            tile_id=tile_id,
            title=tile_label(placed),
            language="en",
            own=False,
            actor="demo",
        )
