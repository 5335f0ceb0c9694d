"""One mail of several views and campaign reports: each its section, under the share's scope, or no mail at all."""

from __future__ import annotations

from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from dashapp.access.viewer import Guest
from dashapp.db.reports import Share, StoredView
from dashapp.db.schedules import SENT, SKIPPED, SentReport
from dashapp.errors import Refused
from dashapp.mail import outbox
from dashapp.schedules import shows
from dashapp.schedules.frozen import Facts
from dashapp.sharing.content import Content, apply_content
from dashapp.views.schema import dump_view
from dashapp.views.store import shipped_view
from tests.schedules.conftest import GUEST, Mailed


def set_content(mailed: Mailed, **values: Any) -> None:
    with mailed.house.services.session() as session:
        share = session.get_one(Share, mailed.share_id)
        apply_content(session, share.workspace, share, Content(**values))


def second_view(mailed: Mailed) -> StoredView:
    """Harbour's own, named Board."""
    with mailed.house.services.session() as session:
        made = StoredView(
            agency_id=None,
            workspace_id=mailed.house.harbour.id,
            slug="board",
            name="Board",
            body=dump_view(shipped_view()),
        )
        session.add(made)
        session.flush()
        return made


def sent(mailed: Mailed) -> Facts:
    """What the only run sent."""
    with mailed.house.services.reading() as session:
        return Facts.read(session.scalars(select(SentReport)).one().facts)


def run_now(mailed: Mailed) -> dict[str, int]:
    mailed.falls_due()
    return mailed.run()


def test_a_campaign_report_is_mailed_like_a_view(
    mailed: Mailed, printed: list[Any], guest: FlaskClient
) -> None:
    """Autumn alone is shared: 12 e-mails, 12 opened; the campaign Winter of the same workspace is nowhere."""
    mailed.house.send(mailed.house.harbour, "w", 30, "Winter")
    set_content(mailed, shows_views=False, campaigns=["Autumn"])
    assert run_now(mailed) == {SENT: 1}
    mail = next(one for one in mailed.mails() if one.to == GUEST)
    assert mail.subject == "Harbour Coffee: campaign report, Autumn"
    for text in (mail.text, mail.html or ""):
        assert "Recipients" in text
        assert "12" in text
        assert "Winter" not in text
        assert "ZZZ" not in text
    assert "Open rate · 100%" in mail.text
    assert len(printed) == 1
    assert {"1-total-1", "1-rates", "1-steps", "1-hours"} <= set(printed[0]["widths"])
    assert 'src="cid:1-rates.png"' in (mail.html or "")
    address = next(word for word in mail.text.split() if "/sent/" in word).removeprefix("http://localhost")
    page = guest.get(address).text
    assert "Recipients" in page
    assert "Winter" not in page
    assert ".csv" not in page  # of people there are files in the portal, as they are then
    set_content(mailed, shows_views=True, shows_campaigns=False)
    assert guest.get(address).status_code == 404


def test_all_tabs_and_reports_go_in_one_mail_with_one_document(mailed: Mailed, printed: list[Any]) -> None:
    board = second_view(mailed)
    set_content(mailed, views=(board,), campaigns=["Autumn"])
    mailed.edit(shows=None)
    assert run_now(mailed) == {SENT: 1}
    facts = sent(mailed)
    assert facts.shows == (f"view:{board.id}", "campaign:Autumn")
    assert [section.title for section in facts.sections] == ["Board", "Autumn"]
    ids = [tile.id for tile in facts.tiles]
    assert len(ids) == len(set(ids))
    assert {key.partition("-")[0] for key in ids} == {"1", "2"}
    (job,) = printed
    assert [f'id="part-{n}"' in job["html"] for n in (1, 2, 3)] == [True, True, False]
    (mail, _) = mailed.mails()
    assert mail.text.index("AUTUMN") > mail.text.index("BOARD")


