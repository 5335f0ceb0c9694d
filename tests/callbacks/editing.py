"""One person with one view open in the editor, and the views both agencies have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from dashapp.db.reports import StoredView, ViewRevision
from dashapp.db.tenants import Agency, Workspace
from dashapp.views import store
from dashapp.views.editing import collection
from dashapp.views.schema import parse_view
from dashapp.views.store import shipped_view

HARBOUR = "/w/harbour-coffee/analytics"


@dataclass
class Views:
    """Harbour's own board, North's template, Charlie's board in Colossus."""

    board: int
    template: int
    charlies: int


@pytest.fixture
def views(running: Any, world: Any) -> Views:
    with running.session() as session:
        harbour = session.get_one(Workspace, world.ids["harbour"])
        colossus = session.get_one(Workspace, world.ids["colossus"])
        board = collection.create_view(session, harbour, "Board", "alice@north.example", shipped_view())
        template = store.ensure_default_view(session, session.get_one(Agency, world.ids["north"]))
        theirs = collection.create_view(session, colossus, "ZZZ", "charlie@south.example", shipped_view())
        return Views(board.id, template.id, theirs.id)


class Editing:
    """One person with one view open: what the browser would hold and send."""

    def __init__(self, call: Any, who: Any, view_id: int, path: str = HARBOUR, search: str = "") -> None:
        self.call, self.who, self.view_id, self.path, self.search = call, who, view_id, path, search
        page = call(who, "url", path, f"{search or '?'}&view={view_id}&edit=1").json["response"]["page"]
        stores = [c["props"] for c in page["children"]["props"]["children"] if c["type"] == "Store"]
        model = next(one["data"] for one in stores if one["id"] == "editor-model")
        self.view, self.base, self.marks = model["view"], model["base"], model["marks"]

    def tile(self, name: str) -> dict[str, Any]:
        return next(tile for tile in self.view["tiles"] if tile["id"] == name)

    def ask(self, op: str, **more: Any) -> Any:
        data = {"op": op, "n": 1, "view_id": self.view_id, **more}
        return self.call(self.who, "editor-ask", data, self.path, self.search)

    def act(self, op: str, **more: Any) -> Any:
        data = {"op": op, "n": 1, "view_id": self.view_id, **more}
        return self.call(self.who, "editor-act", data, self.path, self.search)

    def save(self) -> dict[str, Any]:
        done = self.act("save", base=self.base, view=self.view).json["response"]["editor-acted"]["data"]
        self.view, self.base, self.marks = done["view"], done["base"], done["marks"]
        return done

    def publish(self, **more: Any) -> dict[str, Any]:
        sent = {"base": self.base, "view": self.view, "note": "", "stage": None, **more}
        return self.act("publish", **sent).json["response"]["editor-acted"]["data"]


def stored(running: Any, view_id: int) -> dict[str, Any]:
    with running.reading() as session:
        view = parse_view(session.get_one(StoredView, view_id).body)
    return {tile.id: tile for tile in view.tiles}


def revisions(running: Any) -> int:
    with running.reading() as session:
        return len(list(session.scalars(select(ViewRevision))))


def titles(call: Any, who: Any, path: str, view: int) -> str:
    return str(call(who, "url", path, f"?view={view}").json["response"]["page"])
