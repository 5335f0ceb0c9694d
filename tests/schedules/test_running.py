"""A report is mailed once, whole, from one snapshot, to whom it may go; else nothing is, and the agency knows."""

from __future__ import annotations

import threading
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select, update

from dashapp.agencies import managing
from dashapp.db.base import now
from dashapp.db.reports import Share, StoredView
from dashapp.db.schedules import SENT, SKIPPED, STOPPED, Schedule, ScheduleRecipient, ScheduleRun
from dashapp.db.security import AuditEntry
from dashapp.db.shares import ShareViewer
from dashapp.db.tenants import AgencyLink, Workspace
from dashapp.errors import Busy, Conflict
from dashapp.reports import printing
from dashapp.schedules import keeping, planning, recipients, running
from dashapp.views.schema import View, dump_view
from data.building import failures
from data.marts.checks import Finding
from data.query import ask as query
from tests.schedules.conftest import GUEST, SECOND, Mailed

assert managing  # its tables are referred to


def only(mailed: Mailed) -> ScheduleRun:
    (run,) = mailed.runs()
    return run


def test_a_due_report_goes_once_to_each_recipient(
    mailed: Mailed, printed: list[Any], office: Any, port: int, guest: FlaskClient
) -> None:
    assert mailed.falls_due() == 1
    assert mailed.run() == {SENT: 1}
    mailed.post(port)
    assert sorted(office.to) == [GUEST, SECOND]
    assert (mailed.falls_due(), mailed.run()) == (0, {})  # the day has its run
    mailed.post(port)
    assert len(office.taken) == 2
    message = next(one for to, one in office.taken if to == [GUEST])
    assert message["Subject"].startswith("Harbour Coffee: report for ")
    text = message.get_body(("plain",)).get_content()
    assert "Harbour Coffee" in text
    assert "12" in text
    assert "190" not in text
    assert "ZZZ" not in text
    html = message.get_body(("html",)).get_content()
    pictures = [part for part in message.walk() if part.get_content_type() == "image/png"]
    assert len(pictures) == len(printed[0]["widths"])
    for picture in pictures:  # each is shown by its Content-ID, and none is fetched
        assert f'src="cid:{picture["Content-ID"][1:-1]}"' in html
    assert 'src="http' not in html
    (pdf,) = [part for part in message.iter_attachments() if part.get_content_type() == "application/pdf"]
    assert pdf.get_content() == b"%PDF-1.7 small"
    assert only(mailed).mails == 2
    with mailed.house.services.reading() as session:
        verbs = list(session.scalars(select(AuditEntry.verb)))
    assert verbs.count("schedule.send") == 1


def test_the_link_of_the_mail_shows_what_was_mailed(
    mailed: Mailed, printed: list[Any], guest: FlaskClient
) -> None:
    mailed.falls_due()
    mailed.run()
    text = next(mail.text for mail in mailed.mails() if mail.to == GUEST)
    address = next(word for word in text.split() if "/sent/" in word).removeprefix("http://localhost")
    before = guest.get(address)
    assert (before.status_code, 'class="num">12<' in before.text) == (200, True)
    assert "when it was sent" in before.text
    mailed.house.send(mailed.house.harbour, "more", 30)
    assert 'class="num">42<' in guest.get(mailed.path).text  # the live report moves on
    assert guest.get(address).data == before.data
    assert guest.get(address + "report.pdf").data == b"%PDF-1.7 small"
    run = only(mailed).id
    other = mailed.house.share(mailed.house.colossus)[1]
    gone = guest.get(f"/p/{'x' * 43}/")
    for foreign in (f"{other}sent/{run}/", f"{mailed.path}sent/{run + 1}/", f"{mailed.path}sent/0/"):
        answer = guest.get(foreign)
        assert (answer.status_code, answer.data) == (404, gone.data)
    mailed.set_share(downloads=False)
    assert (guest.get(address).status_code, guest.get(address + "report.pdf").status_code) == (200, 404)
    mailed.set_share(campaigns=["Autumn"])  # the share shows less than what was mailed
    assert guest.get(address).status_code == 404
    mailed.set_share(campaigns=None, state="paused")
    assert guest.get(address).status_code == 404


