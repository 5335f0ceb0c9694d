"""The pages of scheduled reports: who may, what each press does, bad input, and never another's schedule."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, select

from dashapp.db.base import now
from dashapp.db.mail import Mail, MailBundle
from dashapp.db.reports import Share
from dashapp.db.schedules import SENT, Schedule, ScheduleRecipient, ScheduleRun, SentReport
from dashapp.schedules import keeping
from dashapp.schedules.keeping import Wanted

PAGE = "/w/harbour-coffee/schedules"
#: Weekly, Monday, the 1st, 08:00, Madrid, last week, English, all the link shows, whether or not there is news.
FORM = ("weekly", "1", "1", "8", "Europe/Madrid", "last_week", "en", [], [])


def form(**changed: Any) -> tuple[Any, ...]:
    """The fields in their order, some of them changed."""
    names = ("cadence", "weekday", "day", "hour", "zone", "period", "language", "shows", "news")
    values = dict(zip(names, FORM, strict=True)) | {
        "known": [],
        "message": "",
        "more": ["erin@client.example"],
    }
    values |= changed
    return tuple(values.values())


def create(who: Any, call: Any, share: int, **changed: Any) -> Any:
    return call(who, "plan-create", 1, PAGE, *form(**changed), f"?share={share}")


def all_of(running: Any) -> list[Schedule]:
    with running.reading() as session:
        return list(session.scalars(select(Schedule).order_by(Schedule.id)))


@pytest.fixture
def schedule(running: Any, world: Any) -> int:
    """A schedule of Harbour's link."""
    with running.session() as session:
        share = session.get_one(Share, world.ids["harbour_share"])
        wanted = Wanted("weekly", 8, "Europe/Madrid", ["erin@client.example"])
        return keeping.create(session, running.settings, share.workspace, share, wanted, actor="alice").id


@pytest.fixture
def theirs(running: Any, world: Any) -> int:
    """One of Charlie's."""
    with running.session() as session:
        share = session.get_one(Share, world.ids["colossus_share"])
        wanted = Wanted("daily", 8, "Asia/Kolkata", ["ZZZ-reader@colossus.example"])
        return keeping.create(session, running.settings, share.workspace, share, wanted, actor="charlie").id


def test_a_schedule_is_made_edited_and_deleted(alice: Any, call: Any, running: Any, world: Any) -> None:
    answer = create(alice, call, world.ids["harbour_share"], message="Good morning.")
    assert "The schedule is made." in answer.text
    (made,) = all_of(running)
    assert (made.cadence, made.weekday, made.hour, made.timezone) == ("weekly", 1, 8, "Europe/Madrid")
    assert (made.message, made.period, made.created_by) == (
        "Good morning.",
        "last_week",
        "alice@north.example",
    )
    assert made.next_at is not None
    assert now() < made.next_at <= now() + timedelta(days=8)
    path = f"{PAGE}/{made.id}"
    changed = form(cadence="closed_month", known=["erin@client.example"], more=["frank@client.example"])
    assert "Saved." in call(alice, "plan-save", 1, path, *changed, 1).text
    (saved,) = all_of(running)
    assert (saved.cadence, saved.period, saved.revision) == ("closed_month", "last_month", 2)
    stale = call(alice, "plan-save", 1, path, *form(), 1)  # Bob saved meanwhile
    assert "Somebody else changed this schedule meanwhile" in stale.text
    assert all_of(running)[0].cadence == "closed_month"
    act = {"act": "pause", "id": 0, "at": 1}
    assert "Resume" in call(alice, "schedule-act", act, path).text
    assert all_of(running)[0].next_at is None
    assert "Resume" not in call(alice, "schedule-act", act | {"act": "resume"}, path).text
    gone = call(alice, "schedule-act", act | {"act": "delete"}, path)
    assert gone.json["response"]["title"]["data"] == {"go": PAGE}
    assert all_of(running) == []


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"more": []}, "Add at least one recipient."),
        ({"more": ["no address"]}, "not an e-mail address"),
        ({"more": ["erin@client.example\r\nBcc: all@client.example"]}, "not an e-mail address"),
        ({"more": [f"v{n}@client.example" for n in range(10_000)]}, "at most 50 recipients"),
        ({"cadence": "hourly"}, "daily, weekly, monthly"),
        ({"weekday": "8"}, "a day and a full hour"),
        ({"day": "0"}, "a day and a full hour"),
        ({"day": "½"}, "a day and a full hour"),
        ({"hour": "24"}, "a day and a full hour"),
        ({"zone": "Mars/Olympus"}, "time zone of the list"),
        ({"zone": "../../etc/passwd"}, "time zone of the list"),
        ({"language": "xx"}, "language of the list"),
        ({"period": "7000"}, "period of the list"),
        ({"shows": ["view:99999"]}, "Choose what the link shows"),
        ({"shows": ["view:1' OR 1"]}, "Choose what the link shows"),
        ({"shows": ["campaign:"]}, "Choose what the link shows"),
        ({"shows": [f"campaign:{n}" for n in range(13)]}, "at most 12 views and campaign reports"),
        ({"message": "x" * 5_000}, "at most 2,000 characters"),
    ],
)
def test_what_is_wrong_is_told_and_nothing_is_made(
    alice: Any, call: Any, running: Any, world: Any, changed: dict[str, Any], told: str
) -> None:
    answer = create(alice, call, world.ids["harbour_share"], **changed)
    assert told in answer.text
    assert all_of(running) == []
    with running.reading() as session:
        assert session.scalar(select(func.count(ScheduleRecipient.id))) == 0


