"""What can be taken away from a report: PDF, CSV, PNG; by the page's rules, without a look outside."""

from __future__ import annotations

import csv
import io
import re
import threading
from datetime import timedelta
from html import escape, unescape
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashapp.db.base import now
from dashapp.db.reports import StoredView
from dashapp.db.security import AuditEntry
from dashapp.errors import Busy
from dashapp.reports.paper import press
from dashapp.seats import PAPER
from dashapp.ui.brand import brand_vars
from dashapp.views.schema import Placed, View, dump_view
from data.building import refresh_on_view
from data.query import ask as query
from tests.portal.filled import filled, no_press, text_of
from tests.support.portal_house import House

FILES = ("report.pdf", "tiles/sent.csv", "tiles/sent.png")


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
