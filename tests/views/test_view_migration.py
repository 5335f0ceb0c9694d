"""A house with views from before drafts and history: what is published becomes the first of its history."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from dashapp.db import migrate
from dashapp.db.engine import make_engine
from dashapp.db.reports import StoredView
from dashapp.db.tenants import Agency
from dashapp.views.editing import drafts as editing
from dashapp.views.schema import parse_view

OLD = (Path(__file__).parent / "samples" / "v1.json").read_text()


@pytest.mark.parametrize("where", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_an_old_view_has_a_history_and_can_be_edited(
    request: pytest.FixtureRequest, where: str, tmp_path: Path
) -> None:
    url = f"sqlite:///{tmp_path / 'old.db'}" if where == "sqlite" else request.getfixturevalue("postgres_url")
    engine = make_engine(url)
    migrate.upgrade(engine, "0001")
    with engine.begin() as connection:
        connection.execute(
            text(
                "INSERT INTO agency (slug, name, brand, created_at)"
                " VALUES ('north', 'North', '#0f766e', '2026-10-01 08:00:00+00:00')"
            )
        )
        connection.execute(
            text(
                "INSERT INTO view (agency_id, slug, name, body, is_default, version, updated_at, updated_by)"
                " SELECT id, 'overview', 'Outreach overview', :body, true, 3, '2026-10-02 09:00:00+00:00', 'alice'"
                " FROM agency"
            ),
            {"body": OLD},
        )
    migrate.upgrade(engine)
    with Session(engine) as session:
        stored, agency = session.query(StoredView).one(), session.query(Agency).one()
        found = editing.target(session, agency, stored.id)
        (only,) = editing.history(session, found)
        assert (only.version, only.by, only.at.isoformat()) == (3, "alice", "2026-10-02T09:00:00+00:00")
        opened = editing.open_editing(session, found)
        assert (opened.view, opened.has_draft) == (parse_view(OLD), False)
        less = opened.view.model_copy(update={"tiles": opened.view.tiles[:2]})
        assert editing.publish(session, found, opened.base, "bob", less).version == 4
        assert [one.version for one in editing.history(session, found)] == [4, 3]
        assert editing.restore(session, found, 3, "bob") == 5
        assert editing.open_editing(session, found).view == parse_view(OLD)
    engine.dispose()