def test_the_mailed_report_of_a_view_that_is_shared_no_more_is_gone(
    mailed: Mailed, printed: list[Any], guest: FlaskClient
) -> None:
    mailed.falls_due()
    mailed.run()
    text = next(mail.text for mail in mailed.mails() if mail.to == GUEST)
    address = next(word for word in text.split() if "/sent/" in word).removeprefix("http://localhost")
    assert guest.get(address).status_code == 200
    house = mailed.house
    with house.services.session() as session:
        other = StoredView(
            agency_id=None,
            workspace_id=house.harbour.id,
            slug="other",
            name="Other",
            body=dump_view(View(name="Other", tiles=[])),
        )
        session.add(other)
        session.flush()
        other_id = other.id
    mailed.set_share(view_id=other_id)
    assert (guest.get(mailed.path).status_code, guest.get(address).status_code) == (200, 404)


@pytest.mark.parametrize(
    "narrowed", [{"masks_people": True}, {"campaigns": ["Autumn"]}, {"downloads": False}]
)
def test_a_link_that_is_narrowed_while_the_report_is_printed_sends_nothing_wider(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch, narrowed: dict[str, Any]
) -> None:
    mailed.set_share(masks_people=False)
    press = printing.press.run

    def narrow_it(job: dict[str, Any], seconds: int) -> bytes:
        mailed.set_share(**narrowed)
        return press(job, seconds)

    monkeypatch.setattr(printing.press, "run", narrow_it)
    mailed.falls_due()
    assert mailed.run() == {"again": 1}
    assert (only(mailed).reason, mailed.mails()) == ("share_changed", [])


def test_without_downloads_no_document_goes(mailed: Mailed, printed: list[Any]) -> None:
    mailed.set_share(downloads=False)
    mailed.falls_due()
    assert mailed.run() == {SENT: 1}
    assert [job["pdf"] for job in printed] == [False]


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": "paused"}, "share_paused"),
        ({"state": "revoked"}, "share_revoked"),
        ({"expires_at": "past"}, "share_expired"),
    ],
)
def test_a_link_that_ended_sends_nothing(
    mailed: Mailed, printed: list[Any], values: dict[str, Any], reason: str
) -> None:
    mailed.falls_due()
    mailed.set_share(**({"expires_at": now() - timedelta(seconds=1)} if "expires_at" in values else values))
    assert mailed.run() == {SKIPPED: 1}
    assert (only(mailed).reason, mailed.mails(), printed) == (reason, [], [])


def test_an_unlinked_or_disabled_workspace_sends_nothing(mailed: Mailed, printed: list[Any]) -> None:
    mailed.falls_due()
    engine, harbour = mailed.house.services.engine, mailed.house.harbour.id
    with engine.begin() as connection:
        connection.execute(update(Workspace).where(Workspace.id == harbour).values(enabled=False))
    assert mailed.run() == {SKIPPED: 1}
    with engine.begin() as connection:
        connection.execute(update(Workspace).where(Workspace.id == harbour).values(enabled=True))
        connection.execute(update(AgencyLink).where(AgencyLink.workspace_id == harbour).values(state="ended"))
    with mailed.house.services.session() as session:
        planning.ask_now(session, session.get_one(Schedule, mailed.schedule_id), actor="alice")
    assert mailed.run() == {SKIPPED: 1}
    assert [run.reason for run in mailed.runs()] == ["unlinked", "workspace_closed"]
    assert mailed.mails() == []


PAUSED = {"state": "paused", "next_at": None}
MEANWHILE: dict[str, tuple[Any, dict[str, Any], str]] = {
    "revoked": (Share, {"state": "revoked"}, "paused, revoked or had ended"),
    "paused": (Share, {"state": "paused"}, "paused, revoked or had ended"),
    "expired": (Share, {"expires_at": now() - timedelta(days=1)}, "paused, revoked or had ended"),
    "campaigns": (Share, {"campaigns": ["Winter"]}, "narrowed"),
    "since": (Share, {"since": now().date()}, "narrowed"),
    "downloads": (Share, {"downloads": False}, "narrowed"),
    "barred": (ShareViewer, {"state": "barred"}, "barred"),
    "unsubscribed": (ScheduleRecipient, {"cadence": "none"}, "no longer wants"),
    "schedule paused": (Schedule, PAUSED, "schedule was paused"),
    "workspace disabled": (Workspace, {"enabled": False}, "paused, revoked or had ended"),
    "unlinked": (AgencyLink, {"state": "ended"}, "paused, revoked or had ended"),
}


@pytest.mark.parametrize("what", MEANWHILE)
def test_what_ends_while_a_report_waits_stops_it_and_says_so(
    mailed: Mailed, printed: list[Any], office: Any, port: int, what: str
) -> None:
    table, values, why = MEANWHILE[what]
    mailed.falls_due()
    mailed.run()
    with mailed.house.services.session() as session:
        session.execute(update(table).values(**values))
    mailed.post(port)
    assert office.taken == []
    assert {mail.state for mail in mailed.mails()} == {"stopped"}
    assert all(why in mail.last_error for mail in mailed.mails())


