"""Reports as PDF: what is printed, how its pages are filled, and that printing looks at nothing outside."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import update

from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Busy
from dashapp.reports.paper import press
from dashapp.reports.paper.columns import Block, Cell, Column, Row, rows_of
from dashapp.sharing.campaign_keys import campaign_key
from tests.portal.filled import filled, text_of
from tests.support.portal_house import House


def test_the_pdf_says_what_the_page_says(house: House, guest: FlaskClient) -> None:
    path = filled(house)
    page = guest.get(path).text
    assert 'href="report.pdf?period=28&amp;lang=en"' in page
    said = "\n".join(text_of(guest.get(path + "report.pdf")))
    for shown in ("Harbour Coffee", "North", "Prepared by North", "Europe/Madrid", "Data complete to"):
        assert shown in said
    assert re.search(r"1 / \d", said)
    values = re.findall(r'<span class="num">([^<]+)</span>', page)
    assert values[0] == "12"
    flat = re.sub(r"\s", "", said)
    for value in values:
        assert re.sub(r"\s", "", value) in flat, value
    assert "900" not in said
    assert "ZZZ" not in said


def test_the_pdf_in_french_and_for_other_days(house: House, guest: FlaskClient) -> None:
    path = filled(house)
    answer = guest.get(path + "report.pdf?lang=fr&period=7")
    said = "\n".join(text_of(answer))
    assert "Préparé par North" in said
    assert "E-mails envoyés" in said
    assert "Prepared by" not in said
    assert re.search(
        r'filename="harbour-coffee-report-\d{4}-\d\d-\d\d\.pdf"', answer.headers["Content-Disposition"]
    )


def test_a_report_without_an_event_says_so(house: House, guest: FlaskClient) -> None:
    said = "\n".join(text_of(guest.get(house.share(house.pine)[1] + "report.pdf")))
    assert "No data yet" in said
    assert "Figures appear here with the first e-mail sent." in said


@contextmanager
def sink() -> Iterator[tuple[str, list[str]]]:
    """A server that notes whoever comes."""
    hits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            hits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", hits
    finally:
        server.shutdown()
        server.server_close()


def test_names_are_printed_as_text_and_fetch_nothing(house: House, guest: FlaskClient) -> None:
    with sink() as (address, hits):
        name = f"<img src={address}/w.png>"
        path = filled(house, campaign="<link rel=attachment href=file:///etc/passwd>")
        with house.services.session() as session:
            session.execute(update(Workspace).where(Workspace.id == house.harbour.id).values(name=name))
            session.execute(
                update(Agency).where(Agency.slug == "north").values(name="<script>alert(1)</script>")
            )
        said = re.sub(r"\s", "", "".join(text_of(guest.get(path + "report.pdf"))))
    assert hits == []
    assert re.sub(r"\s", "", name) in said
    assert "<linkrel=attachmenthref=file:///etc/passwd>" in said
    assert "<script>alert(1)</script>" in said
    assert "root:" not in said


def test_the_renderer_fetches_nothing_even_if_told_to() -> None:
    """Past every escape: a document of the attacker's own. No connection, no file, no attachment."""
    with sink() as (address, hits):
        evil = (
            f'<img src="{address}/a.png"><img src="file:///etc/passwd"><object data="{address}/b"></object>'
            f'<link rel="stylesheet" href="{address}/c.css"><link rel="attachment" href="file:///etc/passwd">'
            f"<style>@import url({address}/d.css);p{{background:url({address}/e.png)}}</style>"
            f'<svg xmlns="http://www.w3.org/2000/svg"><image href="{address}/f.png"/></svg>'
            f'<p style="background:url({address}/g.png)">still here</p><a rel="attachment" href="{address}/h">x</a>'
        )
        job = {
            "kind": "pdf",
            "html": evil,
            "css": f"@import url({address}/i.css);",
            "assets": {},
            "colours": {},
        }
        made = press.run(job)
    assert hits == []
    with pypdfium2.PdfDocument(made) as document:
        assert document.count_attachments() == 0
        assert "still here" in document[0].get_textpage().get_text_bounded()


