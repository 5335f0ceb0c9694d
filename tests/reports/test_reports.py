"""A report without HTTP: rendered in a process that has no web app, every surface of it from one snapshot."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pypdfium2
import pytest
from markupsafe import Markup
from PIL import Image
from sqlalchemy import Engine, event

from dashapp.access.scopes import scope_for_share
from dashapp.errors import Busy, NotFound
from dashapp.reports.mail import WIDTH, doubts_of
from dashapp.reports.paper import press
from dashapp.reports.paper.document import picture_job
from dashapp.reports.printing import mail_of
from dashapp.reports.report import Report
from dashapp.reports.snapshot import take
from dashapp.schedules.running import Link
from dashapp.ui.format import date_range
from dashapp.views.schema import Placed, View
from dashapp.views.store import shipped_view
from data.answer_cache import KeptAnswers
from data.building import refresh_on_view
from tests.support.portal_house import House

ROOT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path: Path, sqlite_url: str) -> Iterator[House]:
    """Harbour has sent 12 e-mails, all opened; Charlie's Colossus 900."""
    built = House(tmp_path, sqlite_url)
    built.send(built.harbour, "h", 12)
    built.send(built.colossus, "c", 900, "ZZZ-CAMPAIGN")
    refresh_on_view.ensure(built.services.lake, built.harbour.id)
    yield built
    built.services.engine.dispose()


def report_of(house: House, view: View | None = None, lang: str = "en", **share: Any) -> Report:
    share_id, _ = house.share(house.harbour, **share)
    with house.services.reading() as session:
        _, workspace, scope = scope_for_share(session, Link(share_id))
        shot = take(session, workspace, scope)
    return Report(house.services.lake, shot, view or shipped_view(), shot.page(period="7", lang=lang))