def test_a_chosen_set_is_mailed_and_shrinks_with_its_share(mailed: Mailed, printed: list[Any]) -> None:
    board = second_view(mailed)
    mailed.house.send(mailed.house.harbour, "w", 30, "Winter")
    set_content(mailed, views=(board,))
    chosen = [f"view:{board.id}", "campaign:Winter"]
    mailed.edit(shows=chosen)
    assert run_now(mailed) == {SENT: 1}
    assert sent(mailed).shows == tuple(chosen)
    for refused in (["view:"], ["view:999"], ["campaign:"], ["people"]):
        with pytest.raises(Refused, match="Choose what the link shows"):
            mailed.edit(shows=refused)
    guest = Guest(mailed.share_id, mailed.house.harbour.id, None, (board.id,), shows_campaigns=True)
    assert shows.mailed_of(chosen, guest, frozenset({"Autumn"})) == [f"view:{board.id}"]
    set_content(mailed, views=(), campaigns=["Autumn"])  # nothing of it is left
    with mailed.house.services.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE schedule_run SET slot = 'an earlier day'")
    assert run_now(mailed) == {SKIPPED: 1}
    assert mailed.runs()[0].reason == "no_view"


def test_one_section_without_figures_stops_the_whole_mail(mailed: Mailed, printed: list[Any]) -> None:
    """Spring has no e-mail: no mail goes, and the agency reads which it was."""
    set_content(mailed, campaigns=["Autumn", "Spring"])
    assert run_now(mailed) == {"again": 1}
    (run,) = mailed.runs()
    assert (run.reason, run.about, mailed.mails(), printed) == ("empty", "Spring", [], [])


def test_what_a_share_shows_becomes_sections_few_campaigns_each_many_as_a_list() -> None:
    guest = Guest(1, 1, None, (None, 7), shows_campaigns=True)
    assert shows.shown_by(guest, frozenset({"b", "a"})) == ["view:", "view:7", "campaign:a", "campaign:b"]
    assert shows.shown_by(guest, None) == ["view:", "view:7", "campaigns"]
    many = frozenset(f"c{n}" for n in range(shows.MOST_SECTIONS))
    assert shows.shown_by(guest, many) == ["view:", "view:7", "campaigns"]
    assert shows.shown_by(Guest(1, 1, None, (None,)), None) == ["view:"]


def test_the_list_of_campaigns_is_a_section_of_the_scope(mailed: Mailed, printed: list[Any]) -> None:
    mailed.house.send(mailed.house.harbour, "w", 30, "Winter")
    set_content(mailed, shows_views=False)
    assert run_now(mailed) == {SENT: 1}
    (mail, _) = mailed.mails()
    assert mail.subject == "Harbour Coffee: campaign report, Campaigns"
    assert "Winter" in mail.text
    assert "Autumn" in mail.text


def test_what_was_sent_before_mails_had_sections_is_read_as_one_view() -> None:
    old = dict.fromkeys(("workspace", "agency", "brand", "footer", "period", "to", "compared"), "x")
    old |= dict.fromkeys(("fresh", "only", "message", "lang", "timezone", "view"), "x")
    tile = {"id": "open", "title": "Open rate", "lines": ["12"], "width": 272}
    facts = Facts.read(
        {**old, "logo": False, "pdf": True, "tiles": [tile], "campaigns": None, "since": None, "masked": True}
        | {"view_id": 7}
    )
    assert (facts.shows, facts.tiles[0].id, facts.tiles[0].lines) == (("view:7",), "open", ("12",))


def test_the_press_draws_every_tile_of_a_view_and_of_a_campaign(mailed: Mailed) -> None:
    """With the real press: one picture a tile, each by the name the mail calls it, and one document."""
    set_content(mailed, campaigns=["Autumn"])
    assert run_now(mailed) == {SENT: 1}
    facts = sent(mailed)
    with mailed.house.services.reading() as session:
        bundle = session.scalars(select(SentReport.bundle_id)).one()
        assert bundle is not None
        parts = {part.name: part.body for part in outbox.parts_of(session.connection(), bundle)}
    assert set(parts) == {*(f"{tile.id}.png" for tile in facts.tiles), "report.pdf"}
    assert all(body.startswith((b"\x89PNG", b"%PDF")) and len(body) > 500 for body in parts.values())


def test_a_workspace_without_campaigns_gets_its_view_alone(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """That its e-mails name no campaign is no reason to hold the report back."""
    monkeypatch.setattr("dashapp.reports.section.campaigns_in", lambda *_: [])
    set_content(mailed)
    assert run_now(mailed) == {SENT: 1}
    assert "Campaigns" not in next(one for one in mailed.mails() if one.to == GUEST).text