def test_a_document_that_takes_too_long_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(press, "BY_THE_CLOCK", 2)
    html = "<table>" + "<tr><td>x<td>y" * 40_000 + "</table>"
    job = {"kind": "pdf", "html": html, "css": "", "assets": {}, "colours": {}}
    with pytest.raises(Busy):
        press.run(job, seconds=2)


@pytest.mark.parametrize("gone", ["weasyprint", "pypdfium2"])
def test_what_is_not_installed_is_told(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch, gone: str
) -> None:
    monkeypatch.setattr(press, "_START", f"import sys;sys.modules[{gone!r}]=None;{press._START}")
    _, path = house.share(house.harbour)
    answer = guest.get(path + "report.pdf")
    assert answer.status_code == 503
    assert "Reports cannot be printed on this server yet." in answer.text
    assert "apt-get install libpango-1.0-0" in answer.text
    assert guest.get(path + "tiles/sent.csv").status_code == 200
    with pytest.raises(press.Unavailable):
        press.ready()


def test_doctor_can_ask_what_the_press_is_made_of() -> None:
    assert re.match(r"WeasyPrint \d+", press.ready())


def test_a_campaigns_report_on_paper_says_what_its_page_says(house: House, guest: FlaskClient) -> None:
    house.send(house.harbour, "w", 7, "Winter")
    path = filled(house)
    share_id = 1
    file = f"{path}campaigns/{campaign_key('Autumn')}/report.pdf"
    assert f'href="{campaign_key("Autumn")}/report.pdf' in guest.get(file.removesuffix("/report.pdf")).text
    said = " ".join(text_of(guest.get(file)))
    for words in ("Harbour Coffee", "Autumn", "Recipients", "12 of 12", "Steps and variations", "Filters"):
        assert words in said
    assert "Winter" not in said
    assert "ZZZ" not in said
    for values in ({"downloads": False}, {"campaigns": ["Winter"]}, {"shows_campaigns": False}):
        house.set_share(share_id, **{"downloads": True, "campaigns": None, "shows_campaigns": True, **values})
        gone = guest.get(file)
        assert (gone.status_code, gone.data) == (404, guest.get(f"/p/{'x' * 43}/").data), values


def test_a_document_is_tagged_and_its_pages_are_filled(house: House, guest: FlaskClient) -> None:
    """Programs that read aloud find headings and tables; the last page of the shipped view is no remainder."""
    answer = guest.get(filled(house) + "report.pdf")
    with pypdfium2.PdfDocument(answer.data) as document:
        assert document.is_tagged()
        pages = []
        for page in document:
            lowest = min(thing.get_bounds()[1] for thing in page.get_objects() if thing.get_bounds()[1] > 45)
            pages.append((page.get_height() - lowest) / page.get_height())
    assert len(pages) == 2
    assert min(pages) > 0.75


def test_rows_are_cut_where_no_tile_crosses() -> None:
    """A wide chart beside two stacked figures; below it what is too narrow for paper, one a line."""
    blocks = [
        Block(0, "trend", 0, 0, 8, 4),
        Block(1, "kpi", 8, 0, 4, 2),
        Block(2, "kpi", 8, 2, 4, 2),
        Block(3, "cohort", 0, 4, 6, 4),
        Block(4, "kpi", 6, 4, 6, 4),
    ]
    first, second, third = rows_of(blocks, 130)
    assert first.parts[0] == Cell(0, 80)
    assert first.parts[1] == Column(40, (Row((Cell(1, 40),)), Row((Cell(2, 40),))))
    assert (second, third) == (Row((Cell(3, 130),)), Row((Cell(4, 130),)))


def test_what_cannot_be_cut_flows() -> None:
    """Four tiles around a fifth: no line goes through."""
    wheel = [
        Block(0, "note", 0, 0, 8, 4),
        Block(1, "note", 8, 0, 4, 8),
        Block(2, "note", 4, 8, 8, 4),
        Block(3, "note", 0, 4, 4, 8),
        Block(4, "note", 4, 4, 4, 4),
    ]
    keys = [cell.key for row in rows_of(wheel, 120) for cell in row.parts if isinstance(cell, Cell)]
    assert keys == [0, 1, 3, 4, 2]