@contextmanager
def counted(engine: Engine) -> Iterator[dict[str, int]]:
    """Statements and transactions that run meanwhile."""
    seen = {"statements": 0, "transactions": 0}

    def note(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        seen["transactions" if statement.startswith("BEGIN") else "statements"] += 1

    event.listen(engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        event.remove(engine, "before_cursor_execute", note)


def test_a_mail_has_every_tile_as_picture_and_text_and_the_document(house: House) -> None:
    report = report_of(house)
    assert doubts_of(report.page, report.tiles) is None
    mail = mail_of(report.frame, [report.section()])
    assert [tile.id for tile in mail.tiles] == [f"1-{tile.id}" for tile in report.tiles]
    for tile in mail.tiles:
        with Image.open(io.BytesIO(tile.picture)) as picture:
            assert picture.format == "PNG"
            assert picture.width == pytest.approx(2 * (tile.width + 16), abs=4)
        assert tile.width <= WIDTH
    said = {tile.title: tile.lines for tile in mail.tiles}
    assert said["Sent e-mails"][0].startswith("12")
    assert any("100%" in line for lines in said.values() for line in lines)
    assert mail.pdf is not None
    with pypdfium2.PdfDocument(mail.pdf) as document:
        text = "".join(page.get_textpage().get_text_bounded() for page in document)
    assert "Harbour Coffee" in text
    assert "900" not in text + str(said)
    assert mail_of(report.frame, [report.section()], pdf=False).pdf is None


def test_what_is_too_large_to_print_or_to_hand_over_is_refused_in_a_sentence(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What goes into the press and what comes out are counted: a seat bears so much and no more."""
    report = report_of(house)
    job = picture_job(report.frame, Markup('<div class="grid">{}</div>').format(report.tiles[0].html))
    whole = len(press.run(job))
    assert press.run({**job, "largest": whole})
    with pytest.raises(Busy, match="too large to print"):
        press.run({**job, "largest": whole - 1})
    monkeypatch.setattr(press, "LARGEST_JOB", 10_000)
    monkeypatch.setattr(press, "_conversed", None)  # refused before a process has it
    with pytest.raises(Busy, match="too large to print"):
        report.pdf()


def test_a_tiles_picture_says_whose_it_is_and_of_which_days(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Under the page's period, and under its own where a tile has one."""
    jobs: list[dict[str, Any]] = []
    monkeypatch.setattr(press, "run", lambda job: jobs.append(job) or b"")
    own = Placed(id="own", type="kpi", x=3, y=0, w=3, h=2, options={"period": "yesterday"})
    view = View(name="Two", tiles=[Placed(id="page", type="kpi", x=0, y=0, w=3, h=2, options={}), own])
    report = report_of(house, view)
    report.png("page")
    report.png("own")
    days, yesterday = report.page.period, report.page.today - timedelta(days=1)
    client, dates, fresh = jobs[0]["about"].split(" · ")
    assert client == "Harbour Coffee"
    assert dates.startswith(days.dates("en"))
    assert "compared with" in dates
    assert fresh.startswith("Data complete to")
    assert f" · {date_range(yesterday, yesterday, 'en')}," in jobs[1]["about"]


def test_a_report_speaks_its_own_language_and_knows_its_tiles(house: House) -> None:
    report = report_of(house, lang="fr")
    assert "E-mails" in report.tiles[0].html
    assert report.csv("sent").decode("utf-8-sig").count(";") > 1
    with pytest.raises(NotFound):
        report.csv("no-such-tile")


def test_a_view_without_tiles_and_one_with_a_failed_one_are_doubted(house: House) -> None:
    empty = report_of(house, View(name="Empty", tiles=[]))
    assert doubts_of(empty.page, empty.tiles) == ("empty", "")
    odd_options = {"no": "such"}
    broken = Placed.model_construct(id="x", type="kpi", x=0, y=0, w=3, h=2, title="Odd", options=odd_options)
    odd = report_of(house, View.model_construct(name="Odd", tiles=[broken], locked=[]))
    assert not odd.whole
    assert doubts_of(odd.page, odd.tiles) == ("tile_failed", "Odd")


def test_a_worker_renders_it_without_a_web_app(house: House) -> None:
    """In a process of its own, as a job does: no Flask app, no request, nothing of the web."""
    share_id, _ = house.share(house.harbour)
    program = f"""
import sys
from pathlib import Path
from dashapp.access.scopes import scope_for_share
from dashapp.db.engine import make_engine, reading
from dashapp.reports.report import Report
from dashapp.reports.snapshot import take
from dashapp.schedules.running import Link
from dashapp.views.store import resolve
from data.lake.lake import open_lake
from sqlalchemy.orm import Session
import dashapp.db.contacts, dashapp.db.crm, dashapp.db.mail, dashapp.db.people
engine = make_engine({str(house.services.engine.url)!r})
lake = open_lake(engine, Path({str(house.settings.lake_url)!r}))
with Session(reading(engine)) as session:
    _, workspace, scope = scope_for_share(session, Link({share_id}))
    view = resolve(session, workspace)[1]
    shot = take(session, workspace, scope)
report = Report(lake, shot, view, shot.page(period="7"))
assert report.whole
print('class="num">12<' in report.grid())
import flask
assert not flask.has_app_context()
assert not {{"dashapp.app", "dashapp.web", "dashapp.portal", "pages", "waitress"}} & set(sys.modules)
"""
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == "True"


def test_a_portal_rendered_anew_costs_eleven_statements_in_three_transactions(house: House) -> None:
    """With answers kept, as the product has them; what is known of the view (Timing) is found once before."""
    object.__setattr__(house.services, "lake", replace(house.services.lake, kept=KeptAnswers()))
    _, path = house.share(house.harbour)
    guest = house.app.test_client()
    assert guest.get(path + "?period=90").status_code == 200
    with counted(house.services.engine) as seen:
        assert 'class="num">12<' in guest.get(path + "?period=7").text
    assert seen["statements"] <= 11, seen
    assert seen["transactions"] <= 3, seen