def test_nobody_reaches_another_agencys_schedule(
    alice: Any, browser: Any, call: Any, running: Any, world: Any, schedule: int, theirs: int
) -> None:
    """Charlie's id in Alice's workspace, Alice's own in Charlie's hands, an id nobody has: all the same 404."""
    charlie, dora = browser("charlie"), browser("dora")
    act = {"act": "delete", "id": 0, "at": 1}
    missing = f"{PAGE}/{theirs + 100}"
    for who, path in (
        (alice, f"{PAGE}/{theirs}"),
        (charlie, f"{PAGE}/{schedule}"),
        (dora, f"{PAGE}/{schedule}"),
    ):
        gone = call(who, "schedule-act", act, missing)
        for press in (
            call(who, "schedule-act", act, path),
            call(who, "plan-save", 1, path, *form(), 1),
        ):
            assert (press.status_code, press.data) == (404, gone.data)
        assert "This page does not exist" in call(who, "url", path, "").text
    assert create(charlie, call, world.ids["colossus_share"]).status_code == 404
    assert create(alice, call, world.ids["colossus_share"]).status_code == 404
    assert "ZZZ" not in call(alice, "url", PAGE, "").text
    assert len(all_of(running)) == 2


def test_send_now_is_asked_for_once_and_the_last_one_goes_again_to_one(
    alice: Any, call: Any, running: Any, schedule: int, theirs: int
) -> None:
    path, act = f"{PAGE}/{schedule}", {"act": "now", "id": 0, "at": 1}
    call(alice, "schedule-act", act, path)
    call(alice, "schedule-act", act | {"at": 2}, path)
    with running.session() as session:
        (run,) = session.scalars(select(ScheduleRun)).all()
        assert run.asked_by == "alice@north.example"
        mine, other = session.scalars(select(ScheduleRecipient).order_by(ScheduleRecipient.id)).all()
    again = {"act": "resend", "id": mine.id, "at": 3}
    assert "Nothing was sent yet." in call(alice, "schedule-act", again, path).text
    with running.session() as session:
        bundle = MailBundle()
        session.add(bundle)
        session.flush()
        facts = dict.fromkeys(("agency", "footer", "view", "compared", "only", "message"), "") | {
            "workspace": "Harbour Coffee",
            "brand": "#0f766e",
            "logo": False,
            "pdf": False,
            "period": "23 – 29 November 2026",
            "to": "2026-11-29",
            "fresh": "Data complete to 29 Nov",
            "lang": "en",
            "timezone": "Europe/Madrid",
            "tiles": [],
            "campaigns": None,
            "since": None,
            "masked": True,
            "view_id": None,
        }
        share_id = session.get_one(Schedule, schedule).share_id
        session.add(
            SentReport(
                run_id=run.id, share_id=share_id, bundle_id=bundle.id, as_of=now(), facts=facts, body=b""
            )
        )
        session.get_one(ScheduleRun, run.id).state = SENT
    assert "is on its way" in call(alice, "schedule-act", again, path).text
    assert call(alice, "schedule-act", again | {"id": other.id, "at": 4}, path).status_code == 404
    with running.reading() as session:
        (mail,) = session.scalars(select(Mail).where(Mail.unsubscribe.is_not(None))).all()
    assert (mail.to, mail.subject) == (
        "erin@client.example",
        "Harbour Coffee: report for 23 – 29 November 2026",
    )
    assert "What was sent" in call(alice, "url", path, "").text
    with running.session() as session:  # the link shows less since: what went out before does not go again
        session.get_one(Share, share_id).campaigns = ["Autumn"]
    assert "shows less than when this was sent" in call(alice, "schedule-act", again | {"at": 5}, path).text
    with running.reading() as session:
        assert session.scalar(select(func.count()).where(Mail.unsubscribe.is_not(None))) == 1


def test_the_page_offers_what_can_be_mailed_and_says_what_was(
    alice: Any, call: Any, world: Any, schedule: int
) -> None:
    share = world.ids["harbour_share"]
    text = str(call(alice, "url", PAGE, "").json)
    assert "Every week on Mon at 08:00" in text
    assert f"/schedules?share={share}" in text
    shown = call(alice, "url", PAGE, f"?share={share}").text
    assert "erin@client.example" in shown  # a viewer of the link by now, so offered
    assert "This page does not exist" in call(alice, "url", PAGE, "?share=99999").text
    assert f"schedules?share={share}" in str(call(alice, "url", f"/w/harbour-coffee/shares/{share}", "").json)
