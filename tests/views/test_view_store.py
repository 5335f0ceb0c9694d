"""Which view a workspace shows: its own, else its agency's, else the shipped one. Never another's."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import NotFound
from dashapp.views.schema import View, dump_view
from dashapp.views.store import ensure_default_view, list_views, resolve, shipped_view


def stored(agency_id: int, workspace_id: int | None, name: str, *, default: bool = False) -> StoredView:
    return StoredView(
        agency_id=agency_id,
        workspace_id=workspace_id,
        slug=name.lower(),
        name=name,
        body=dump_view(View(name=name, tiles=[])),
        is_default=default,
    )


def test_the_default_view_is_made_once(engine: Engine, north: Any) -> None:
    with Session(engine) as session:
        agency = session.get_one(Agency, north.agency)
        first = ensure_default_view(session, agency)
        assert ensure_default_view(session, agency) is first
        assert first.name == "Outreach overview"


def test_own_default_before_the_agencys_before_the_shipped(engine: Engine, north: Any) -> None:
    with Session(engine) as session:
        harbour, pine = session.get_one(Workspace, north.harbour), session.get_one(Workspace, north.pine)
        assert resolve(session, harbour)[1] == shipped_view()
        session.add(stored(north.agency, None, "Template", default=True))
        session.flush()
        assert resolve(session, harbour)[1].name == "Template"
        session.add(stored(north.agency, north.harbour, "Own", default=True))
        session.flush()
        assert resolve(session, harbour)[1].name == "Own"
        assert resolve(session, pine)[1].name == "Template"


def test_anothers_view_is_not_there(engine: Engine, north: Any, south: Any) -> None:
    with Session(engine) as session:
        theirs, pines = stored(south.agency, None, "Theirs"), stored(north.agency, north.pine, "Pine's")
        session.add_all([theirs, pines])
        session.flush()
        harbour = session.get_one(Workspace, north.harbour)
        for view_id in (theirs.id, pines.id, 999):
            with pytest.raises(NotFound):
                resolve(session, harbour, view_id)
        assert resolve(session, session.get_one(Workspace, north.pine), pines.id)[1].name == "Pine's"


def test_the_list_has_own_views_and_templates(engine: Engine, north: Any, south: Any) -> None:
    with Session(engine) as session:
        session.add_all(
            [
                stored(north.agency, None, "B template", default=True),
                stored(north.agency, north.harbour, "A own"),
                stored(north.agency, north.pine, "Pine's"),
                stored(south.agency, None, "Theirs"),
            ]
        )
        session.flush()
        names = [v.name for v in list_views(session, session.get_one(Workspace, north.harbour))]
        assert names == ["B template", "A own"]
