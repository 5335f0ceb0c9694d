"""A report as an Excel workbook: what stands in it, that nothing in it runs, and whose it is."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import pytest
from flask.testing import FlaskClient
from openpyxl import load_workbook

from dashapp.db.reports import StoredView
from dashapp.db.tenants import Workspace
from dashapp.sharing import links
from dashapp.sharing.content import Content
from dashapp.tiles.base import page_for
from dashapp.tiles.workbook import MIMETYPE, workbook
from dashapp.views.schema import Placed, View, dump_view
from data.building import refresh_on_view
from tests.support.portal_house import House

FORMULA = '=HYPERLINK("https://evil.example";"x")'
TILES = [
    Placed(id="sent", type="kpi", x=0, y=0, w=3, h=2, title="Sent", options={"metric": "sent"}),
    Placed(id="note", type="note", x=3, y=0, w=3, h=2, options={"text": "No figures here"}),
    Placed(id="camps", type="campaigns", x=0, y=2, w=6, h=4, title="Sent", options={}),
    Placed(
        id="open",
        type="breakdown",
        x=0,
        y=6,
        w=6,
        h=4,
        title="Opens: a/b?",
        options={"data_type": "open", "by": "campaign"},
    ),
]


def a_share(house: House, workspace: Workspace, **content: Any) -> str:
    with house.services.session() as session:
        room = session.get_one(Workspace, workspace.id)
        view = StoredView(
            workspace_id=room.id, slug="board", name="Board", body=dump_view(View(name="Board", tiles=TILES))
        )
        session.add(view)
        session.flush()
        _, _, token = links.create_share(
            session, house.settings, room, content=Content(views=[view], **content)
        )
    return f"/p/{token}/report.xlsx"


def opened(answer: Any) -> Any:
    assert answer.status_code == 200
    assert answer.content_type == MIMETYPE
    assert "attachment" in answer.headers["Content-Disposition"]
    return load_workbook(io.BytesIO(answer.data))


def test_a_report_is_an_index_and_a_sheet_for_each_tile_with_figures(
    house: House, guest: FlaskClient
) -> None:
    house.send(house.harbour, "a", 12, "Autumn")
    house.send(house.harbour, "b", 4, FORMULA)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    book = opened(guest.get(a_share(house, house.harbour) + "?period=28"))
    assert book.sheetnames == ["Index", "Sent", "Sent 2", "Opens  a b"]

    index = {row[0].value: row[1].value for row in book["Index"].iter_rows(max_row=8, max_col=2)}
    assert (index["Workspace"], index["View"], index["Prepared by"]) == ("Harbour Coffee", "Board", "North")
    assert index["Time zone"] == "Europe/Madrid"
    assert "Data complete to" in index["Figures"]
    told = [row for row in book["Index"].iter_rows(values_only=True) if row[0] == "Opens  a b"]
    assert told[0][1] == "Opens: a/b?"
    assert "Formula" in told[0][2]

    sheet = book["Opens  a b"]
    heads = [cell.value for cell in sheet[1]]
    rows = {row[heads.index("Group")].value: row for row in sheet.iter_rows(min_row=2)}
    rate = rows["Autumn"][heads.index("Rate")]
    assert (rows["Autumn"][heads.index("Counted")].value, rows["Autumn"][heads.index("Out of")].value) == (
        12,
        12,
    )
    assert (rate.value, rate.number_format) == (1, "0.0%")
    # What looks like a formula is a text, and stays as it was written.
    assert rows[FORMULA][heads.index("Group")].data_type == "s"
    for one in book.worksheets:
        assert all(cell.data_type != "f" for row in one.iter_rows() for cell in row), one.title


def test_a_workbook_is_narrowed_and_refused_as_the_report_is(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "a", 3, "Autumn")
    house.send(house.harbour, "b", 5, "Canary-Secret")
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    narrow = opened(guest.get(a_share(house, house.harbour, campaigns=["Autumn"])))
    said = [cell for sheet in narrow.worksheets for row in sheet.iter_rows(values_only=True) for cell in row]
    assert "Canary-Secret" not in str(said)
    assert 8 not in said
    assert guest.get(a_share(house, house.pine, downloads=False)).status_code == 404
    assert guest.get(a_share(house, house.colossus, shows_views=False)).status_code == 404
    assert guest.get("/p/" + "x" * 43 + "/report.xlsx").status_code == 404


@pytest.mark.parametrize("name", ["Index", "x" * 60, "'", "[]:*?/\\"])
def test_any_title_makes_a_sheet_excel_takes_and_a_failed_tile_is_named(name: str) -> None:
    tiles = [Placed(id="a", type="kpi", x=0, y=0, w=3, h=2, title=name, options={"metric": "sent"})] * 2
    at = datetime(2026, 11, 20, 12, tzinfo=UTC)
    page = page_for("Harbour", "UTC", at)

    def fails(_asked: Any) -> Any:
        raise RuntimeError("no figures")

    def empty(asked: Any) -> Any:
        return {key: {"name": query.name, "total": 3, "days": []} for key, query in asked.items()}

    broken = load_workbook(io.BytesIO(workbook(View(name="V", tiles=[]), page, fails, [])))
    assert broken.sheetnames == ["Index"]
    found = load_workbook(io.BytesIO(workbook(_Tiles(tiles), page, fails, [("Head", "=1+1")])))
    assert found.sheetnames == ["Index"]
    cells = [str(cell.value) for row in found["Index"].iter_rows() for cell in row]
    assert cells.count("Could not load this tile.") == 2
    made = load_workbook(io.BytesIO(workbook(_Tiles(tiles), page, empty, [])))
    assert len({title.lower() for title in made.sheetnames}) == len(made.sheetnames) == 3
    assert all(1 <= len(title) <= 31 for title in made.sheetnames)


class _Tiles:
    def __init__(self, tiles: Any) -> None:
        self.tiles = tiles
