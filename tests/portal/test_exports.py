"""What can be taken away from a report: PDF, CSV, PNG; by the page's rules, without a look outside."""

from __future__ import annotations

import csv
import io
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import escape, unescape
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pypdfium2
import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update
from werkzeug.test import TestResponse

from dashapp.db.base import now
from dashapp.db.reports import StoredView
from dashapp.db.security import AuditEntry
from dashapp.db.tenants import Agency, Workspace
from dashapp.errors import Busy
from dashapp.reports.paper import press
from dashapp.reports.paper.columns import Block, Cell, Column, Row, rows_of
from dashapp.seats import PAPER
from dashapp.sharing.campaign_keys import campaign_key
from dashapp.ui.brand import brand_vars
from dashapp.views.schema import Placed, View, dump_view
from data.building import refresh_on_view
from data.query import ask as query
from tests.support.portal_house import House

FILES = ("report.pdf", "tiles/sent.csv", "tiles/sent.png")


def text_of(answer: TestResponse) -> list[str]:
    """The text of each page of a PDF."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "application/pdf"
    with pypdfium2.PdfDocument(answer.data) as document:
        assert document.count_attachments() == 0
        return [page.get_textpage().get_text_bounded() for page in document]


def filled(house: House, count: int = 12, campaign: str = "Autumn") -> str:
    """The path of a link to Harbour, whose e-mails are sent and folded in; Charlie's Colossus has 900."""
    house.send(house.harbour, "h", count, campaign)
    house.send(house.colossus, "c", 900, "ZZZ-CAMPAIGN")
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    return house.share(house.harbour)[1]


def no_press(*_: Any, **__: Any) -> bytes:
    raise AssertionError("nothing is printed for what is kept")


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


@pytest.mark.parametrize("file", FILES)
def test_a_link_that_is_closed_has_no_files(house: House, guest: FlaskClient, file: str) -> None:
    """Unknown, paused, revoked, expired, a password or none: the bytes of the page that is not there."""
    nothing = guest.get(f"/p/{'x' * 43}/")
    for values in (
        {"state": "paused"},
        {"state": "revoked"},
        {"expires_at": now() - timedelta(days=1)},
    ):
        for options in ({}, {"password": "correct horse"}):
            share_id, path = house.share(house.harbour, **options)
            house.set_share(share_id, **values)
            answer = guest.get(path + file)
            assert (answer.status_code, answer.data) == (404, nothing.data), values
    assert guest.get(f"/p/{'x' * 43}/{file}").data == nothing.data


def test_the_password_opens_the_files_too(house: House, guest: FlaskClient) -> None:
    _, path = house.share(house.harbour, password="correct horse")
    guest.post(path + "unlock", data={"password": "correct horse"})
    assert guest.get(path + "tiles/sent.csv").status_code == 200


@pytest.mark.parametrize("file", [*FILES, "report.pdf?period=90&lang=fr", "tiles/nowhere.csv"])
def test_before_the_password_a_file_asks_for_it_and_then_comes(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch, file: str
) -> None:
    """A client opens the PDF of a mail: the password, then the PDF, also after a slip."""
    monkeypatch.setattr(press, "run", lambda job: b"%PDF-")
    _, path = house.share(house.harbour, password="correct horse")
    before = guest.get(path + file)
    assert (before.status_code, before.headers["Cache-Control"]) == (303, "no-store")
    form = guest.get(before.headers["Location"])
    assert form.status_code == 200
    assert 'type="password"' in form.text
    kept = unescape(re.search(r'name="file" value="([^"]*)"', form.text).group(1))  # type: ignore[union-attr]
    assert kept == file
    wrong = guest.post(path + "unlock", data={"password": "wrong horse", "file": kept})
    assert wrong.status_code == 403
    assert f'value="{escape(file)}"' in wrong.text
    right = guest.post(path + "unlock", data={"password": "correct horse", "file": kept})
    assert (right.status_code, right.headers["Location"]) == (303, path + file)
    assert guest.get(path + file).status_code == (404 if "nowhere" in file else 200)


@pytest.mark.parametrize(
    "said",
    [
        "https://evil.example/",
        "//evil.example",
        "../../w/harbour-coffee/analytics",
        "report.pdf/../../..",
        "report.pdf\r\nSet-Cookie: a=b",
        "tiles/a.exe",
        "unlock",
        "report.pdf?next=https://evil.example",
        "",
    ],
)
def test_the_password_leads_nowhere_else(house: House, guest: FlaskClient, said: str) -> None:
    _, path = house.share(house.harbour, password="correct horse")
    assert 'name="file"' not in guest.get(path, query_string={"file": said}).text
    right = guest.post(path + "unlock", data={"password": "correct horse", "file": said})
    assert (right.status_code, right.headers["Location"]) == (303, path)