def test_one_who_is_barred_stops_only_their_own_and_what_is_widened_goes(
    mailed: Mailed, printed: list[Any], office: Any, port: int
) -> None:
    mailed.falls_due()
    mailed.run()
    with mailed.house.services.session() as session:
        session.execute(update(ShareViewer).where(ShareViewer.email == GUEST).values(state="barred"))
    mailed.set_share(masks_people=False)
    mailed.post(port)
    assert office.to == [SECOND]


def test_a_failed_tile_stops_the_mail_and_is_tried_again(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = query.ask_all

    def broken(lake: Any, scope: Any, workspace_id: int, queries: Any, seen: Any = None) -> Any:
        if any(asked.name == "cohort" for asked in queries.values()):
            raise RuntimeError("no cohort today")
        return whole(lake, scope, workspace_id, queries, seen)

    monkeypatch.setattr(query, "ask_all", broken)
    mailed.falls_due()
    for outcome in ("again", "again", STOPPED):
        assert mailed.run() == {outcome: 1}
        with mailed.house.services.engine.begin() as connection:
            connection.execute(update(ScheduleRun).values(next_try_at=now()))
    assert (only(mailed).reason, only(mailed).tries) == ("tile_failed", 3)
    assert "cohort" in only(mailed).about.lower()
    assert (mailed.mails(), printed) == ([], [])
    monkeypatch.setattr(query, "ask_all", whole)
    assert mailed.run() == {}  # stopped for good, until somebody asks
    with mailed.house.services.session() as session:
        schedule = session.get_one(Schedule, mailed.schedule_id)
        assert planning.ask_now(session, schedule, actor="alice@north.example")
        assert not planning.ask_now(session, schedule, actor="alice@north.example")  # pressed twice
    assert mailed.run() == {SENT: 1}


def test_figures_that_are_held_back_stop_the_mail(mailed: Mailed, printed: list[Any]) -> None:
    harbour = mailed.house.harbour.id
    finding = Finding(harbour, "units", "adds_up", 1, ('{"n": 1}',), "Wrong.", "Look.")
    failures.record(mailed.house.services.engine, {harbour: [finding]}, "refresh", {harbour: 1})
    mailed.falls_due()
    assert mailed.run() == {"again": 1}
    assert (only(mailed).reason, mailed.mails()) == ("held_back", [])


def test_events_that_come_in_while_it_is_made_hold_nothing_back(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy workspace: as soon as what waits is taken in, there is more."""
    whole = running.refresh_on_view.ensure

    def and_one_more(*given: Any) -> None:
        whole(*given)
        mailed.house.send(mailed.house.harbour, "busy", 1)

    monkeypatch.setattr(running.refresh_on_view, "ensure", and_one_more)
    mailed.falls_due()
    assert mailed.run() == {SENT: 1}


def test_a_press_that_is_not_there_stops_the_mail(mailed: Mailed, monkeypatch: pytest.MonkeyPatch) -> None:
    def none(job: Any, seconds: int) -> bytes:
        raise Busy("no press")

    monkeypatch.setattr(printing.press, "run", none)
    mailed.falls_due()
    assert mailed.run() == {"again": 1}
    assert (only(mailed).reason, mailed.mails()) == ("no_paper", [])


def test_a_workspace_without_events_mails_no_blank_report(mailed: Mailed, printed: list[Any]) -> None:
    house = mailed.house
    share_id, _ = house.share(house.pine)
    with house.services.session() as session:
        share = session.get_one(Share, share_id)
        made = keeping.create(
            session, house.settings, share.workspace, share, mailed.wanted(addresses=[GUEST]), actor="alice"
        )
        planning.ask_now(session, made, actor="alice")
    assert mailed.run() == {STOPPED: 1}
    with house.services.reading() as session:
        assert session.scalars(select(ScheduleRun.reason)).one() == "no_data"


def test_nothing_new_is_not_mailed_where_only_news_is_wanted(mailed: Mailed, printed: list[Any]) -> None:
    mailed.edit(only_changed=True)
    mailed.falls_due()
    assert mailed.run() == {SENT: 1}
    with mailed.house.services.engine.begin() as connection:
        connection.execute(update(ScheduleRun).values(slot="an earlier day"))
    mailed.falls_due()
    assert mailed.run() == {SKIPPED: 1}
    assert [run.reason for run in mailed.runs()] == ["unchanged", ""]
    with mailed.house.services.engine.begin() as connection:
        connection.execute(
            update(ScheduleRun).where(ScheduleRun.state == SKIPPED).values(slot="another earlier day")
        )
    mailed.house.send(mailed.house.harbour, "news", 1)
    mailed.falls_due()
    assert mailed.run() == {SENT: 1}


def _out_of_order(*_: object, **__: object) -> None:
    raise OSError("the disk is full")


def test_a_closed_period_waits_until_its_replies_have_come(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """E-mails of last week are not ripe for replies before seven days have gone by."""
    mailed.edit(cadence="closed_week")
    mailed.falls_due()
    slot = only(mailed).slot
    assert slot.startswith("closed ")
    here = now().astimezone(ZoneInfo("Europe/Madrid"))
    monday = here.date() - timedelta(days=here.weekday())
    assert slot == f"closed {monday - timedelta(days=1)}"
    assert mailed.falls_due() == 0

    def slot_of(day: date) -> None:
        with mailed.house.services.engine.begin() as connection:
            connection.execute(update(ScheduleRun).values(slot=f"closed {day}", next_try_at=now()))

    sent = (here - timedelta(hours=2)).date()  # replies to the house's e-mails may still come
    slot_of(sent + timedelta(days=6 - sent.weekday()))
    for _ in range(running.MOST_TRIES + 1):
        slot_of(sent + timedelta(days=6 - sent.weekday()))
        assert mailed.run() == {"again": 1}, "it is looked at once, and waits for the next day"
        assert (only(mailed).reason, only(mailed).tries, mailed.mails()) == ("not_ripe", 0, [])
        assert only(mailed).next_try_at > now()
    with monkeypatch.context() as broken:  # however long it waited, a failure is tried again like any other
        broken.setattr(running, "take", _out_of_order)
        slot_of(monday - timedelta(days=15))
        assert mailed.run() == {"again": 1}
    assert (only(mailed).reason, only(mailed).tries) == ("failed", 1)
    slot_of(monday - timedelta(days=15))  # that week has no e-mails, so nothing is unripe
    assert mailed.run() == {SENT: 1}


def test_killed_before_the_commit_it_is_made_again_and_sent_once(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The worker dies after the mails were written and before they were committed."""

    class Killed(BaseException):
        pass

    def die(*_: Any, **__: Any) -> None:
        raise Killed

    mailed.falls_due()
    with monkeypatch.context() as broken:
        broken.setattr(running.keeping, "note", die)
        with pytest.raises(Killed):
            mailed.run()
    assert (mailed.mails(), mailed.run()) == ([], {})  # the claim still stands
    with mailed.house.services.engine.begin() as connection:
        long_ago = now() - planning.CLAIM_LASTS - timedelta(seconds=1)
        connection.execute(update(ScheduleRun).values(claimed_at=long_ago))
    assert mailed.run() == {SENT: 1}
    assert sorted(mail.to for mail in mailed.mails()) == [GUEST, SECOND]


def test_an_overtaken_worker_sends_nothing(
    mailed: Mailed, printed: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A worker that slept through its claim finds another one's in its place."""
    mailed.falls_due()
    claimed = planning.claim(mailed.house.services.engine)
    assert claimed is not None
    with mailed.house.services.engine.begin() as connection:
        long_ago = now() - planning.CLAIM_LASTS - timedelta(seconds=1)
        connection.execute(update(ScheduleRun).values(claimed_at=long_ago))
    assert mailed.run() == {SENT: 1}
    assert running.make_run(mailed.house.services.lake, mailed.house.settings, *claimed) == "overtaken"
    assert len(mailed.mails()) == 2


def test_many_workers_at_once_plan_and_send_once(mailed: Mailed, printed: list[Any]) -> None:
    mailed.falls_due()
    outcomes: list[dict[str, int]] = []
    workers = [threading.Thread(target=lambda: outcomes.append(mailed.run())) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
    assert sorted(outcomes, key=str) == [{SENT: 1}, {}, {}, {}] or sum(map(len, outcomes)) == 1
    assert len(mailed.mails()) == 2


def test_each_recipient_gets_as_often_as_they_chose(mailed: Mailed, printed: list[Any]) -> None:
    with mailed.house.services.session() as session:
        schedule = session.get_one(Schedule, mailed.schedule_id)
        first, second = recipients.recipients_of(session, schedule)
        recipients.choose(session, first, schedule, "monthly")
        today = now().astimezone(ZoneInfo(schedule.timezone)).date()
        first.row.last_day = today.isoformat()  # had one this month
        recipients.choose(session, second, schedule, "none")
    mailed.falls_due()
    assert mailed.run() == {SKIPPED: 1}
    assert (only(mailed).reason, mailed.mails()) == ("no_recipients", [])


def test_a_barred_viewer_gets_nothing(mailed: Mailed, printed: list[Any]) -> None:
    with mailed.house.services.engine.begin() as connection:
        connection.execute(update(ShareViewer).where(ShareViewer.email == GUEST).values(state="barred"))
    mailed.falls_due()
    assert mailed.run() == {SENT: 1}
    assert [mail.to for mail in mailed.mails()] == [SECOND]


def test_one_click_ends_the_mails_and_the_page_changes_how_often(
    mailed: Mailed, printed: list[Any], guest: FlaskClient
) -> None:
    mailed.falls_due()
    mailed.run()
    mail = next(one for one in mailed.mails() if one.to == GUEST)
    assert mail.unsubscribe is not None
    address = mail.unsubscribe.removeprefix("http://localhost")
    page = guest.get(address)
    assert (page.status_code, GUEST in page.text, "Vitrine" in page.text) == (200, True, False)
    clicked = guest.post(address, data={"List-Unsubscribe": "One-Click"})
    assert (clicked.status_code, clicked.data) == (200, b"")
    assert guest.post(address, data={"List-Unsubscribe": "One-Click"}).status_code == 200  # twice
    with mailed.house.services.reading() as session:
        rows = session.execute(select(ShareViewer.email, ScheduleRecipient.cadence).join(ScheduleRecipient))
        assert dict(rows.all()) == {GUEST: "none", SECOND: "every"}
        entries = list(session.scalars(select(AuditEntry).where(AuditEntry.verb == "schedule.unsubscribe")))
    assert [entry.actor for entry in entries] == [f"guest:{mailed.share_id}"]
    assert guest.post(address, data={"often": "weekly"}).status_code == 303
    assert guest.post(address, data={"often": "hourly"}).status_code == 303  # no choice of ours
    assert 'value="weekly" checked' in guest.get(address).text
    gone = guest.get(f"/mails/{'x' * 43}")
    assert (gone.status_code, guest.get("/mails/x").data) == (404, gone.data)
    assert guest.post(f"/mails/{'x' * 43}", data={"often": "none"}).status_code == 404
    answers = [guest.post(address, data={"often": "none"}) for _ in range(recipients.MOST_CHOICES)]
    assert (answers[0].status_code, answers[-1].status_code) == (303, 429)
    assert int(answers[-1].headers["Retry-After"]) > 0


def test_an_ended_recipient_stays_so_when_the_agency_adds_them_again(mailed: Mailed) -> None:
    with mailed.house.services.session() as session:
        schedule = session.get_one(Schedule, mailed.schedule_id)
        recipients.choose(session, recipients.recipients_of(session, schedule)[0], schedule, "none")
    mailed.edit(addresses=[SECOND])
    mailed.edit(addresses=[GUEST, SECOND])
    with mailed.house.services.reading() as session:
        found = recipients.recipients_of(session, session.get_one(Schedule, mailed.schedule_id))
    assert {one.viewer.email: one.row.cadence for one in found} == {GUEST: "none", SECOND: "every"}


def test_a_deleted_schedule_leaves_nothing_and_sends_nothing(
    mailed: Mailed, printed: list[Any], office: Any, port: int
) -> None:
    mailed.falls_due()
    mailed.run()
    with mailed.house.services.session() as session:
        keeping.remove(session, session.get_one(Schedule, mailed.schedule_id), actor="alice")
    mailed.post(port)
    assert office.taken == []
    with mailed.house.services.reading() as session:
        assert session.scalars(select(ScheduleRun)).all() == []


def test_a_change_of_a_schedule_that_another_process_saved_meanwhile_is_not_lost(mailed: Mailed) -> None:
    """The schedule was read before somebody else's change was there."""
    with mailed.house.services.session() as session:
        schedule = session.get_one(Schedule, mailed.schedule_id)
        session.connection().execute(update(Schedule).values(revision=2, hour=11))
        with pytest.raises(Conflict):
            keeping.edit(
                session, mailed.house.settings, schedule, mailed.wanted(hour=5), actor="alice", revision=1
            )
        session.refresh(schedule)
        assert (schedule.revision, schedule.hour) == (2, 11)
