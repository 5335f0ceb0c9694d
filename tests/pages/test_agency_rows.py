"""What an agency's list reads of every account, on both databases: numbers out of what is stored, and tags."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from dashapp.access.viewer import load_member
from dashapp.agencies import managing
from dashapp.agencies.attention import account_figures
from dashapp.agencies.attention.account_figures import Figures
from dashapp.db.tenants import Agency, AgencyLink, Workspace
from data.lake.lake import Lake
from pages.agency.rows import managed_rows, with_figures


def test_rows_have_numbers_tags_and_nothing_of_others(
    engine: Engine, lake: Lake, north: Any, south: Any
) -> None:
    kept = {
        north.harbour: Figures(leads=5, response_s=None),
        north.pine: Figures(leads=0, response_s=90, statuses={"won": 2}),
        south.colossus: Figures(leads=9_000, response_s=1),
    }
    with Session(engine) as session:
        for key, figures in kept.items():
            account_figures.keep(session, key, "1|x|0", figures)
        link = session.get_one(AgencyLink, session.get_one(Workspace, north.pine).managing_link_id)
        managing.tag(session, link, "dental", actor="alice@north.example")
        viewer = load_member(session, north.alice)
        assert viewer is not None
        rows = managed_rows(lake, session, viewer, session.get_one(Agency, north.agency))
        found = {one.workspace_id: (one.leads, one.response_s, list(one.tags)) for one in rows}
        assert found == {north.harbour: (5, None, []), north.pine: (0, 90, ["dental"])}
        assert [one.figures for one in rows] == [None, None]
        shown = with_figures(session, rows[1:])
        assert [one.figures for one in shown] == [kept[north.pine]]