def test_a_report_that_cannot_be_made_now_says_so_in_the_readers_language(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def busy(*_: Any) -> bytes:
        raise Busy("This report could not be printed. Try again, or print the page instead.")

    monkeypatch.setattr(press, "run", busy)
    _, path = house.share(house.harbour)
    english = guest.get(path + "report.pdf", headers={"Accept-Language": "en"})
    assert (english.status_code, english.text.split(".")[0]) == (503, "This report could not be printed")
    french = guest.get(path + "report.pdf", headers={"Accept-Language": "fr"})
    assert (french.status_code, french.text.split(".")[0]) == (503, "Ce rapport n’a pas pu être imprimé")


def test_a_second_ask_prints_nothing(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(house)
    printed: list[Any] = []
    monkeypatch.setattr(press, "run", lambda job: printed.append(job) or b"%PDF-")
    first = guest.get(path + "report.pdf")
    monkeypatch.setattr(press, "run", no_press)
    assert guest.get(path + "report.pdf").data == first.data
    quiet = guest.get(path + "report.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert (quiet.status_code, quiet.data, len(printed)) == (304, b"", 1)
    assert first.headers["Cache-Control"] == "no-store"


def test_new_figures_are_printed_anew(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(house)
    monkeypatch.setattr(press, "run", lambda job: job["html"].encode())
    first = guest.get(path + "report.pdf")
    house.send(house.harbour, "more", 5)
    refresh_on_view.ensure(house.services.lake, house.harbour.id)
    second = guest.get(path + "report.pdf", headers={"If-None-Match": first.headers["ETag"]})
    assert (second.status_code, '<span class="num">17</span>' in second.text) == (200, True)


def test_a_failed_tile_is_told_and_not_kept(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = filled(house)
    whole = query.ask_all

    def broken(lake: Any, scope: Any, workspace_id: int, queries: Any, seen: Any = None) -> Any:
        if any(asked.name == "cohort" for asked in queries.values()):
            raise RuntimeError("no cohort today")
        return whole(lake, scope, workspace_id, queries, seen)

    monkeypatch.setattr(query, "ask_all", broken)
    answer = guest.get(path + "report.pdf")
    said = "\n".join(text_of(answer))
    assert said.count("Could not load this tile.") == 1
    assert "Retry" not in said
    assert "ETag" not in answer.headers


def test_the_eleventh_of_a_tenant_waits_outside(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten of North at once, one of them printed at a time; South is served meanwhile."""
    paths = [filled(house), house.share(house.harbour)[1], house.share(house.pine)[1]]
    souths = house.share(house.colossus)[1]
    go_on, lock = threading.Event(), threading.Lock()
    norths: list[int] = []
    most = [0]

    def slow(job: Any) -> bytes:
        if "Colossus" in job["html"]:
            return b"%PDF-south"
        with lock:
            norths.append(1)
            most[0] = max(most[0], len(norths))
        assert go_on.wait(30)
        with lock:
            norths.pop()
        return b"%PDF-north"

    monkeypatch.setattr(press, "run", slow)

    def inside() -> int:
        used = house.services.seats.use()[PAPER.name]
        return used.seated + used.waiting

    answers: list[int] = []

    def ask(number: int) -> None:
        client = house.app.test_client()
        period = ("7", "28", "90")[number % 3]
        answers.append(client.get(f"{paths[number // 4]}report.pdf?period={period}").status_code)

    askers = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for asker in askers:
        asker.start()
    for _ in range(300):
        if inside() == 10:
            break
        threading.Event().wait(0.05)
    assert inside() == 10
    refused = house.app.test_client().get(paths[0] + "report.pdf")
    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "5")
    assert house.app.test_client().get(souths + "report.pdf").data == b"%PDF-south"
    go_on.set()
    for asker in askers:
        asker.join(30)
    assert (answers, most, inside()) == ([200] * 10, [1], 0)


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


def test_a_tiles_figures_as_csv(house: House, guest: FlaskClient) -> None:
    path = filled(house, 12, campaign="=HYPERLINK(1)")
    answer = guest.get(path + "tiles/campaigns.csv")
    assert answer.mimetype == "text/csv"
    assert answer.data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    mine = [row for row in rows if row["Period"] == "This period"]
    assert [row["Group"] for row in mine] == ["'=HYPERLINK(1)"]
    assert "@client.example" not in answer.text
    sent = list(csv.DictReader(io.StringIO(guest.get(path + "tiles/sent.csv").data.decode("utf-8-sig"))))
    assert sum(int(row["Counted"]) for row in sent if row.get("Period", "This period") == "This period") == 12
    assert guest.get(path + "tiles/no-such.csv").status_code == 404


def test_a_tile_as_picture(house: House, guest: FlaskClient) -> None:
    path = filled(house)
    answer = guest.get(path + "tiles/sent.png")
    assert (answer.status_code, answer.mimetype) == (200, "image/png")
    assert answer.data.startswith(b"\x89PNG\r\n")
    from PIL import Image

    image = Image.open(io.BytesIO(answer.data)).convert("RGB")
    assert 400 < image.width < 900
    assert 150 < image.height < 700
    series = brand_vars("#0f766e")["light"]["--series"]
    wanted = tuple(int(series[at : at + 2], 16) for at in (1, 3, 5))
    assert wanted in {colour for _, colour in image.getcolors(1_000_000)}
    assert guest.get(path + "tiles/no-such.png").status_code == 404


def test_each_file_taken_is_one_entry_of_the_trail(
    house: House, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    share_id, path = house.share(house.harbour)
    monkeypatch.setattr(press, "run", lambda job: b"%PDF-")
    for file in ("report.pdf", "report.pdf", "tiles/sent.csv", "tiles/no-such.csv"):
        guest.get(path + file)
    with house.services.reading() as session:
        found = session.execute(select(AuditEntry).where(AuditEntry.verb == "report.take")).scalars().all()
    assert [entry.detail.split(",")[0] for entry in found] == ["report.pdf", "report.pdf", "sent.csv"]
    assert {entry.actor for entry in found} == {f"guest:{share_id}"}
    assert {entry.workspace_id for entry in found} == {house.harbour.id}


@pytest.mark.long
def test_forty_tiles_are_forty_tiles(house: House, guest: FlaskClient) -> None:
    path = filled(house)
    types = ("kpi", "trend", "cohort", "breakdown", "funnel", "hours", "campaigns", "week1")
    tiles = [
        {"id": f"t{n}", "type": types[n % 8], "x": 0, "y": 4 * n, "w": 12, "h": 4, "title": f"Number {n:02}"}
        for n in range(40)
    ]
    view = View(name="Long", tiles=[Placed.model_validate(tile) for tile in tiles])
    with house.services.session() as session:
        session.add(
            StoredView(
                agency_id=house.north_id,
                slug="long",
                name="Long",
                body=dump_view(view),
                is_default=True,
            )
        )
    pages = text_of(guest.get(path + "report.pdf"))
    said = "\n".join(pages)
    assert all(f"Number {n:02}" in said for n in range(40))
    assert all(f"{n} / {len(pages)}" in page for n, page in enumerate(pages, start=1))
    assert 8 <= len(pages) <= 20


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


def test_each_tile_leads_to_its_files_for_the_days_and_language_of_the_page(
    house: House, guest: FlaskClient
) -> None:
    path = filled(house)
    for asked, said in (("?period=7&lang=fr", "Télécharger"), ("?period=28&lang=en", "Download")):
        page = guest.get(path + asked).text
        links = [unescape(one) for one in re.findall(r'href="(tiles/[^"]+\.(?:csv|png)[^"]*)"', page)]
        assert links[:2] == [f"tiles/sent.csv{asked}", f"tiles/sent.png{asked}"]
        assert page.count(f'<p class="take">{said}') == len(links) // 2 == page.count('class="how-panel"')
        assert len(set(links)) == len(links)
        assert all(guest.get(path + one).status_code == 200 for one in links if ".csv" in one)
    # What the open page swaps in has them, too, else every tile would seem to have changed.
    assert guest.get(path + "live?period=28&lang=en").text.count("tiles/sent.csv?period=28&amp;lang=en") == 1


def test_the_desk_s_tiles_have_no_such_links_and_paper_neither(house: House, guest: FlaskClient) -> None:
    path = filled(house)
    assert "Download" not in "".join(text_of(guest.get(path + "report.pdf")))


def test_the_mark_before_the_first_event_is_grey(house: House, guest: FlaskClient) -> None:
    page = guest.get(house.share(house.pine)[1]).text
    assert '<p class="fresh none" id="fresh"' in page
    assert '<p class="fresh" id="fresh"' in guest.get(filled(house)).text
